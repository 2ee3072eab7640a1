/**
 * The holder of a lock, in a form that another process can check. A holder that has ended is replaced at once, and a
 * running one is not replaced because of its silence. If neither can be proved, the heartbeat decides.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from '../files/errors.js';

/** A thread of a process, distinct from all others with the same number. */
export interface Owner {
  /** The scope of its number: this boot of this machine, and this PID namespace. */
  readonly place: string;
  /** The thread id on Linux (for the main thread equal to the process id); elsewhere the process id. */
  readonly pid: number;
  /** The start time in the operating system's units; `0` if it cannot be read. */
  readonly start: string;
}

/** Whether an owner runs; `unknown` on another machine, and if the operating system does not show it. */
export type Liveness = 'alive' | 'dead' | 'unknown';

const OWNER = /^([0-9a-f]{16})-(\d{1,10})-(\d{1,20})-[0-9a-f]{12}$/;

/** The current thread. A worker can end before its process, so the process id does not suffice. */
export function currentOwner(): Owner {
  const thread = attempt(() => readlinkSync('/proc/thread-self'))
    ?.split('/')
    .at(-1);
  const pid = Number(thread ?? process.pid);
  return { place: placeOfPids(), pid, start: startOf(pid)?.start ?? '0' };
}

/** For a file name; each call returns a different one. */
export function encodeOwner(owner: Owner): string {
  return `${owner.place}-${owner.pid}-${owner.start}-${randomBytes(6).toString('hex')}`;
}

/** Reverses {@link encodeOwner}; `undefined` for other text. */
export function decodeOwner(text: string): Owner | undefined {
  const match = OWNER.exec(text);
  if (match === null) return undefined;
  const [, place = '', pid = '', start = ''] = match;
  return { place, pid: Number(pid), start };
}

/** Whether the owner provably runs or has provably ended, as seen from `self`. */
export function livenessOf(owner: Owner, self: Owner): Liveness {
  if (owner.place !== self.place) return 'unknown';
  if (!mayExist(owner.pid)) return 'dead';
  const now = startOf(owner.pid);
  if (now === undefined) return 'unknown';
  // A zombie keeps its number but no longer runs.
  if (now.state === 'Z' || now.state === 'X') return 'dead';
  if (owner.start === '0') return 'unknown';
  return now.start === owner.start ? 'alive' : 'dead';
}

/** False only if the system reports that the process does not exist; a process of another user exists. */
function mayExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

/** Containers share a boot id and have separate PID namespaces. */
function placeOfPids(): string {
  const parts = [
    attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()) ?? hostname(),
    attempt(() => readlinkSync('/proc/self/ns/pid')) ?? process.platform,
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

/** From Linux's /proc; `undefined` on other systems, and if it is hidden. */
function startOf(pid: number): { state: string; start: string } | undefined {
  const line = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The command name is in parentheses and may contain any character; field 3 follows it.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  const start = fields?.[19];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
