/**
 * The state of one lock on the disk: a row of numbered generations, of which the highest one counts.
 *
 * `7.lock` is a directory while generation 7 is held, `7.done` once it is given back or taken away, and `7.<owner>.owner`
 * names who tried for it. Whoever wants the lock makes the next number's directory, which the operating system lets one
 * process do, and only if the highest is done, dead or stale. Numbers never come again, so somebody who has looked and
 * then slept finds the next number taken; a lock that is removed and made anew under one name cannot promise that, and
 * two thieves of it can both win.
 */
import { lstat, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, isMissing } from './errors.js';
import { decodeOwner, isDead, type Owner } from './lock-owner.js';

/** Generations that stay behind the current one, for those who look slowly. */
const KEPT_GENERATIONS = 8;
const ENTRY = /^(\d{1,15})\.(?:(lock|done)|(.+)\.owner)$/;

/** One generation as a listing showed it. */
export interface Generation {
  readonly number: number;
  readonly locked: boolean;
  readonly done: boolean;
  /** All who tried for it: the winner is among them, since each says so before it tries. */
  readonly owners: readonly (Owner | undefined)[];
}

/** The path of a generation that is held. */
export function lockPath(directory: string, number: number): string {
  return join(directory, `${number}.lock`);
}

/** The file by which a process says that it tries for a generation. */
export function ownerPath(directory: string, number: number, owner: string): string {
  return join(directory, `${number}.${owner}.owner`);
}

/** Of `n.lock` its `n.done`. */
export function donePath(path: string): string {
  return path.replace(/\.lock$/, '.done');
}

/** The generation that counts; number 0, done, where there was none yet. */
export async function highestGeneration(directory: string): Promise<Generation> {
  const found = new Map<number, { locked: boolean; done: boolean; owners: (Owner | undefined)[] }>();
  for (const name of await readdir(directory)) {
    const [, digits, state, owner] = ENTRY.exec(name) ?? [];
    if (digits === undefined) continue;
    const entry = found.get(Number(digits)) ?? { locked: false, done: false, owners: [] };
    found.set(Number(digits), entry);
    if (owner !== undefined) entry.owners.push(decodeOwner(owner));
    else if (state === 'lock') entry.locked = true;
    else entry.done = true;
  }
  const begun = [...found].filter(([, { locked, done }]) => locked || done).map(([number]) => number);
  const number = begun.reduce((most, each) => Math.max(most, each), 0);
  return { number, ...(found.get(number) ?? { locked: false, done: true, owners: [] }) };
}

/** Whether the next generation may be begun: nobody holds this one, or whoever does is dead or silent for too long. */
export async function isOver(directory: string, generation: Generation, self: Owner, staleMs: number): Promise<boolean> {
  const { number, locked, done, owners } = generation;
  if (done || !locked) return true;
  if (owners.length > 0 && owners.every((owner) => owner !== undefined && isDead(owner, self))) return true;
  const stats = await lstat(lockPath(directory, number)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  // Gone since the listing: somebody else was faster, so look again.
  return stats !== undefined && stats.mtimeMs < Date.now() - staleMs;
}

/** Ends a generation, given its {@link lockPath}, for whoever believes to hold it still. From here on it is told so. */
export async function endGeneration(path: string): Promise<void> {
  try {
    await rename(path, donePath(path));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Forgets what lies far behind `current`. Leftovers harm nobody, so what cannot be removed stays for the next holder. */
export async function forgetOldGenerations(directory: string, current: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const [, digits, state] = ENTRY.exec(name) ?? [];
    if (digits === undefined || Number(digits) > current - KEPT_GENERATIONS) continue;
    const path = join(directory, name);
    await (state === undefined ? rm(path, { force: true }) : rmdir(path)).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error;
    });
  }
}
