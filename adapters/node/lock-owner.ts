/**
 * Who holds a lock, in a form that another process can check: a killed holder is proved dead at once instead of waited for.
 * What cannot be proved counts as alive.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from './errors.js';

/** A process, told apart from every other one that ever had its number. */
export interface Owner {
  /** Where its number means something: this boot of this machine, and this namespace of process numbers. */
  readonly place: string;
  readonly pid: number;
  /** When it started, in the operating system's own count; `0` where that cannot be read. */
  readonly start: string;
}

const OWNER = /^([0-9a-f]{16})-(\d{1,10})-(\d{1,20})-[0-9a-f]{12}$/;

/** This process. */
export function currentOwner(): Owner {
  return { place: placeOfPids(), pid: process.pid, start: startOf(process.pid)?.start ?? '0' };
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

/** Whether the process has provably ended, as seen from `self`. */
export function isDead(owner: Owner, self: Owner): boolean {
  if (owner.place !== self.place) return false;
  if (!mayExist(owner.pid)) return true;
  const now = startOf(owner.pid);
  if (now === undefined) return false;
  // A zombie has its number still, and writes nothing any more; a number used again belongs to somebody else.
  return now.state === 'Z' || now.state === 'X' || (owner.start !== '0' && now.start !== owner.start);
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
