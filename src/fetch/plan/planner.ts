/**
 * What to fetch next: one pure function from a state to a list of actions. The same state gives the same actions, in a test, a
 * simulation and an app. Segments start in this order:
 *
 * 1. segments that are waited for, the longest wait first;
 * 2. the openings of open sessions, the latest session first: that one is on the screen;
 * 3. the read-ahead of all readers, nearest to their play heads first;
 * 4. loads: high before normal before low priority, then the earliest first, each in its own order (see `loadOrder`).
 *
 * Segments are fetched whole, since only bytes that match their hash are served, and hashes are per segment. In the raw layout
 * the opening costs at most two segments that are needed in part (head and tail, fetched at the same time).
 *
 * Cost: a state names at most `limit` segments for each wish, however long the videos are. So a plan costs time in proportion to
 * the videos in use, not to their segments.
 */
import type { Priority } from '../../core/index.js';
import type {
  PlanAction,
  PlannedJob,
  PlannedLoad,
  PlannedReader,
  PlannedSegment,
  PlannedSession,
  PlannedVideo,
  PlannerState,
  PlanReason,
  StartAction,
} from './planner-state.js';

const RANK: Readonly<Record<Priority, number>> = { high: 0, normal: 1, low: 2 };

/** Stops first, then starts, the most urgent first. */
export function plan(state: PlannerState): PlanAction[] {
  const stopped = jobsToStop(state);
  const running = state.jobs.filter((job) => !job.isStopping && !stopped.includes(job));
  // One at a time: what a stopping job holds comes free soon.
  const victim = running.length === state.jobs.length ? preemptible(running) : undefined;
  const stops = stopped.map((job): PlanAction => ({ kind: 'stop', ...segmentOf(job) }));
  return [...stops, ...startsOf(state, victim)];
}

/** Whether a segment is still worth its fetch. */
export function isWanted(video: PlannedVideo, index: number): boolean {
  if (video.loads.length > 0 || video.waiting.includes(index)) return true;
  if (video.sessions.length === 0) return false;
  return video.opening.includes(index) || windowsOf(sessionsOf([video])).some(({ reader }) => isIn(reader, index));
}

function jobsToStop({ videos, jobs, stopsUnwanted, bufferQuota }: PlannerState): PlannedJob[] {
  const stopped = stopsUnwanted ? jobs.filter((job) => !isWantedByAny(videos, job)) : [];
  const running = jobs.filter((job) => !job.isStopping && !stopped.includes(job));
  let excess = running.filter(({ usesBuffer }) => usesBuffer).length - bufferQuota;
  for (; excess > 0; excess -= 1) {
    const victim = preemptible(running);
    if (victim === undefined) break;
    running.splice(running.indexOf(victim), 1);
    stopped.push(victim);
  }
  return stopped;
}

function isWantedByAny(videos: readonly PlannedVideo[], { videoId, index }: PlannedSegment): boolean {
  return videos.some((video) => video.videoId === videoId && isWanted(video, index));
}

/** A job that is not urgent and loses least: one that rests, else the latest. */
function preemptible(running: readonly PlannedJob[]): PlannedJob | undefined {
  const candidates = running.filter((job) => !job.isUrgent);
  return candidates.find((job) => job.isResting) ?? candidates.pop();
}

function startsOf(state: PlannerState, victim: PlannedJob | undefined): StartAction[] {
  const starts = new Map<string, StartAction>();
  for (const { reason, videoId, index } of wishesOf(state)) {
    if (starts.size >= state.limit) break;
    const isUrgent = reason === 'waiting' || reason === 'opening';
    const insteadOf = isUrgent && victim !== undefined ? { insteadOf: segmentOf(victim) } : {};
    const key = `${index} ${videoId}`;
    if (!starts.has(key)) starts.set(key, { kind: 'start', videoId, index, reason, ...insteadOf });
  }
  return [...starts.values()];
}

/** A missing segment, and why it is wanted. */
interface Wish extends PlannedSegment {
  readonly reason: PlanReason;
}

function* wishesOf({ videos, urgentOnly }: PlannerState): Iterable<Wish> {
  for (const video of videos) if (video.waiting.length > 0) yield* wishes(video, 'waiting', missingOf(video, video.waiting));
  const sessions = sessionsOf(videos);
  for (const { video } of sessions) yield* wishes(video, 'opening', missingOf(video, video.opening));
  if (urgentOnly) return;
  yield* aheadOf(sessions);
  for (const { video, load } of loadsOf(videos)) yield* wishes(video, 'load', load.missing);
}

function wishes({ videoId }: PlannedVideo, reason: PlanReason, indices: readonly number[]): Wish[] {
  return indices.map((index) => ({ videoId, index, reason }));
}

function missingOf({ missing }: PlannedVideo, indices: readonly number[]): number[] {
  return indices.filter((index) => missing.includes(index));
}

function aheadOf(sessions: readonly SessionOfVideo[]): Wish[] {
  const wanted = windowsOf(sessions).flatMap(({ video, reader }) =>
    video.missing
      .filter((index) => isIn(reader, index))
      .map((index) => ({ videoId: video.videoId, index, reason: 'ahead' as const, distance: index - reader.head })),
  );
  return wanted.sort((a, b) => a.distance - b.distance);
}

interface SessionOfVideo {
  readonly video: PlannedVideo;
  readonly session: PlannedSession;
}

/** The windows of all readers. */
function windowsOf(sessions: readonly SessionOfVideo[]): { readonly video: PlannedVideo; readonly reader: PlannedReader }[] {
  // mutation-point: list-reader-windows
  return sessions.flatMap(({ video, session }) => session.readers.map((reader) => ({ video, reader })));
}

/** The latest session first. */
function sessionsOf(videos: readonly PlannedVideo[]): SessionOfVideo[] {
  const all: SessionOfVideo[] = [];
  for (const video of videos) for (const session of video.sessions) all.push({ video, session });
  return all.sort((a, b) => b.session.number - a.session.number);
}

function loadsOf(videos: readonly PlannedVideo[]): { readonly video: PlannedVideo; readonly load: PlannedLoad }[] {
  const all: { readonly video: PlannedVideo; readonly load: PlannedLoad }[] = [];
  for (const video of videos) for (const load of video.loads) all.push({ video, load });
  return all.sort((a, b) => RANK[a.load.priority] - RANK[b.load.priority] || a.load.number - b.load.number);
}

function isIn({ head, until }: PlannedReader, index: number): boolean {
  return index >= head && index < until;
}

function segmentOf({ videoId, index }: PlannedSegment): PlannedSegment {
  return { videoId, index };
}
