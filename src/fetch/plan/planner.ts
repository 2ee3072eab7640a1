/**
 * What to fetch next: one pure function from the state to an action, so that the same state always gives the same answer,
 * in a test, a simulation and an app. In this order:
 *
 * 1. segments that somebody is waiting for right now, the longest wait first;
 * 2. the openings of open sessions, the latest session first: that is what is on the screen;
 * 3. what open sessions will play next, from their play heads on, as far as their read-ahead goes, nearest first;
 * 4. loads: high before normal before low priority, the first come first, each in its own order (see `loadOrder`).
 *
 * Why whole segments and not ranges inside of them: only what matches its hash may be served, and hashes are per segment. With
 * the raw layout's segments of at most 512 KiB, the opening of a file costs at most two partly needless segments (its head
 * and its tail, fetched at the same time). Layouts that cut the opening into segments of its own lose nothing.
 */
import type { Priority } from '../../core/index.js';

/** One video that somebody wants something of. */
export interface PlanVideo {
  /** Segments, ≥ 0. */
  readonly count: number;
  /** Segments of its opening, in order. */
  readonly opening: readonly number[];
  /** Segments that are waited for, the longest wait first. */
  readonly waiting: readonly number[];
  readonly sessions: readonly PlanSession[];
  readonly loads: readonly PlanLoad[];
  /** Neither on the device nor under way nor given up. */
  isMissing(index: number): boolean;
}

/** A play head. */
export interface PlanSession {
  /** The later one opened has the larger number. */
  readonly number: number;
  /** The segment at the play head. */
  readonly head: number;
  /** Segments from the play head on, exclusive, that are worth having; ≥ `head`. */
  readonly until: number;
}

/** A load of the whole video. */
export interface PlanLoad {
  /** The later one begun has the larger number. */
  readonly number: number;
  readonly priority: Priority;
  readonly order: ArrayLike<number>;
  /** All places in `order` before this one are done. */
  readonly from: number;
}

/** Why a segment is fetched. */
export type PlanReason = 'waiting' | 'opening' | 'ahead' | 'load';

/** The segment to fetch next. */
export interface PlanAction<Video extends PlanVideo> {
  readonly video: Video;
  readonly index: number;
  readonly reason: PlanReason;
}

const RANK: Readonly<Record<Priority, number>> = { high: 0, normal: 1, low: 2 };

/** The next segment to fetch; `undefined`: nothing is missing. With `urgentOnly` the first two kinds alone. */
export function planNext<Video extends PlanVideo>(videos: readonly Video[], urgentOnly = false): PlanAction<Video> | undefined {
  const urgent = nextWaiting(videos) ?? nextOpening(videos);
  if (urgent !== undefined || urgentOnly) return urgent;
  return nextAhead(videos) ?? nextOfLoads(videos);
}

/** Whether somebody still wants this segment: what nobody wants any more is not fetched to its end. */
export function isWanted(video: PlanVideo, index: number): boolean {
  if (video.loads.length > 0 || video.waiting.includes(index)) return true;
  if (video.sessions.length === 0) return false;
  return video.opening.includes(index) || video.sessions.some(({ head, until }) => index >= head && index < until);
}

function nextWaiting<Video extends PlanVideo>(videos: readonly Video[]): PlanAction<Video> | undefined {
  for (const video of videos) {
    const index = video.waiting.find((wanted) => video.isMissing(wanted));
    if (index !== undefined) return { video, index, reason: 'waiting' };
  }
  return undefined;
}

function nextOpening<Video extends PlanVideo>(videos: readonly Video[]): PlanAction<Video> | undefined {
  for (const { video } of sessionsOf(videos)) {
    const index = video.opening.find((wanted) => video.isMissing(wanted));
    if (index !== undefined) return { video, index, reason: 'opening' };
  }
  return undefined;
}

function nextAhead<Video extends PlanVideo>(videos: readonly Video[]): PlanAction<Video> | undefined {
  let best: (PlanAction<Video> & { readonly distance: number }) | undefined;
  for (const { video, session } of sessionsOf(videos)) {
    const until = Math.min(session.until, video.count);
    for (let index = session.head; index < until; index += 1) {
      const distance = index - session.head;
      if (best !== undefined && distance >= best.distance) break;
      if (video.isMissing(index)) best = { video, index, reason: 'ahead', distance };
    }
  }
  return best === undefined ? undefined : { video: best.video, index: best.index, reason: 'ahead' };
}

function nextOfLoads<Video extends PlanVideo>(videos: readonly Video[]): PlanAction<Video> | undefined {
  const loads = videos.flatMap((video) => video.loads.map((load) => ({ video, load })));
  loads.sort((a, b) => RANK[a.load.priority] - RANK[b.load.priority] || a.load.number - b.load.number);
  for (const { video, load } of loads) {
    for (let place = load.from; place < load.order.length; place += 1) {
      const index = load.order[place] as number;
      if (video.isMissing(index)) return { video, index, reason: 'load' };
    }
  }
  return undefined;
}

function sessionsOf<Video extends PlanVideo>(videos: readonly Video[]): { readonly video: Video; readonly session: PlanSession }[] {
  const all = videos.flatMap((video) => video.sessions.map((session) => ({ video, session })));
  return all.sort((a, b) => b.session.number - a.session.number);
}
