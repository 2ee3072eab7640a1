/**
 * A lock whose holder was suspended, or whose clock was set: it goes on with the next generation if no other has begun, and
 * holds nothing any more if one has, even one that is over.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lockSync } from 'proper-lockfile';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeLock } from '../../../../adapters/node/index.js';
import { endGeneration, lockPath, ownerPath, survey } from '../../../../adapters/node/lock/lock-generations.js';
import { NodeLease } from '../../../../adapters/node/lock/lock-lease.js';
import { currentOwner, encodeOwner } from '../../../../adapters/node/lock/lock-owner.js';
import { freshDirectory, heldLockOf, lockPlaceOf } from '../given.js';
import { fakeTime, STALE_MS, suspended, takenFrom, withoutTimers } from '../lock-support.js';

const DAY_MS = 86_400_000;

/** Called before each synchronous step on the disk, with its name and path; may throw, as a full disk does. */
const disk = vi.hoisted(() => ({ before: undefined as ((name: string, path: string) => void) | undefined }));

vi.mock('node:fs', async (importOriginal) => {
  const original = (await importOriginal()) as { [name: string]: unknown };
  const steps = ['mkdirSync', 'readdirSync', 'renameSync', 'rmdirSync', 'rmSync', 'statSync', 'utimesSync', 'writeFileSync'];
  const wrapped = steps.map((name) => {
    const call = original[name] as (...args: unknown[]) => unknown;
    return [
      name,
      (...args: unknown[]) => {
        disk.before?.(name, String(args[0]));
        return call(...args);
      },
    ];
  });
  return { ...original, ...Object.fromEntries(wrapped) };
});

beforeEach(fakeTime);

afterEach(() => {
  disk.before = undefined;
  vi.useRealTimers();
});

describe('a holder that was silent', () => {
  it.each([
    ['was suspended for 14 s', () => vi.advanceTimersByTime(14_000)],
    ['was suspended for a day', () => vi.advanceTimersByTime(DAY_MS)],
    ['saw its wall clock set 60 s forward', () => vi.setSystemTime(Date.now() + 60_000)],
    ['saw its wall clock set 60 s back', () => vi.setSystemTime(Date.now() - 60_000)],
    ['saw its wall clock set a day forward', () => vi.setSystemTime(Date.now() + DAY_MS)],
    [
      'was suspended while its wall clock stood still',
      () => {
        const now = Date.now();
        vi.advanceTimersByTime(14_000);
        vi.setSystemTime(now);
      },
    ],
  ])('and %s goes on with the generation directly after its own', async (_, pass) => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    pass();
    expect(lease.isHeld()).toBe(true);
    expect(basename(await heldLockOf(directory))).toBe('2.lock');
    expect(lease.isHeld()).toBe(true);
    expect(basename(await heldLockOf(directory))).toBe('2.lock');
    await lease.release();
    expect(lease.isHeld()).toBe(false);
    const next = await nodeLock({ directory, staleMs: STALE_MS }).acquire('queue');
    expect(basename(await heldLockOf(directory))).toBe('3.lock');
    await next?.release();
  });

  it('keeps its generation as long as it is not silent', async () => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    vi.advanceTimersByTime(STALE_MS);
    expect(lease.isHeld()).toBe(true);
    expect(basename(await heldLockOf(directory))).toBe('1.lock');
    await lease.release();
  });

  it('takes the next generation by its heartbeat too, and beats on there', async () => {
    const directory = freshDirectory();
    const lease = await nodeLock({ directory, staleMs: STALE_MS }).acquire('queue');
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(1_000);
    const path = await heldLockOf(directory);
    expect(basename(path)).toBe('2.lock');
    const beats = new Set<number>();
    for (let beat = 0; beat < 8; beat += 1) {
      vi.advanceTimersByTime(1_000);
      beats.add((await stat(path)).mtimeMs);
    }
    expect(beats.size).toBeGreaterThan(6);
    expect([lease?.isHeld(), await heldLockOf(directory)]).toEqual([true, path]);
    await lease?.release();
  });

  it('goes on however often it was silent, and leaves a small directory', async () => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    for (let round = 0; round < 30; round += 1) {
      vi.advanceTimersByTime(DAY_MS);
      expect(withoutTimers(() => lease.isHeld())).toBe(true);
    }
    expect(basename(await heldLockOf(directory))).toBe('31.lock');
    expect((await readdir(await lockPlaceOf(directory))).length).toBeLessThanOrEqual(20);
    await lease.release();
  });

  it('holds nothing where another has begun meanwhile and holds the lock', async () => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    const next = await takenFrom(directory);
    expect([lease.isHeld(), next.isHeld()]).toEqual([false, true]);
    await lease.release();
    expect([lease.isHeld(), next.isHeld()]).toEqual([false, true]);
    await next.release();
  });

  it.each([1, 3, 20])('holds nothing where %d others have begun meanwhile and have given the lock back', async (others) => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    await (await takenFrom(directory)).release();
    for (let round = 1; round < others; round += 1) {
      await (await nodeLock({ directory, staleMs: STALE_MS }).acquire('queue'))?.release();
    }
    expect((await readdir(await lockPlaceOf(directory))).filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect([lease.isHeld(), lease.isHeld()]).toEqual([false, false]);
    // Its attempt to go on is not in the way of anyone.
    const next = await nodeLock({ directory, staleMs: STALE_MS }).acquire('queue');
    expect([lease.isHeld(), next?.isHeld()]).toEqual([false, true]);
    await lease.release();
    expect(next?.isHeld()).toBe(true);
    await next?.release();
  });

  it('holds nothing where another has begun but has not come far enough to end its generation', async () => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    const place = await lockPlaceOf(directory);
    await mkdir(lockPath(place, 2));
    expect(lease.isHeld()).toBe(true);
    vi.advanceTimersByTime(14_000);
    expect([lease.isHeld(), lease.isHeld()]).toEqual([false, false]);
    await lease.release();
  });

  it('fails where the disk does not let it decide, and goes on once it does', async () => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    vi.advanceTimersByTime(14_000);
    disk.before = (name) => {
      if (name === 'mkdirSync') throw Object.assign(new RangeError('no space left on device'), { code: 'ENOSPC' });
    };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(() => lease.isHeld()).toThrow(expect.objectContaining({ code: 'STORAGE_FULL' }));
    }
    disk.before = undefined;
    expect((await readdir(await lockPlaceOf(directory))).filter((name) => name.startsWith('2.'))).toEqual([]);
    expect(lease.isHeld()).toBe(true);
    expect(basename(await heldLockOf(directory))).toBe('2.lock');
    await lease.release();
  });

  it('fails where the disk cannot be read, and holds the lock once it can', async () => {
    const directory = freshDirectory();
    const lease = await suspended(directory);
    const place = await lockPlaceOf(directory);
    await rename(place, `${place}-moved`);
    await symlink(place, place);
    expect(() => lease.isHeld()).toThrow(expect.objectContaining({ code: 'UNSAFE_PATH' }));
    await rm(place);
    await rename(`${place}-moved`, place);
    expect(lease.isHeld()).toBe(true);
    await lease.release();
  });
});

/**
 * Another process that has watched generation 1 in silence and takes the lock, one step on the disk after the other; true
 * where it has won. A look that comes later than the holder's first step sees either the same or no silent holder.
 */
function* takeover(place: string): Generator<void, boolean> {
  try {
    mkdirSync(lockPath(place, 2));
  } catch {
    return false;
  }
  yield;
  const { last, holder } = survey(readdirSync(place));
  yield;
  const isConfirmed = last === 2 && holder?.number === 2;
  endGeneration(lockPath(place, isConfirmed ? 1 : 2));
  return isConfirmed;
}

/** One process takes over, then one after the other takes the lock, and each gives it back. False where the first one fails. */
function takeAndGiveBack(place: string, processes: number): boolean {
  const first = takeover(place);
  const isTaken = [first.next(), first.next(), first.next()].some(({ value }) => value === true);
  if (isTaken) endGeneration(lockPath(place, 2));
  for (let number = 3; isTaken && number < 2 + processes; number += 1) void beginAt(place, number)?.release();
  return isTaken;
}

/** Runs `call`, and before its n-th step on the disk, from 0, `interrupt(n)`. Resolves with the number of steps. */
function interrupted(call: () => void, interrupt: (step: number) => void): number {
  let steps = 0;
  const before = (): void => {
    disk.before = undefined;
    interrupt(steps);
    disk.before = before;
    steps += 1;
  };
  disk.before = before;
  withoutTimers(call);
  disk.before = undefined;
  return steps;
}

/** A holder that was silent, whose lock no other process has taken yet. */
function silentHolder(place: string): NodeLease {
  mkdirSync(place);
  const lease = beginAt(place, 1);
  if (lease === undefined) throw new TypeError('the lock is not free');
  vi.advanceTimersByTime(14_000);
  return lease;
}

function beginAt(directory: string, number: number): NodeLease | undefined {
  const self = currentOwner();
  const owner = ownerPath(directory, number, encodeOwner(self));
  writeFileSync(owner, '');
  return withoutTimers(() => NodeLease.begin({ directory, self, staleMs: STALE_MS, lockSync }, number, owner));
}

/** All rows of `count` steps, each at least as late as the one before it, the last at `most`. */
function* schedules(count: number, most: number, from = 0): Generator<readonly number[]> {
  if (count === 0) yield [];
  else for (let first = from; first <= most; first += 1) for (const rest of schedules(count - 1, most, first)) yield [first, ...rest];
}

describe('a holder that wakes while another process takes over', () => {
  it('is the holder or the other is, and never both, whichever step of one comes between which steps of the other', {
    timeout: 300_000,
  }, () => {
    const directory = freshDirectory();
    const steps = interrupted(
      () => void silentHolder(join(directory, 'alone')).isHeld(),
      () => undefined,
    );
    const outcomes = { holder: 0, other: 0 };
    for (const schedule of schedules(3, steps)) {
      const place = join(directory, schedule.join('-'));
      const lease = silentHolder(place);
      const other = takeover(place);
      const moves = [...schedule];
      let hasWon = false;
      const move = (step: number): void => {
        while ((moves[0] ?? Number.POSITIVE_INFINITY) <= step) {
          moves.shift();
          hasWon = other.next().value === true || hasWon;
        }
      };
      let isHeld = false;
      interrupted(() => {
        isHeld = lease.isHeld();
      }, move);
      move(Number.MAX_SAFE_INTEGER);
      expect({ schedule, isHeld: lease.isHeld() }).toEqual({ schedule, isHeld: !hasWon });
      if (hasWon && (schedule[2] ?? steps) < steps) expect({ schedule, isHeld }).toEqual({ schedule, isHeld: false });
      outcomes[hasWon ? 'other' : 'holder'] += 1;
      rmSync(place, { recursive: true });
    }
    expect(outcomes.holder).toBeGreaterThan(100);
    expect(outcomes.other).toBeGreaterThan(100);
  });

  it.each([1, 12])('holds nothing where %d others take the lock and give it back between two of its steps', (others) => {
    const directory = freshDirectory();
    const answers: boolean[] = [];
    for (let at = 0, steps = 1; at < steps; at += 1) {
      const place = join(directory, String(at));
      const lease = silentHolder(place);
      let hasWon = false;
      let isHeld = false;
      steps = interrupted(
        () => {
          isHeld = lease.isHeld();
        },
        (step) => {
          if (step === at) hasWon = takeAndGiveBack(place, others);
        },
      );
      expect({ at, isHeld, isHeldLater: lease.isHeld() }).toEqual({ at, isHeld: !hasWon, isHeldLater: !hasWon });
      answers.push(hasWon);
    }
    expect(new Set(answers).size).toBe(2);
  });

  it('is the holder or the other is, at whichever step of the takeover it wakes', () => {
    const directory = freshDirectory();
    const winners: string[] = [];
    for (let wakesAt = 0, steps = 1; wakesAt < steps; wakesAt += 1) {
      const place = join(directory, String(wakesAt));
      const lease = silentHolder(place);
      let other: NodeLease | undefined;
      steps = interrupted(
        () => {
          other = beginAt(place, 2);
        },
        (step) => void (step === wakesAt && lease.isHeld()),
      );
      expect([lease.isHeld(), other?.isHeld() ?? false].sort()).toEqual([false, true]);
      winners.push(lease.isHeld() ? 'holder' : 'other');
    }
    expect(new Set(winners).size).toBe(2);
  });
});
