/** The directory behind a blob store: paths of keys, safety against links, and the check that it is still the same directory. */
import type { Stats } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, realpath, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ReelwayError } from '../../../src/errors/index.js';
import {
  DIRECTORY_MODE,
  type Durability,
  makePrivateDirectory,
  openForReading,
  openForWriting,
  syncDirectory,
  syncUpTo,
} from '../files/durable.js';
import { errnoOf, isMissing, unsafePath } from '../files/errors.js';
import { sweepTemporaries, temporaryName } from '../files/temporaries.js';
import { directoriesOf, placeOf } from './bucket-names.js';

/** Begins with a dot; no blob's name does. */
const TEMPORARY_DIRECTORY = '.reelway-tmp';
/** A concurrent `remove` may prune a new directory before the blob is in it; each round it must be pruned again. */
const PLACING_ROUNDS = 50;
/** Error codes of file systems without hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK', 'EINVAL']);

/** A temporary file of the bucket, open for writing. */
export interface Draft {
  readonly path: string;
  readonly handle: FileHandle;
}

/** One directory as a bucket. Rejects with node's errors and with ReelwayErrors. */
export class Bucket {
  private readonly directory: string;
  private readonly durability: Durability;
  private root: { readonly real: string; readonly stats: Stats } | undefined;
  private writable: Promise<void> | undefined;

  constructor(directory: string, durability: Durability) {
    this.directory = resolve(directory);
    this.durability = durability;
  }

  /** The blob's file, open for reading; `undefined` where there is none. */
  async open(key: string): Promise<FileHandle | undefined> {
    if (!(await this.look())) return undefined;
    const path = await this.pathOf(key);
    return path === undefined ? undefined : this.orMissing(openForReading(path, 'refuse'));
  }

  /** The blob's file; `undefined` where there is none. */
  async stat(key: string): Promise<Stats | undefined> {
    if (!(await this.look())) return undefined;
    const path = await this.pathOf(key);
    return path === undefined ? undefined : this.orMissing(lstat(path));
  }

  /** The directory below which all keys with this prefix lie, `undefined` where there are none. */
  async directoryOf(prefix: string): Promise<string | undefined> {
    const directories = directoriesOf(prefix);
    if (directories === undefined || !(await this.look())) return undefined;
    await this.assertSame();
    const path = this.join(...directories);
    return (await this.isInside(path)) ? path : undefined;
  }

  /** A new temporary file. The bucket is made if it was never there. */
  async draft(): Promise<Draft> {
    await this.prepare();
    try {
      return await this.openDraft();
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The directory of temporaries was removed. If the bucket is still the same one, it is made again.
      await this.assertSame();
      await makePrivateDirectory(this.join(TEMPORARY_DIRECTORY), this.durability);
      return this.openDraft();
    }
  }

  /** Makes a finished draft the blob of `key`. @throws {ReelwayError} BLOB_EXISTS */
  async place(draft: Draft, key: string, ifAbsent: boolean): Promise<void> {
    const { directories, file } = placeOf(key);
    const directory = this.join(...directories);
    const target = join(directory, file);
    for (let round = 1; ; round += 1) {
      try {
        const first = await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
        await this.isInside(directory);
        await (ifAbsent ? placeOnce(draft.path, target, key) : rename(draft.path, target));
        return await this.sync(target, first);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' || round === PLACING_ROUNDS) throw error;
      }
    }
  }

  /** Removes the blob and the directories that are empty without it. Missing is success. */
  async remove(key: string): Promise<void> {
    if (!(await this.look())) return;
    const path = await this.pathOf(key);
    if (path === undefined) return;
    const gone = await this.orMissing(unlink(path).then(() => true));
    if (gone !== true) return;
    if (this.durability === 'full') await this.orMissing(syncDirectory(dirname(path)));
    await this.prune(dirname(path));
  }

  private async prune(from: string): Promise<void> {
    for (let directory = from; directory !== this.join(); directory = dirname(directory)) {
      try {
        await rmdir(directory);
      } catch (error) {
        // Not empty is the normal case. Other errors leave an empty directory, which no listing shows.
        if (errnoOf(error) !== undefined) return;
        throw error;
      }
    }
  }

  private async openDraft(): Promise<Draft> {
    const path = this.join(TEMPORARY_DIRECTORY, temporaryName());
    // The random name is unique, so O_EXCL is not needed.
    return { path, handle: await openForWriting(path, 0) };
  }

  /** The path for a key whose directories are all real ones, or `undefined` where they are missing. */
  private async pathOf(key: string): Promise<string | undefined> {
    const { directories, file } = placeOf(key);
    const directory = this.join(...directories);
    return (await this.isInside(directory)) ? join(directory, file) : undefined;
  }

  /** False where it is missing. @throws {ReelwayError} UNSAFE_PATH where a link leads elsewhere */
  private async isInside(directory: string): Promise<boolean> {
    const real = await this.orMissing(realpath(directory));
    if (real !== undefined && real !== directory) throw unsafePath(directory, 'a directory of the bucket');
    return real !== undefined;
  }

  private join(...names: string[]): string {
    return join(this.root?.real ?? this.directory, ...names);
  }

  private async orMissing<T>(result: Promise<T>): Promise<T | undefined> {
    try {
      return await result;
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.assertSame();
      return undefined;
    }
  }

  /** False if the bucket has never existed: nothing is stored then. */
  private async look(): Promise<boolean> {
    if (this.root !== undefined) return true;
    const stats = await stat(this.directory).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (stats === undefined) return false;
    this.root = { real: await realpath(this.directory), stats };
    return true;
  }

  /** A bucket that has vanished or was replaced (unmounted) would make every blob look missing. */
  private async assertSame(): Promise<void> {
    const now = await stat(this.directory).catch(() => undefined);
    const before = this.root?.stats;
    if (now !== undefined && now.ino === before?.ino && now.dev === before.dev) return;
    throw new ReelwayError('UNAVAILABLE', { message: `The bucket's directory is missing or was replaced: ${this.directory}` });
  }

  /** Once; a failure is forgotten, so that the next put tries again. */
  private prepare(): Promise<void> {
    this.writable ??= this.makeWritable().catch((error: unknown) => {
      this.writable = undefined;
      throw error;
    });
    return this.writable;
  }

  private async makeWritable(): Promise<void> {
    if (!(await this.look())) {
      const first = await mkdir(this.directory, { recursive: true, mode: DIRECTORY_MODE });
      if (first !== undefined && this.durability === 'full') await syncUpTo(this.directory, dirname(first));
      await this.look();
    }
    const temporaries = this.join(TEMPORARY_DIRECTORY);
    await makePrivateDirectory(temporaries, this.durability);
    await sweepTemporaries(temporaries);
  }

  private async sync(target: string, firstMade: string | undefined): Promise<void> {
    if (this.durability !== 'full') return;
    if (firstMade === undefined) await syncDirectory(dirname(target));
    else await syncUpTo(target, dirname(firstMade));
  }
}

/** A hard link never replaces its target; a rename does. Without hard links: check, then rename, which is not atomic. */
async function placeOnce(draft: string, target: string, key: string): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw blobExists(key);
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw error;
    const there = await lstat(target).catch(() => undefined);
    if (there !== undefined) throw blobExists(key);
    return rename(draft, target);
  }
  await rm(draft, { force: true });
}

export function blobExists(key: string): ReelwayError {
  return new ReelwayError('BLOB_EXISTS', { message: `A blob exists already under ${key}`, context: { key } });
}
