/**
 * A lock between processes, over proper-lockfile, which makes the directory that is the lock and writes its heartbeat.
 * What is added: a dead holder is replaced at once, one that is alive is not replaced because of its silence, two processes
 * cannot win one takeover, and a holder that was suspended goes on if no other lease was given meanwhile.
 */
import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { abortableWait, throwIfAborted } from '../../../src/adapter-kit/index.js';
import type { AbortSignalLike, AcquireOptions, Lease, Lock } from '../../../src/ports/index.js';
import { FILE_MODE, makePrivateDirectory } from '../files/durable.js';
import { storageError } from '../files/errors.js';
import { nativePath } from '../files/paths.js';
import { ownerPath, survey } from './lock-generations.js';
import { NodeLease } from './lock-lease.js';
import { currentOwner, encodeOwner, type Owner } from './lock-owner.js';
import { GRACE_MS, HolderWatch, type Verdict } from './lock-watch.js';

const FIRST_POLL_MS = 20;
const LAST_POLL_MS = 200;
/** How {@link nodeLock} is set up. */
export interface NodeLockOptions {
  /** Where the locks are; made (0700) with its parents if missing. May not be a symbolic link. */
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
    const look = await directory.look();
    const lease = await settled(look, signal);
    const leftMs = deadlineMs - performance.now();
    // A suspect is watched to the end, or its lock could never be had without waiting.
    if (lease !== undefined || (leftMs <= 0 && look.verdict !== 'suspect')) return lease;
    const delayMs = pollMs * (0.5 + Math.random() / 2);
    await pause(leftMs > 0 ? Math.min(delayMs, leftMs) : delayMs, signal);
  }
}

/** The lease of a look, once what a silent holder may have under way has come to its end: that holder may live. */
async function settled({ verdict, lease }: Look, signal: AbortSignalLike | undefined): Promise<Lease | undefined> {
  try {
    if (lease !== undefined && verdict === 'silent') await pause(GRACE_MS, signal);
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

/** What one look gives. */
interface Look {
  readonly verdict: Verdict | 'free';
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

  /** With the lease, if it can be had at this moment. */
  async look(): Promise<Look> {
    try {
      await makePrivateDirectory(this.directory, 'process');
      const { last, holder } = survey(await readdir(this.directory));
      const verdict = holder === undefined ? 'free' : await this.watch.judge(holder);
      if (verdict === 'held' || verdict === 'suspect') return { verdict };
      return { verdict, lease: await this.take(last + 1) };
    } catch (error) {
      throw storageError(error, { path: this.directory });
    }
  }

  private async take(number: number): Promise<NodeLease | undefined> {
    // Not before it is needed: loading it adds listeners for the process's signals.
    const { lockSync } = await import('proper-lockfile');
    const owner = ownerPath(this.directory, number, encodeOwner(this.self));
    // Before the attempt: a process that sees the lock then finds its owner too, however early that one dies.
    await writeFile(owner, '', { flag: 'wx', mode: FILE_MODE });
    const { directory, self, staleMs } = this;
    return NodeLease.begin({ directory, self, staleMs, lockSync }, number, owner);
  }
}
