/** A video in use: who wants what of it, and what has become of each wish. */
import type { ByteRange } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import type { Clock } from '../../ports/index.js';
import { type CachedVideo, MANIFEST } from '../cache/index.js';
import type { PlanLoad, PlanSession, PlanVideo } from '../plan/planner.js';
import { loadOrder } from './load-order.js';
import { ProgressThrottle } from './load-progress.js';
import type { VideoSegments } from './video-segments.js';

/** Somebody who waits for one segment. */
export interface Waiter {
  /** Takes what it needs of the checked bytes, at once; absent for one who needs the segment in the cache. */
  readonly take?: ((bytes: Uint8Array) => void) | undefined;
  readonly resolve: (how: 'taken' | 'cached') => void;
  readonly reject: (error: ReelwayError) => void;
}

/** A load of the whole video under way. */
export interface ActiveLoad extends PlanLoad {
  from: number;
  readonly resolve: () => void;
  readonly reject: (error: ReelwayError) => void;
}

/** A play head that moves. */
export interface ActiveSession extends PlanSession {
  head: number;
  until: number;
}

/** A video with a session, a load or a waiting read. */
export class ActiveVideo implements PlanVideo {
  readonly segments: VideoSegments;
  readonly cached: CachedVideo;
  readonly count: number;
  readonly opening: readonly number[];
  readonly sessions: ActiveSession[] = [];
  readonly loads: ActiveLoad[] = [];
  /** Operations under way that were given it. */
  users = 0;
  /** Segments being fetched. */
  readonly busy = new Set<number>();
  /** Segments that were given up, and are not fetched again until somebody asks for them. */
  readonly failed = new Map<number, ReelwayError>();
  /** Segments above 524,288 bytes whose file was judged since the fetcher was made. */
  readonly checked = new Set<number>();
  readonly throttle: ProgressThrottle;
  private readonly waiters = new Map<number, Waiter[]>();
  private loadSequence: Uint32Array | undefined;

  constructor(segments: VideoSegments, cached: CachedVideo, clock: Clock) {
    this.segments = segments;
    this.cached = cached;
    this.count = segments.count;
    this.opening = segments.opening();
    this.throttle = new ProgressThrottle(clock);
  }

  get waiting(): readonly number[] {
    return [...this.waiters.keys()];
  }

  /** Whether nobody uses it any more. */
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

  isMissing(index: number): boolean {
    return !this.cached.sizes.has(index) && !this.busy.has(index) && !this.failed.has(index);
  }

  /** Segments of the whole video in the order of a load; worked out once. */
  get order(): Uint32Array {
    this.loadSequence ??= loadOrder(this.segments);
    return this.loadSequence;
  }

  /** Where each load stands. */
  advanceLoads(): void {
    for (const load of this.loads) {
      while (load.from < load.order.length && this.cached.sizes.has(load.order[load.from] as number)) load.from += 1;
    }
  }

  /** A segment was lost again: loads look from their start. */
  rewindLoads(): void {
    for (const load of this.loads) load.from = 0;
  }

  /** Ends the loads with an error; whether there was one. */
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

  /** Hands checked bytes to those who take them from memory; whether there was one. */
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

  /** The segment is in the cache. */
  settle(index: number): void {
    const all = this.waiters.get(index) ?? [];
    this.waiters.delete(index);
    for (const waiter of all) waiter.resolve('cached');
  }

  /** The segment will not come; whether anybody waited for it. */
  giveUp(index: number, error: ReelwayError): boolean {
    this.failed.set(index, error);
    const all = this.waiters.get(index) ?? [];
    this.waiters.delete(index);
    for (const waiter of all) waiter.reject(error);
    return all.length > 0;
  }

  /** Whether a segment must stay when the video makes room in itself: the opening and what is played next. */
  isNeeded(index: number): boolean {
    if (this.opening.includes(index) || this.waiters.has(index)) return true;
    return this.sessions.some(({ head, until }) => index >= head && index < until);
  }

  rangeOf(index: number): ByteRange {
    return this.segments.rangeOf(index);
  }
}
