/**
 * Files that are being combined, so that a killed process leaves none behind: the path is on record before the first byte,
 * and what is still on record at the next start is swept.
 */
import { asciiJson } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import { joinPath, splitPath } from '../../internal/index.js';
import type { Clock, FileSystem, KeyValueStore } from '../../ports/index.js';
import { asReelwayError } from '../../transfer/index.js';

/** As many as there are segments under way at once. */
const SPOOLS = 16;

/** What the records are made of. */
export interface PartialsParts {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly clock: Clock;
  readonly warn: (error: ReelwayError) => void;
  /** This scope's own prefix of record keys. */
  readonly prefix: string;
}

/** The records of one scope. */
export class Partials {
  private readonly parts: PartialsParts;
  /** Ours, in this life. */
  private readonly live = new Set<string>();
  private count = 0;

  constructor(parts: PartialsParts) {
    this.parts = parts;
  }

  /** Puts the temporary file for an output on record; its path, and how to end it. */
  async begin(outputPath: string): Promise<{ readonly path: string; end(): Promise<void> }> {
    this.count += 1;
    const id = `${this.parts.clock.wallMs().toString(36)}-${this.count.toString(36)}-${Math.floor(this.parts.clock.random() * 2 ** 32).toString(36)}`;
    const path = `${directoryPrefix(outputPath)}.reelway.partial-${id}`;
    const key = `${this.parts.prefix}${id}`;
    this.live.add(key);
    await this.parts.keyValueStore.set(key, encodePath(path, this.parts.fileSystem));
    return {
      path,
      end: async () => {
        await this.clear(path, key);
        this.live.delete(key);
      },
    };
  }

  /** Removes what dead processes left. */
  async sweep(): Promise<void> {
    try {
      for (const key of await this.parts.keyValueStore.keys(this.parts.prefix)) {
        if (this.live.has(key)) continue;
        const path = decodePath(await this.parts.keyValueStore.get(key), this.parts.fileSystem);
        await this.clear(path, key);
      }
    } catch (error) {
      this.parts.warn(asReelwayError(error));
    }
  }

  /** Failures are warnings, and the record stays: the next start tries again. */
  private async clear(path: string | undefined, key: string): Promise<void> {
    try {
      if (path !== undefined) {
        await this.parts.fileSystem.remove(path);
        for (let number = 0; number < SPOOLS; number += 1) await this.parts.fileSystem.remove(spoolPath(path, number));
      }
      await this.parts.keyValueStore.remove(key);
    } catch (error) {
      this.parts.warn(asReelwayError(error));
    }
  }
}

/**
 * The part of a path before its last name. The temporary name does not contain the user's, which may have the maximum length.
 * Backslashes separate names only in paths of Windows.
 */
function directoryPrefix(path: string): string {
  const isWindows = /^(?:[A-Za-z]:|\\\\)/.test(path);
  return path.slice(0, Math.max(path.lastIndexOf('/'), isWindows ? path.lastIndexOf('\\') : -1) + 1);
}

/** Where a large segment waits for its turn; so many at once at most, so that a sweep knows them all. */
export function spoolPath(partialPath: string, index: number): string {
  return `${partialPath}-${index % SPOOLS}`;
}

function encodePath(path: string, fileSystem: FileSystem): string {
  const { root, path: relative } = splitPath(fileSystem, path);
  return asciiJson({ root, relative });
}

/** `undefined` where the record is not valid, or its root is gone. Only a path that this class made is ever removed. */
function decodePath(record: string | undefined, fileSystem: FileSystem): string | undefined {
  const { root, relative } = parse(record);
  if (typeof relative !== 'string' || !/\.partial-[0-9a-z-]+$/.test(relative)) return undefined;
  if (root === undefined) return relative;
  return typeof root === 'string' && fileSystem.roots?.[root] !== undefined ? joinPath(fileSystem, { root, path: relative }) : undefined;
}

function parse(record: string | undefined): { readonly root?: unknown; readonly relative?: unknown } {
  try {
    const value: unknown = JSON.parse(record ?? 'null');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
