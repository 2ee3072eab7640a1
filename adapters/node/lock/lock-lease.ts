/**
 * A lease: a generation of a lock that is held, and, after a silence, the one directly after it.
 *
 * Everything here is synchronous, so that the answer of `isHeld()` is true at the moment when it is given. While the holder
 * is silent, another process may be about to take over. So the holder does not go on with a generation that was silent: it
 * makes the directory of the next number, which one process can do, and looks then whether its own generation is still
 * there. A takeover ends that generation before it gives out a lease, so no other lease was given if it is there.
 */
import { mkdirSync, readdirSync, rmSync, type Stats, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { lockSync } from 'proper-lockfile';
import type { Lease } from '../../../src/ports/index.js';
import { DIRECTORY_MODE, FILE_MODE } from '../files/durable.js';
import { errnoOf, isMissing, storageError } from '../files/errors.js';
import { endGeneration, forgetOldGenerations, lockPath, ownerPath, survey } from './lock-generations.js';
import { encodeOwner, type Owner } from './lock-owner.js';
import { beatMs } from './lock-watch.js';

/** Error codes of proper-lockfile for a lock that it has released already. */
const NOT_OURS = new Set(['ERELEASED', 'ENOTACQUIRED']);
/** ESTALE: a file was removed on a network file system. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ESTALE']);

/** What all generations of one lease share. */
export interface LeaseSettings {
  readonly directory: string;
  readonly self: Owner;
  /** Milliseconds without a heartbeat after which the next generation has to be taken. */
  readonly staleMs: number;
  readonly lockSync: typeof lockSync;
}

/** A lock that is held. */
export class NodeLease implements Lease {
  private readonly settings: LeaseSettings;
  private current: HeldGeneration | undefined;
  private releasing: Promise<void> | undefined;

  private constructor(settings: LeaseSettings) {
    this.settings = settings;
  }

  /** Begins a generation, for which the file `owner` is there already. `undefined` where another process was faster. */
  static begin(settings: LeaseSettings, number: number, owner: string): NodeLease | undefined {
    const lease = new NodeLease(settings);
    lease.current = lease.take(number, owner);
    return lease.current === undefined ? undefined : lease;
  }

  isHeld(): boolean {
    try {
      // The clocks are read last, so that a suspension after the disk access is detected.
      while (this.releasing === undefined && this.current?.isThere() === true) {
        if (!this.current.isSilent()) return true;
        this.takeNext(this.current);
      }
      if (this.releasing === undefined) this.drop();
    } catch (error) {
      throw storageError(error, { path: this.settings.directory });
    }
    return false;
  }

  release(): Promise<void> {
    this.releasing ??= this.giveBack();
    return this.releasing;
  }

  private async giveBack(): Promise<void> {
    try {
      this.drop();
    } catch (error) {
      throw storageError(error, { path: this.settings.directory });
    }
  }

  private drop(): void {
    const { current } = this;
    this.current = undefined;
    current?.end();
  }

  private takeNext(silent: HeldGeneration): void {
    const { directory, self } = this.settings;
    const number = silent.number + 1;
    const owner = ownerPath(directory, number, encodeOwner(self));
    writeFileSync(owner, '', { flag: 'wx', mode: FILE_MODE });
    this.current = this.take(number, owner, () => silent.isThere());
    silent.end();
  }

  private take(number: number, owner: string, mayFollow = (): boolean => true): HeldGeneration | undefined {
    const generation = new HeldGeneration(this.settings, number, () => this.isHeld());
    let isTaken = false;
    try {
      isTaken = generation.make() && mayFollow() && generation.confirm();
    } finally {
      if (!isTaken) generation.giveUp(owner);
    }
    return isTaken ? generation : undefined;
  }
}

/** One generation that this process has begun. */
class HeldGeneration {
  readonly number: number;
  private readonly settings: LeaseSettings;
  private readonly path: string;
  /** Called instead of a heartbeat after a silence; false if the lease is lost. */
  private readonly onLate: () => boolean;
  private inode: bigint | undefined;
  private beat: { readonly wallMs: number; readonly monotonicMs: number } | undefined;
  private writtenMs = 0;
  private unlock: () => void = () => undefined;

  constructor(settings: LeaseSettings, number: number, onLate: () => boolean) {
    this.settings = settings;
    this.number = number;
    this.path = lockPath(settings.directory, number);
    this.onLate = onLate;
  }

  /** False where another process was faster. */
  make(): boolean {
    const { directory, staleMs } = this.settings;
    try {
      this.unlock = this.settings.lockSync(join(directory, String(this.number)), {
        // Staleness is decided by process checks and generations, not by one reading of the clock.
        stale: Number.POSITIVE_INFINITY,
        update: beatMs(staleMs),
        realpath: false,
        fs: this.fileSystem(),
        // The next check of the disk finds it as well.
        onCompromised: () => undefined,
      });
    } catch (error) {
      // ENOENT: the generation was used and has ended, and the new directory of this process was removed.
      if (errnoOf(error) === 'ELOCKED' || isMissing(error)) return false;
      throw error;
    }
    this.inode = inodeOf(this.path);
    return true;
  }

  /** Makes this generation the only held one. False if a later generation exists already. */
  confirm(): boolean {
    const { directory } = this.settings;
    const names = readdirSync(directory);
    const { last, holder, locked } = survey(names);
    if (last !== this.number || holder?.number !== this.number) return false;
    // Before the lease is returned: a former holder that still runs must see that it lost the lock.
    for (const number of locked) if (number < this.number) endGeneration(lockPath(directory, number));
    forgetOldGenerations(directory, names, this.number);
    return true;
  }

  /** Whether its directory exists; compared by inode, since a suspended process can make one of the same name. */
  isThere(): boolean {
    return this.inode !== undefined && inodeOf(this.path) === this.inode;
  }

  /** Whether others may consider this generation silent. Either clock can stop, and the wall clock can be set. */
  isSilent(): boolean {
    if (this.beat === undefined) return false;
    const wallMs = Math.abs(Date.now() - this.beat.wallMs);
    return Math.max(wallMs, performance.now() - this.beat.monotonicMs) > this.settings.staleMs;
  }

  end(): void {
    try {
      this.unlock();
    } catch (error) {
      if (!NOT_OURS.has(errnoOf(error) ?? '')) throw error;
    }
  }

  /** Ends a generation that could not be taken completely. */
  giveUp(owner: string): void {
    // First, so that the owner file of this process does not block others if the rest fails.
    rmSync(owner, { force: true });
    this.end();
  }

  /** The file system for proper-lockfile: locks are renamed, never removed, and identified by inode, not by time. */
  private fileSystem(): LockfileFileSystem {
    return {
      mkdirSync: (path) => mkdirSync(path, DIRECTORY_MODE),
      statSync: (path) => {
        if (this.inode === undefined) return statSync(path);
        if (this.isThere()) return { mtime: new Date(this.writtenMs) };
        throw Object.assign(new RangeError('The generation has ended'), { code: 'ENOENT' });
      },
      rmdirSync: (path) => {
        if (this.inode === undefined || this.isThere()) endGeneration(path);
      },
      utimesSync: (path, accessed, modified) => this.writeHeartbeat(path, accessed, modified),
    };
  }

  private writeHeartbeat(path: string, accessed: Date, modified: Date): void {
    this.writtenMs = modified.getTime();
    if (this.isSilent()) {
      if (this.onLate()) return;
      throw Object.assign(new RangeError('The lease is lost'), { code: 'ENOENT' });
    }
    // Read before the write, so that others never see an older heartbeat than this one. The first is slightly in the future.
    const beat = { wallMs: Math.min(Date.now(), this.writtenMs), monotonicMs: performance.now() };
    utimesSync(path, accessed, modified);
    this.beat = beat;
  }
}

function inodeOf(path: string): bigint | undefined {
  try {
    return statSync(path, { bigint: true }).ino;
  } catch (error) {
    if (GONE.has(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

interface LockfileFileSystem {
  mkdirSync(path: string): void;
  statSync(path: string): Pick<Stats, 'mtime'>;
  rmdirSync(path: string): void;
  utimesSync(path: string, accessed: Date, modified: Date): void;
}
