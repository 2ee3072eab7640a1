/**
 * A lock between processes, over proper-lockfile, which makes the lock directory and writes its heartbeat.
 * Additions: a dead holder is replaced at once, a running one is not replaced because of its silence, two processes
 * cannot win one takeover, and a holder that was suspended continues if no other lease was given meanwhile.
 */
import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { abortableWait, assertOptions, throwIfAborted } from '../../../src/adapter-kit/index.js';
import type { AbortSignalLike, AcquireOptions, Lease, Lock } from '../../../src/ports/index.js';
import { FILE_MODE, makePrivateDirectory } from '../files/durable.js';
import { storageError } from '../files/errors.js';
import { nativePath } from '../files/paths.js';
import { ownerPath, survey } from './lock-generations.js';
import { NodeLease } from './lock-lease.js';
import { currentOwner, encodeOwner, type Owner } from './lock-owner.js';
import { GRACE_MS, type HolderState, HolderWatch } from './lock-watch.js';

const FIRST_POLL_MS = 20;
const LAST_POLL_MS = 200;
/** Options of {@link nodeLock}. */
export interface NodeLockOptions {
  /** Directory of the locks; made (0700) with its parents if missing. Must not be a symbolic link. */
  readonly directory: string;
  /**
   * Milliseconds without a heartbeat after which a holder counts as silent, 4,000 to 3,600,000, both inclusive. It decides
   * only where a process cannot prove that the holder is alive or has ended: on another machine, in another container, and on
   * other systems than Linux.
   * @default 10_000
   */
  readonly staleMs?: number;
}

/**
 * A lock between the processes that share a directory.
 *
 * A holder that was killed is replaced within milliseconds on the same machine, and one that is provably alive there (Linux)
 * keeps the lock however long it is suspended. Elsewhere a silent holder is watched for a few seconds more, in addition to
 * `waitMs`, and then replaced. `isHeld()` looks at the disk. After a silence, by the wall clock or by the monotonic one, it
 * takes the lock again in the same call; it is false for ever once another process has taken it, even if that one has given
 * it back.
 */
export function nodeLock(options: NodeLockOptions): Lock {
  assertOptions('nodeLock', options, { directory: true, staleMs: true });
  const { directory, staleMs = 10_000 } = options;
  if (!(staleMs >= 4_000 && staleMs <= 3_600_000)) throw new TypeError(`staleMs must be from 4,000 to 3,600,000: ${staleMs}`);
  const root = resolve(nativePath(directory));
  return {
    acquire: async (name, acquireOptions = {}) => {
      const { waitMs = 0, signal } = acquireOptions;
      if (!(waitMs >= 0)) throw new TypeError(`waitMs must be ≥ 0: ${waitMs}`);
      throwIfAborted(signal);
      // The name may contain any character; its hash is legal on every file system.
      const place = join(root, createHash('sha256').update(name).digest('hex').slice(0, 32));
      return acquireIn(new LockDirectory(place, staleMs), { ...acquireOptions, waitMs });
    },
  };
}

async function acquireIn(directory: LockDirectory, options: AcquireOptions & { waitMs: number }): Promise<Lease | undefined> {
  const { waitMs, signal } = options;
  const deadlineMs = performance.now() + waitMs;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, LAST_POLL_MS)) {
    const look = await directory.look();
    const lease = await settled(look, signal);
    const leftMs = deadlineMs - performance.now();
    // A suspect is watched to the end, or its lock could never be acquired without waiting.
    if (lease !== undefined || (leftMs <= 0 && look.holder !== 'suspect')) return lease;
    const delayMs = pollMs * (0.5 + Math.random() / 2);
    await pause(leftMs > 0 ? Math.min(delayMs, leftMs) : delayMs, signal);
  }
}

/** The lease of a check, after a pause in which a silent but running holder can end its current operation. */
async function settled({ holder, lease }: Look, signal: AbortSignalLike | undefined): Promise<Lease | undefined> {
  try {
    if (lease !== undefined && holder === 'silent') await pause(GRACE_MS, signal);
    throwIfAborted(signal);
    return lease?.isHeld() === true ? lease : undefined;
  } catch (error) {
    await lease?.release();
    throw error;
  }
}

function pause(delayMs: number, signal: AbortSignalLike | undefined): Promise<void> {
  return abortableWait<void>(signal, (resolve) => {
    const timer = setTimeout(resolve, delayMs);
    return () => clearTimeout(timer);
  });
}

interface Look {
  readonly holder: HolderState | 'free';
  readonly lease?: NodeLease | undefined;
}

/** One lock, as one `acquire` sees it. */
class LockDirectory {
  private readonly directory: string;
  private readonly staleMs: number;
  private readonly self: Owner = currentOwner();
  private readonly watch: HolderWatch;

  constructor(directory: string, staleMs: number) {
    this.directory = directory;
    this.staleMs = staleMs;
    this.watch = new HolderWatch(directory, this.self, staleMs);
  }

  /** Checks the lock, and takes it if it is free. */
  async look(): Promise<Look> {
    try {
      await makePrivateDirectory(this.directory, 'process');
      const { last, holder: held } = survey(await readdir(this.directory));
      const holder = held === undefined ? 'free' : await this.watch.check(held);
      if (holder === 'held' || holder === 'suspect') return { holder };
      return { holder, lease: await this.take(last + 1) };
    } catch (error) {
      throw storageError(error, { path: this.directory });
    }
  }

  private async take(number: number): Promise<NodeLease | undefined> {
    // Loaded late, since loading it adds listeners for the process's signals.
    const { lockSync } = await import('proper-lockfile');
    const owner = ownerPath(this.directory, number, encodeOwner(this.self));
    // Before the attempt, so that a process that sees the lock also finds its owner, however early the owner ends.
    await writeFile(owner, '', { flag: 'wx', mode: FILE_MODE });
    const { directory, self, staleMs } = this;
    return NodeLease.begin({ directory, self, staleMs, lockSync }, number, owner);
  }
}
