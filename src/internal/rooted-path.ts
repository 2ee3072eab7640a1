/** Paths kept relative to a root of the file system, since directories move between launches on some hosts. */
import { ReelwayError } from '../errors/index.js';
import type { FileSystem } from '../ports/index.js';

/** Where a source lies, in a way that survives a move of the app's container. */
export interface SourcePath {
  /** The name of one of `FileSystem.roots`; absent: `path` stands alone. */
  readonly root?: string;
  /** Behind the root, or verbatim as the app gave it. */
  readonly path: string;
}

/** The path kept relative to one of the file system's roots, where it lies below one; else verbatim. */
export function splitPath(fileSystem: FileSystem, path: string): SourcePath {
  for (const [root, directory] of Object.entries(fileSystem.roots ?? {})) {
    const base = directory.endsWith('/') ? directory : `${directory}/`;
    if (path.startsWith(base) && path.length > base.length) return { root, path: path.slice(base.length) };
  }
  return { path };
}

/** Where the source lies in this launch. @throws {ReelwayError} SOURCE_NOT_FOUND where its root is gone */
export function joinPath(fileSystem: FileSystem, path: SourcePath): string {
  if (path.root === undefined) return path.path;
  const directory = fileSystem.roots?.[path.root];
  if (directory === undefined) {
    throw new ReelwayError('SOURCE_NOT_FOUND', {
      message: `The file system has no root ${JSON.stringify(path.root)} any more`,
      context: { path: path.path },
    });
  }
  return directory.endsWith('/') ? `${directory}${path.path}` : `${directory}/${path.path}`;
}
