/**
 * Checks the holder of a lock from another process. A proof decides if there is one, otherwise the holder's heartbeat.
 *
 * The time of a heartbeat alone proves little: the clock of either side may have been set, and both sides may have been
 * suspended together and have just resumed. So a holder counts as silent only after this process has itself seen the
 * heartbeat unchanged: for one interval if it is old by the wall clock, else for the whole limit.
 */
import { lstat } from 'node:fs/promises';
import { isMissing } from '../files/errors.js';
import { type Generation, lockPath } from './lock-generations.js';
import { livenessOf, type Owner } from './lock-owner.js';

/** Time between the end of a lease by silence and its takeover, for clock differences and for writes under way. */
export const GRACE_MS = 1_000;
const LONGEST_BEAT_MS = 2_500;
/** Maximum time between two checks that counts as watched: this process may have been suspended in between. */
const LONGEST_LOOK_MS = 1_000;

/** Milliseconds between two heartbeats. */
export function beatMs(staleMs: number): number {
  return Math.min(Math.floor(staleMs / 4), LONGEST_BEAT_MS);
}

/** State of a holder: `suspect` while an old heartbeat is watched, `dead` by proof, `silent` by its heartbeat. */
export type HolderState = 'held' | 'suspect' | 'dead' | 'silent';

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

  /** Checks once. @throws errors of the file system */
  async check(holder: Generation): Promise<HolderState> {
    const found = holder.owners.map((owner) => (owner === undefined ? 'unknown' : livenessOf(owner, this.self)));
    if (found.includes('alive')) return 'held';
    if (found.length > 0 && found.every((liveness) => liveness === 'dead')) return 'dead';
    const heartbeatMs = await this.readHeartbeat(holder.number);
    // Missing since the listing: another process was faster, so check again.
    if (heartbeatMs === undefined) return 'held';
    this.watch(holder.number, heartbeatMs);
    const limitMs = this.staleMs + GRACE_MS;
    // After a new heartbeat its time is irrelevant: the holder has another clock.
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
