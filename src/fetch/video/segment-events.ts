/** Tells the app what happens to the parts of its videos. */
import type { ReelwayError } from '../../errors/index.js';
import type { Emitter } from '../../internal/index.js';
import type { FetchEvents } from '../types.js';
import type { ActiveVideo } from './active-video.js';
import type { Meter } from './load-progress.js';

/** The sending side of the events of parts. */
export class Teller {
  private readonly events: Emitter<FetchEvents>;
  private readonly meter: Meter;

  constructor(events: Emitter<FetchEvents>, meter: Meter) {
    this.events = events;
    this.meter = meter;
  }

  /** What has become of a part. */
  segment({ view }: ActiveVideo, index: number, state: FetchEvents['segment']['state']): void {
    this.events.emit('segment', { videoId: view.videoId, index: view.segmentIndexOf(index), state, range: view.rangeOf(index) });
  }

  /** An attempt on a part failed; `delayMs`: until the next one, `undefined` where there is none. */
  failure({ view }: ActiveVideo, index: number, error: ReelwayError, delayMs: number | undefined): void {
    const where = { videoId: view.videoId, index: view.segmentIndexOf(index) };
    if (error.code === 'SEGMENT_CORRUPT') this.events.emit('corrupt', { ...where, where: 'store' });
    if (delayMs !== undefined) this.events.emit('retry', { ...where, error, delayMs });
  }

  /** A part in the cache was not what it should be. */
  spoiled({ view }: ActiveVideo, index: number): void {
    this.events.emit('corrupt', { videoId: view.videoId, index: view.segmentIndexOf(index), where: 'cache' });
  }

  /** How far a video is; at most ten times a second, and always at its end. */
  progress(video: ActiveVideo): void {
    if (!video.throttle.shouldTell(video.isComplete)) return;
    const { cachedBytes } = video;
    const { videoId, sizeBytes } = video.view;
    this.events.emit('progress', {
      videoId,
      cachedBytes,
      totalBytes: sizeBytes,
      fraction: sizeBytes === 0 ? 1 : cachedBytes / sizeBytes,
      ...this.meter.figures(sizeBytes - cachedBytes),
    });
  }
}
