/**
 * The holder of a lock, in a form that another process can check: a holder that has ended is replaced at once, and one that
 * is alive is not replaced because of its silence. Where neither can be proved, the heartbeat decides.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from '../files/errors.js';

/** A thread of a process, distinct from every other one that has ever had its number. */
export interface Owner {
  /** Where its number is valid: this boot of this machine, and this namespace of process numbers. */
  readonly place: string;
  /** The number of the thread on Linux, which is that of the process for its main thread; elsewhere that of the process. */
  readonly pid: number;
  /** When it started, in the operating system's own count; `0` where that cannot be read. */
  readonly start: string;
}

/** What can be proved about an owner; `unknown` on another machine, and where the operating system does not show it. */
export type Liveness = 'alive' | 'dead' | 'unknown';

const OWNER = /^([0-9a-f]{16})-(\d{1,10})-(\d{1,20})-[0-9a-f]{12}$/;

/** This thread. A worker can end before its process does, and nothing else would show that. */
export function currentOwner(): Owner {
  const thread = attempt(() => readlinkSync('/proc/thread-self'))
    ?.split('/')
    .at(-1);
  const pid = Number(thread ?? process.pid);
  return { place: placeOfPids(), pid, start: startOf(pid)?.start ?? '0' };
}

/** As part of a file's name; each call gives another one. */
export function encodeOwner(owner: Owner): string {
  return `${owner.place}-${owner.pid}-${owner.start}-${randomBytes(6).toString('hex')}`;
}

/** What {@link encodeOwner} made; `undefined` for anything else. */
export function decodeOwner(text: string): Owner | undefined {
  const match = OWNER.exec(text);
  if (match === null) return undefined;
  const [, place = '', pid = '', start = ''] = match;
  return { place, pid: Number(pid), start };
}

/** Whether the owner is provably alive, or has provably ended, as seen from `self`. */
export function livenessOf(owner: Owner, self: Owner): Liveness {
  if (owner.place !== self.place) return 'unknown';
  if (!mayExist(owner.pid)) return 'dead';
  const now = startOf(owner.pid);
  if (now === undefined) return 'unknown';
  // A zombie keeps its number and writes nothing any more.
  if (now.state === 'Z' || now.state === 'X') return 'dead';
  if (owner.start === '0') return 'unknown';
  return now.start === owner.start ? 'alive' : 'dead';
}

/** False only where the system says that there is no such process; one of another user is there. */
function mayExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

/** Containers share a boot, and have process numbers of their own. */
function placeOfPids(): string {
  const parts = [
    attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()) ?? hostname(),
    attempt(() => readlinkSync('/proc/self/ns/pid')) ?? process.platform,
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

/** From Linux's /proc; `undefined` on other systems, and where it is hidden. */
function startOf(pid: number): { state: string; start: string } | undefined {
  const line = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The command's name stands in parentheses, and may hold any character; field 3 follows it.
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
