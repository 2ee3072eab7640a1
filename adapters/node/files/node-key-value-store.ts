/**
 * Small durable strings as files: one file a key, in one directory.
 *
 * A value is written under a temporary name, synced and renamed into place, so that a reader sees the old value or
 * the new one. The content of a file is returned unchanged, even if the disk has damaged it: records contain their own
 * checksums, and one damaged record must not affect the others.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assertOptions, assertRecordKey, assertRecordValue, MAX_RECORD_CHARACTERS } from '../../../src/adapter-kit/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { KeyValueStore } from '../../../src/ports/index.js';
import { type Durability, makePrivateDirectory, openForReading, openForWriting, syncDirectory, writeAll } from './durable.js';
import { isMissing, storageError } from './errors.js';
import { nativePath } from './paths.js';
import { sweepTemporaries, temporaryName } from './temporaries.js';

/** Options of {@link nodeKeyValueStore}. */
export interface NodeKeyValueStoreOptions {
  /** Where the files are; made (0700) with its parents if missing. May not be a symbolic link. */
  readonly directory: string;
  /** `full`: a resolved `set` survives a power cut. `process`: it survives the end of the process only, and is faster. @default 'full' */
  readonly durability?: Durability;
}

/**
 * A key-value store of files (0600). A symbolic link in the place of the directory or of a value is UNSAFE_PATH; a
 * directory that is missing or was replaced is STORAGE_UNAVAILABLE, never empty.
 */
export function nodeKeyValueStore(options: NodeKeyValueStoreOptions): KeyValueStore {
  assertOptions('nodeKeyValueStore', options, { directory: true, durability: true });
  const store = new RecordDirectory(resolve(nativePath(options.directory)), options.durability ?? 'full');
  return {
    get: (key) => checked(key, () => store.read(key)),
    set: (key, value) =>
      checked(key, () => {
        assertRecordValue(key, value);
        return store.write(key, value);
      }),
    remove: (key) => checked(key, () => store.remove(key)),
    keys: (prefix) => store.keys(prefix),
  };
}

async function checked<T>(key: string, run: () => Promise<T>): Promise<T> {
  assertRecordKey(key);
  return run();
}

/** `a/b` → `k-a=b.txt`: flat, so `a/b` and `a/b/c` never collide; never a reserved name or a trailing dot. */
function fileNameOf(key: string): string {
  return `k-${key.replace(/\//g, '=')}.txt`;
}

function keyOf(fileName: string): string | undefined {
  const match = /^k-([a-z0-9._=-]{1,200})\.txt$/.exec(fileName);
  return match?.[1]?.replace(/=/g, '/');
}

class RecordDirectory {
  private readonly directory: string;
  private readonly durability: Durability;
  private seen: Stats | undefined;
  private opening: Promise<void> | undefined;

  constructor(directory: string, durability: Durability) {
    this.directory = directory;
    this.durability = durability;
  }

  read(key: string): Promise<string | undefined> {
    return this.guarded(key, async () => {
      try {
        return await readRecord(this.pathOf(key));
      } catch (error) {
        if (!isMissing(error)) throw error;
        await this.assertStillThere();
        return undefined;
      }
    });
  }

  write(key: string, value: string): Promise<void> {
    return this.guarded(key, async () => {
      await this.assertStillThere();
      const temporary = join(this.directory, temporaryName());
      try {
        await writeRecord(temporary, value, this.durability);
        await rename(temporary, this.pathOf(key));
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
      await this.sync();
    });
  }

  remove(key: string): Promise<void> {
    return this.guarded(key, async () => {
      try {
        await unlink(this.pathOf(key));
      } catch (error) {
        if (!isMissing(error)) throw error;
        return this.assertStillThere();
      }
      await this.sync();
    });
  }

  keys(prefix: string): Promise<string[]> {
    return this.guarded(undefined, async () => {
      const names = await readdir(this.directory);
      await this.assertStillThere();
      return names.map(keyOf).filter((key) => key?.startsWith(prefix) === true) as string[];
    });
  }

  private pathOf(key: string): string {
    return join(this.directory, fileNameOf(key));
  }

  private async guarded<T>(key: string | undefined, run: () => Promise<T>): Promise<T> {
    try {
      await this.open();
      return await run();
    } catch (error) {
      throw storageError(error, { path: this.directory, ...(key === undefined ? {} : { key }) });
    }
  }

  /** Runs once; after a failure the next call tries again. */
  private open(): Promise<void> {
    this.opening ??= this.prepare().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async prepare(): Promise<void> {
    await makePrivateDirectory(this.directory, this.durability);
    this.seen = await lstat(this.directory);
    await sweepTemporaries(this.directory);
  }

  /** A directory that was unmounted or replaced would make every record look missing, and new ones would be lost. */
  private async assertStillThere(): Promise<void> {
    const now = await lstat(this.directory);
    if (now.ino === this.seen?.ino && now.dev === this.seen.dev) return;
    throw new ReelwayError('STORAGE_UNAVAILABLE', { message: `The directory was replaced: ${this.directory}` });
  }

  private async sync(): Promise<void> {
    if (this.durability === 'full') await syncDirectory(this.directory);
  }
}

async function writeRecord(path: string, value: string, durability: Durability): Promise<void> {
  const handle = await openForWriting(path, constants.O_EXCL);
  try {
    await writeAll(handle, Buffer.from(value, 'latin1'));
    if (durability === 'full') await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Reads at most the longest value, one character per byte; damage is left to the record's checksum. */
async function readRecord(path: string): Promise<string> {
  const handle = await openForReading(path, 'refuse');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, MAX_RECORD_CHARACTERS));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.toString('latin1', 0, filled);
  } finally {
    await handle.close();
  }
}
