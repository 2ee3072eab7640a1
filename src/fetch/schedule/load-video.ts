/** Loads a whole video into the cache. */
import type { Priority } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { abortableWait, sleep, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, Clock } from '../../ports/index.js';
import { MANIFEST, type VideoCache } from '../cache/index.js';
import type { ActiveLoad, ActiveVideo } from '../video/active-video.js';
import type { SegmentEvents } from '../video/segment-events.js';
import type { FetchScheduler } from './fetch-scheduler.js';

/** Events without a pause, so that the player's thread does not wait for long. */
const EVENTS_AT_ONCE = 512;

/** What a load works with. */
export interface LoadParts {
  readonly cache: VideoCache;
  readonly scheduler: FetchScheduler;
  readonly clock: Clock;
  readonly segmentEvents: SegmentEvents;
}

/** What to load. */
export interface LoadRequest {
  readonly video: ActiveVideo;
  readonly priority: Priority;
  /** Increases with each session and load. */
  readonly number: number;
  readonly signal: AbortSignalLike;
}

/** Resolves when every segment is in the cache. @throws {ReelwayError} CACHE_FULL, before a segment is fetched; the errors of a segment's fetch */
export async function loadWhole(parts: LoadParts, request: LoadRequest): Promise<void> {
  const { cache } = parts;
  const { video } = request;
  video.failed.clear();
  cache.touch(video.cached);
  const bytes = video.segments.sizeBytes + (video.cached.sizes.get(MANIFEST) ?? 0);
  cache.setLoad(video.cached, Math.max(1, bytes));
  try {
    if (!cache.canFit(video.cached, 0)) throw tooLarge(video, bytes, cache.maxBytes);
    await emitCached(parts, request);
    await untilLoaded(parts, request);
  } finally {
    if (video.loads.length === 0) cache.setLoad(video.cached, 0);
    parts.scheduler.reconcile();
  }
}

function untilLoaded({ scheduler, segmentEvents }: LoadParts, { video, priority, number, signal }: LoadRequest): Promise<void> {
  throwIfAborted(signal);
  segmentEvents.progress(video);
  if (video.isComplete) return Promise.resolve();
  const loaded = abortableWait<void>(signal, (resolve, reject) => {
    const load: ActiveLoad = { number, priority, order: video.order, from: 0, resolve, reject };
    video.loads.push(load);
    return () => {
      const place = video.loads.indexOf(load);
      if (place >= 0) video.loads.splice(place, 1);
    };
  });
  video.advanceLoads();
  scheduler.add(video);
  return loaded;
}

/** Emits an event for each segment in the cache, so that a segment map is right from the start. */
async function emitCached({ segmentEvents, clock }: LoadParts, { video, signal }: LoadRequest): Promise<void> {
  let count = 0;
  for (const index of video.order) {
    if (!video.cached.sizes.has(index)) continue;
    segmentEvents.segment(video, index, 'cached');
    count += 1;
    if (count % EVENTS_AT_ONCE === 0) await sleep(clock, 0, signal);
  }
}

function tooLarge(video: ActiveVideo, bytes: number, maxBytes: number): ReelwayError {
  return new ReelwayError('CACHE_FULL', {
    message: `The video does not fit into the cache: expected ${bytes} bytes within ${maxBytes}, beside the videos in use`,
    context: { videoId: video.segments.videoId, bytes, maxBytes },
  });
}
