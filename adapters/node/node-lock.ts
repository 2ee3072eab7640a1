/**
 * A lock between processes, over proper-lockfile, which makes the directory that is the lock and keeps its heartbeat.
 * What is added: a dead holder is noticed at once, a takeover cannot be won twice, and a lease that was taken away says so.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename, renameSync, rmdir, type Stats, stat, statSync, utimes } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { abortReason, onAbort, throwIfAborted } from '../../src/internal/adapter-kit/index.js';
import type { AbortSignalLike, AcquireOptions, Lease, Lock } from '../../src/ports/index.js';
import { DIRECTORY_MODE, FILE_MODE, makePrivateDirectory } from './durable.js';
import { errnoOf, isMissing, storageError } from './errors.js';
import {
  donePath,
  endGeneration,
  forgetOldGenerations,
  type Generation,
  highestGeneration,
  isOver,
  lockPath,
  ownerPath,
} from './lock-generations.js';
import { currentOwner, encodeOwner, type Owner } from './lock-owner.js';
import { nativePath } from './paths.js';

const FIRST_POLL_MS = 20;
const LAST_POLL_MS = 200;
/** Between the moment when a silent holder gives up and the moment when others may go on, for clocks that differ a little. */
const GRACE_MS = 1_000;

/** What proper-lockfile says of a lock that it has given up already. */
const NOT_OURS = new Set(['ERELEASED', 'ENOTACQUIRED']);

/** How {@link nodeLock} is set up. */
export interface NodeLockOptions {
  /** Where the locks are; made (0700) with its parents if missing. May not be a symbolic link. */
  readonly directory: string;
  /**
   * Milliseconds without a heartbeat after which a holder has lost its lease, 4,000 to 3,600,000, both inclusive. Only
   * holders that hang, or died on another machine, are waited for that long (and a second more).
   * @default 10_000
   */
  readonly staleMs?: number;
}

/**
 * A lock between the processes that share a directory.
 *
 * A holder that was killed is noticed within milliseconds on the same machine. `isHeld()` looks at the disk, so it is false
 * from the moment when another process has taken over.
 */
export function nodeLock(options: NodeLockOptions): Lock {
  const { directory, staleMs = 10_000 } = options;
  if (!(staleMs >= 4_000 && staleMs <= 3_600_000)) throw new TypeError('staleMs is 4,000 to 3,600,000');
  const root = resolve(nativePath(directory));
  return {
    acquire: async (name, acquireOptions = {}) => {
      const { waitMs = 0, signal } = acquireOptions;
      if (!(waitMs >= 0)) throw new TypeError('waitMs is ≥ 0');
      throwIfAborted(signal);
      // A name may be anything; a hash fits every file system.
      const place = join(root, createHash('sha256').update(name).digest('hex').slice(0, 32));
      return acquireIn(new LockDirectory(place, staleMs), { ...acquireOptions, waitMs });
    },
  };
}

async function acquireIn(directory: LockDirectory, options: AcquireOptions & { waitMs: number }): Promise<Lease | undefined> {
  const { waitMs, signal } = options;
  const deadlineMs = performance.now() + waitMs;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, LAST_POLL_MS)) {
    const lease = await directory.tryOnce();
    if (signal?.aborted === true) {
      await lease?.release();
      throw abortReason(signal);
    }
    const leftMs = deadlineMs - performance.now();
    if (lease !== undefined || leftMs <= 0) return lease;
    await pause(Math.min(pollMs * (0.5 + Math.random() / 2), leftMs), signal);
  }
}

function pause(delayMs: number, signal: AbortSignalLike | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      forget();
      done();
    }, delayMs);
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      if (signal !== undefined) fail(abortReason(signal));
    });
  });
}

/** All generations of one lock. */
class LockDirectory {
  private readonly directory: string;
  private readonly staleMs: number;
  private readonly self: Owner = currentOwner();

  constructor(directory: string, staleMs: number) {
    this.directory = directory;
    this.staleMs = staleMs;
  }

  /** The lease, if it is to be had at this moment. */
  async tryOnce(): Promise<Lease | undefined> {
    try {
      await makePrivateDirectory(this.directory, 'process');
      const last = await highestGeneration(this.directory);
      if (!(await isOver(this.directory, last, this.self, this.staleMs + GRACE_MS))) return undefined;
      return await this.claim(last);
    } catch (error) {
      throw storageError(error, { path: this.directory });
    }
  }

  private async claim(last: Generation): Promise<Lease | undefined> {
    const number = last.number + 1;
    const owner = ownerPath(this.directory, number, encodeOwner(this.self));
    // Before the attempt: whoever sees the lock then finds its owner too, however early this process dies.
    await writeFile(owner, '', { flag: 'wx', mode: FILE_MODE });
    const lease = await GenerationLease.begin(this.directory, number, this.staleMs);
    if (lease === undefined) {
      await rm(owner, { force: true });
      return undefined;
    }
    try {
      if (await this.confirm(number, last)) return lease;
    } catch (error) {
      await lease.release();
      throw error;
    }
    await lease.release();
    return undefined;
  }

  /** False where this process has slept since it looked: the number was used, and others have gone on from it. */
  private async confirm(number: number, last: Generation): Promise<boolean> {
    const now = await highestGeneration(this.directory);
    if (now.number !== number || now.done) return false;
    // Before the lease is anyone's: the holder before, should it live after all, must not believe in its own any more.
    if (!last.done) await endGeneration(lockPath(this.directory, last.number));
    await forgetOldGenerations(this.directory, number);
    return true;
  }
}

/** One generation, held. */
class GenerationLease implements Lease {
  private readonly path: string;
  private readonly staleMs: number;
  private beatMs = 0;
  private inode = 0n;
  private lost = false;
  private releasing: Promise<void> | undefined;
  private unlock: () => Promise<void> = async () => undefined;

  private constructor(path: string, staleMs: number) {
    this.path = path;
    this.staleMs = staleMs;
  }

  /** `undefined` where somebody else was faster. */
  static async begin(directory: string, number: number, staleMs: number): Promise<GenerationLease | undefined> {
    const lease = new GenerationLease(lockPath(directory, number), staleMs);
    // Not before it is needed: loading it adds listeners for the process's signals.
    const { lock } = await import('proper-lockfile');
    try {
      lease.unlock = await lock(join(directory, String(number)), {
        // Who is stale is decided by generations; here it would be decided without looking twice.
        stale: Number.POSITIVE_INFINITY,
        update: Math.floor(staleMs / 4),
        realpath: false,
        fs: lease.fileSystem(),
        onCompromised: () => lease.lose(),
      });
    } catch (error) {
      // ENOENT: the number was used and done with while this process slept, and what it has just made was tidied away.
      if (errnoOf(error) === 'ELOCKED' || isMissing(error)) return undefined;
      throw error;
    }
    lease.inode = lease.currentInode() ?? 0n;
    return lease;
  }

  isHeld(): boolean {
    if (this.lost || this.releasing !== undefined) return false;
    // The number of the directory too, since a process that slept may make one of the same name, for a moment.
    if (this.isSilent() || this.currentInode() !== this.inode) this.lose();
    return !this.lost;
  }

  release(): Promise<void> {
    this.releasing ??= this.giveBack();
    return this.releasing;
  }

  private async giveBack(): Promise<void> {
    try {
      await this.unlock();
    } catch (error) {
      if (!NOT_OURS.has(errnoOf(error) ?? '')) throw storageError(error, { path: this.path });
      // Lost before it was given back. Should nobody have noticed, nobody needs to wait.
      await endGeneration(this.path);
    }
  }

  private lose(): boolean {
    this.lost = true;
    return true;
  }

  private isSilent(): boolean {
    return Date.now() - this.beatMs > this.staleMs;
  }

  /** `undefined` where it is gone or cannot be seen, which is as good as gone. */
  private currentInode(): bigint | undefined {
    try {
      return statSync(this.path, { bigint: true }).ino;
    } catch {
      return undefined;
    }
  }

  /** What proper-lockfile does its work with: its lock is never removed but renamed, and a late heartbeat is its last. */
  private fileSystem(): LockfileFileSystem {
    return {
      mkdir: (path, done) => mkdir(path, { mode: DIRECTORY_MODE }, done),
      stat,
      rmdir: (path, done) => rename(path, donePath(path), (error) => (errnoOf(error) === 'EPERM' ? rmdir(path, done) : done(error))),
      rmdirSync: (path) => renameSync(path, donePath(path)),
      utimes: (path, accessed, modified, done) => {
        const first = this.beatMs === 0;
        if (!first && (this.lost || this.isSilent())) return done(Object.assign(new RangeError('too late'), { code: 'ENOENT' }));
        utimes(path, accessed, modified, (error) => {
          if (error === null) this.beatMs = modified.getTime();
          done(error);
        });
      },
    };
  }
}

type Done = (error: NodeJS.ErrnoException | null) => void;

interface LockfileFileSystem {
  mkdir(path: string, done: Done): void;
  stat(path: string, done: (error: NodeJS.ErrnoException | null, stats: Stats) => void): void;
  rmdir(path: string, done: Done): void;
  rmdirSync(path: string): void;
  utimes(path: string, accessed: Date, modified: Date, done: Done): void;
}
