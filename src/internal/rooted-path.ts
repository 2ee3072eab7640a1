/** Paths relative to a root of the file system, since directories move between launches on some hosts. */
import { ReelwayError } from '../errors/index.js';
import type { FileSystem } from '../ports/index.js';

/** A path that stays valid when the app's container moves. */
export interface SourcePath {
  /** The name of one of `FileSystem.roots`. Absent: `path` is absolute. */
  readonly root?: string;
  /** Relative to the root, or verbatim as the app gave it. */
  readonly path: string;
}

/** The path relative to the root that it lies below; verbatim where there is none. */
export function splitPath(fileSystem: FileSystem, path: string): SourcePath {
  for (const [root, directory] of Object.entries(fileSystem.roots ?? {})) {
    const base = directory.endsWith('/') ? directory : `${directory}/`;
    if (path.startsWith(base) && path.length > base.length) return { root, path: path.slice(base.length) };
  }
  return { path };
}

/** The absolute path in this launch. @throws {ReelwayError} SOURCE_NOT_FOUND where its root does not exist */
export function joinPath(fileSystem: FileSystem, path: SourcePath): string {
  if (path.root === undefined) return path.path;
  const directory = fileSystem.roots?.[path.root];
  if (directory === undefined) {
    throw new ReelwayError('SOURCE_NOT_FOUND', {
      message: `The file system has no root ${JSON.stringify(path.root)}`,
      context: { path: path.path },
    });
  }
  return directory.endsWith('/') ? `${directory}${path.path}` : `${directory}/${path.path}`;
}
