/**
 * The state of one lock on the disk: a sequence of numbered generations.
 *
 * `7.lock` is a directory while generation 7 is held, `7.done` once it is given back or taken over, and `7.<owner>.owner`
 * names a process that has tried for it. To take the lock, a process makes the directory of the next number, which the
 * operating system lets one process do, and only if no generation is held, or the holder is dead or silent. Numbers only
 * grow, and the last one is never removed: a process that was suspended after its check finds the next number taken,
 * and a holder that was suspended can see whether another generation has begun since. A lock that is removed and made
 * again under one name would show neither.
 */
import { renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, isMissing } from '../files/errors.js';
import { decodeOwner, type Owner } from './lock-owner.js';

/** Generations that stay behind the current one, for processes that look slowly. */
const KEPT_GENERATIONS = 8;
const ENTRY = /^(\d{1,15})\.(?:(lock|done)|(.+)\.owner)$/;

/** A held generation in a listing. */
export interface Generation {
  readonly number: number;
  /** All that have tried for it. The holder is among them, since each writes its file before it tries. */
  readonly owners: readonly (Owner | undefined)[];
}

/** The state that a listing of the directory shows. */
export interface Survey {
  /** The highest number that has ever begun; 0 where none has. */
  readonly last: number;
  /** The highest generation that is held. It is below `last` where a process failed while it took over. */
  readonly holder: Generation | undefined;
  /** The numbers of all directories `<number>.lock`. */
  readonly locked: readonly number[];
}

export function lockPath(directory: string, number: number): string {
  return join(directory, `${number}.lock`);
}

/** The file of a process that tries to take a generation. */
export function ownerPath(directory: string, number: number, owner: string): string {
  return join(directory, `${number}.${owner}.owner`);
}

/** Reads the names of all entries of a lock's directory. */
export function survey(names: readonly string[]): Survey {
  const entries = names.flatMap((name) => parse(name) ?? []);
  const numbersOf = (state: string): Set<number> => new Set(entries.filter((entry) => entry.state === state).map(({ number }) => number));
  const [locked, done] = [numbersOf('lock'), numbersOf('done')];
  // A process that was suspended can make the directory of an ended generation before it checks.
  const held = highest([...locked].filter((number) => !done.has(number)));
  const owners = entries.filter(({ number, owner }) => number === held && owner !== undefined);
  return {
    last: highest([...locked, ...done]),
    holder: held === 0 ? undefined : { number: held, owners: owners.map(({ owner = '' }) => decodeOwner(owner)) },
    locked: [...locked],
  };
}

function highest(numbers: readonly number[]): number {
  return numbers.reduce((most, each) => Math.max(most, each), 0);
}

function parse(name: string): { number: number; state: string | undefined; owner: string | undefined } | undefined {
  const [, digits, state, owner] = ENTRY.exec(name) ?? [];
  return digits === undefined ? undefined : { number: Number(digits), state, owner };
}

/** Ends a generation, given its {@link lockPath}. A process that still holds it sees that from here on. */
export function endGeneration(path: string): void {
  try {
    renameSync(path, path.replace(/\.lock$/, '.done'));
  } catch (error) {
    if (isMissing(error)) return;
    // Windows does not rename a directory over another one; the generation has ended already then.
    if (errnoOf(error) !== 'EPERM') throw error;
    rmdirSync(path);
  }
}

/** Removes generations far behind `current`. Entries that cannot be removed stay for the next holder. */
export function forgetOldGenerations(directory: string, names: readonly string[], current: number): void {
  for (const name of names) {
    const entry = parse(name);
    if (entry === undefined || entry.number > current - KEPT_GENERATIONS) continue;
    const path = join(directory, name);
    try {
      if (entry.state === undefined) rmSync(path, { force: true });
      else rmdirSync(path);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
}
