/**
 * Judges the holder of a lock from outside. A proof decides where there is one; elsewhere the holder's heartbeat does.
 *
 * The time of a heartbeat alone proves little: the clock of either side may have been set, and both sides may have been
 * suspended together and have woken just now. So a holder counts as silent only after this process has itself watched the
 * heartbeat stand still: for one beat where the heartbeat is old by the wall clock, and for the whole limit where it is not.
 */
import { lstat } from 'node:fs/promises';
import { isMissing } from '../files/errors.js';
import { type Generation, lockPath } from './lock-generations.js';
import { livenessOf, type Owner } from './lock-owner.js';

/** Between the end of a lease by silence and its takeover, for clocks that differ a little and for writes that are under way. */
export const GRACE_MS = 1_000;
const LONGEST_BEAT_MS = 2_500;
/** At most so much of the time between two looks counts as watched: this process may have been suspended in between. */
const LONGEST_LOOK_MS = 1_000;

/** Milliseconds between two heartbeats. */
export function beatMs(staleMs: number): number {
  return Math.min(Math.floor(staleMs / 4), LONGEST_BEAT_MS);
}

/** What is known of a holder: `suspect` while an old heartbeat is watched, `dead` by proof, `silent` by its heartbeat. */
export type Verdict = 'held' | 'suspect' | 'dead' | 'silent';

/** Watches one lock for as long as one `acquire` lasts. */
export class HolderWatch {
  private readonly directory: string;
  private readonly self: Owner;
  private readonly staleMs: number;
  private number = 0;
  private heartbeatMs = 0;
  private hasBeaten = false;
  private watchedMs = 0;
  private lookedAtMs = 0;

  constructor(directory: string, self: Owner, staleMs: number) {
    this.directory = directory;
    this.self = self;
    this.staleMs = staleMs;
  }

  /** Looks once. @throws what the file system fails with */
  async judge(holder: Generation): Promise<Verdict> {
    const found = holder.owners.map((owner) => (owner === undefined ? 'unknown' : livenessOf(owner, this.self)));
    if (found.includes('alive')) return 'held';
    if (found.length > 0 && found.every((liveness) => liveness === 'dead')) return 'dead';
    const heartbeatMs = await this.readHeartbeat(holder.number);
    // Gone since the listing: another process was faster, so look again.
    if (heartbeatMs === undefined) return 'held';
    this.watch(holder.number, heartbeatMs);
    const limitMs = this.staleMs + GRACE_MS;
    // Once a beat was seen, its time says nothing: the holder has another clock.
    const isOld = !this.hasBeaten && Date.now() - heartbeatMs > limitMs;
    if (this.watchedMs >= (isOld ? beatMs(this.staleMs) + GRACE_MS : limitMs)) return 'silent';
    return isOld ? 'suspect' : 'held';
  }

  private watch(number: number, heartbeatMs: number): void {
    const nowMs = performance.now();
    if (number === this.number && heartbeatMs === this.heartbeatMs) {
      this.watchedMs += Math.min(nowMs - this.lookedAtMs, LONGEST_LOOK_MS);
    } else {
      this.hasBeaten = number === this.number;
      this.watchedMs = 0;
    }
    Object.assign(this, { number, heartbeatMs, lookedAtMs: nowMs });
  }

  private async readHeartbeat(number: number): Promise<number | undefined> {
    try {
      return (await lstat(lockPath(this.directory, number))).mtimeMs;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}
