/** A video in use: the sessions, loads and reads that want segments of it, and the state of each segment. */
import type { ByteRange, Priority } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import { createProgressThrottle, type ProgressThrottle } from '../../internal/index.js';
import type { Clock } from '../../ports/index.js';
import { type CachedVideo, MANIFEST } from '../cache/index.js';
import type { PlannedSession, PlannedVideo } from '../plan/planner-state.js';
import { loadOrder } from './load-order.js';
import type { VideoSegments } from './video-segments.js';

/** A read that waits for one segment. */
export interface Waiter {
  /** Takes what it needs of the checked bytes, at once; absent for a read that needs the segment in the cache. */
  readonly take?: ((bytes: Uint8Array) => void) | undefined;
  readonly resolve: (how: 'taken' | 'cached') => void;
  readonly reject: (error: ReelwayError) => void;
}

/** A load of the whole video. */
export interface ActiveLoad {
  readonly number: number;
  readonly priority: Priority;
  readonly order: ArrayLike<number>;
  /** All places in `order` before this one are in the cache. */
  from: number;
  readonly resolve: () => void;
  readonly reject: (error: ReelwayError) => void;
}

/** The window of one reader, which moves with its reads. */
export interface ActiveReader {
  head: number;
  until: number;
}

/** An open session. */
export interface ActiveSession extends PlannedSession {
  readonly readers: ActiveReader[];
}

/** A video with a session, a load or a waiting read. */
export class ActiveVideo {
  readonly segments: VideoSegments;
  readonly cached: CachedVideo;
  readonly count: number;
  readonly opening: readonly number[];
  readonly sessions: ActiveSession[] = [];
  readonly loads: ActiveLoad[] = [];
  /** Operations that use it now. */
  users = 0;
  /** Segments being fetched. */
  readonly busy = new Set<number>();
  /** Segments that were given up. They are fetched again only for a new read or load. */
  readonly failed = new Map<number, ReelwayError>();
  /** Segments above 524,288 bytes whose file was checked since the fetcher was made. */
  readonly checked = new Set<number>();
  readonly throttle: ProgressThrottle;
  private readonly waiters = new Map<number, Waiter[]>();
  private loadSequence: Uint32Array | undefined;

  constructor(segments: VideoSegments, cached: CachedVideo, clock: Clock) {
    this.segments = segments;
    this.cached = cached;
    this.count = segments.count;
    this.opening = segments.opening();
    this.throttle = createProgressThrottle(clock);
  }

  get waiting(): readonly number[] {
    return [...this.waiters.keys()];
  }

  /** Whether the planner may find urgent segments in it. */
  get isUrgent(): boolean {
    return this.waiters.size > 0 || this.sessions.length > 0;
  }

  /** Whether it has no session, load, read or operation any more. */
  get isIdle(): boolean {
    const users = this.sessions.length + this.loads.length + this.users;
    return users + this.waiters.size + this.busy.size === 0;
  }

  /** Bytes of its segments in the cache. */
  get cachedBytes(): number {
    return this.cached.bytes - (this.cached.sizes.get(MANIFEST) ?? 0);
  }

  /** Whether all of it is in the cache. */
  get isComplete(): boolean {
    return this.cached.sizes.size - (this.cached.sizes.has(MANIFEST) ? 1 : 0) >= this.count;
  }

  /** Whether it is neither in the cache nor being fetched nor given up. */
  isMissing(index: number): boolean {
    return !this.cached.sizes.has(index) && !this.busy.has(index) && !this.failed.has(index);
  }

  /** The planner's view of it, with at most `limit` missing segments of each window and load. */
  planned(limit: number, urgentOnly: boolean): PlannedVideo {
    const { waiting, opening, sessions } = this;
    const urgent = sessions.length > 0 ? [...waiting, ...opening] : waiting;
    const missing = urgent.filter((index) => this.isMissing(index));
    if (!urgentOnly) {
      for (const { readers } of sessions) for (const { head, until } of readers) this.addMissing(missing, head, until, limit);
    }
    const loads = this.loads.map((load) => ({
      number: load.number,
      priority: load.priority,
      missing: urgentOnly ? [] : this.addMissing([], load.from, load.order.length, limit, load.order),
    }));
    return { videoId: this.segments.videoId, waiting, opening, sessions, loads, missing };
  }

  /** Adds the first `limit` missing segments from place `from` to place `until`, exclusive, of an order. */
  private addMissing(missing: number[], from: number, until: number, limit: number, order?: ArrayLike<number>): number[] {
    let left = limit;
    for (let place = from; place < Math.min(until, this.count) && left > 0; place += 1) {
      const index = order?.[place] ?? place;
      if (!this.isMissing(index)) continue;
      missing.push(index);
      left -= 1;
    }
    return missing;
  }

  /** Segments of the whole video in the order of a load; computed once. */
  get order(): Uint32Array {
    this.loadSequence ??= loadOrder(this.segments);
    return this.loadSequence;
  }

  /** Moves each load past the segments that are in the cache. */
  advanceLoads(): void {
    for (const load of this.loads) {
      while (load.from < load.order.length && this.cached.sizes.has(load.order[load.from] as number)) load.from += 1;
    }
  }

  /** A cached segment was lost: loads search again from their start. */
  rewindLoads(): void {
    for (const load of this.loads) load.from = 0;
  }

  /** Rejects all loads; returns whether there was one. */
  failLoads(error: ReelwayError): boolean {
    const all = this.loads.splice(0);
    for (const load of all) load.reject(error);
    return all.length > 0;
  }

  addWaiter(index: number, waiter: Waiter): void {
    this.failed.delete(index);
    const others = this.waiters.get(index);
    if (others === undefined) this.waiters.set(index, [waiter]);
    else others.push(waiter);
  }

  removeWaiter(index: number, waiter: Waiter): void {
    const left = (this.waiters.get(index) ?? []).filter((other) => other !== waiter);
    if (left.length === 0) this.waiters.delete(index);
    else this.waiters.set(index, left);
  }

  /** Passes checked bytes to the reads that take them from memory; returns whether there was one. */
  deliver(index: number, bytes: Uint8Array): boolean {
    const all = this.waiters.get(index) ?? [];
    const takers = all.filter((waiter) => waiter.take !== undefined);
    for (const waiter of takers) {
      this.removeWaiter(index, waiter);
      waiter.take?.(bytes);
      waiter.resolve('taken');
    }
    return takers.length > 0;
  }

  /** Resolves all reads of a segment that is in the cache now. */
  settle(index: number): void {
    const all = this.waiters.get(index) ?? [];
    this.waiters.delete(index);
    for (const waiter of all) waiter.resolve('cached');
  }

  /** Rejects all reads of a segment; returns whether there was one. */
  giveUp(index: number, error: ReelwayError): boolean {
    this.failed.set(index, error);
    const all = this.waiters.get(index) ?? [];
    this.waiters.delete(index);
    for (const waiter of all) waiter.reject(error);
    return all.length > 0;
  }

  /** Whether a segment must stay when the video evicts its own segments: its opening, waiting reads and windows of readers. */
  isNeeded(index: number): boolean {
    if (this.opening.includes(index) || this.waiters.has(index)) return true;
    return this.sessions.some(({ readers }) => readers.some(({ head, until }) => index >= head && index < until));
  }

  rangeOf(index: number): ByteRange {
    return this.segments.rangeOf(index);
  }
}
