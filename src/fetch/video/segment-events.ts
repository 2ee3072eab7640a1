/** Emits the events of the segments of all videos. */
import type { ReelwayError } from '../../errors/index.js';
import type { Emitter } from '../../internal/index.js';
import type { FetchEvents } from '../types.js';
import type { ActiveVideo } from './active-video.js';
import type { ThroughputMeter } from './load-progress.js';

export class SegmentEvents {
  private readonly events: Emitter<FetchEvents>;
  private readonly meter: ThroughputMeter;

  constructor(events: Emitter<FetchEvents>, meter: ThroughputMeter) {
    this.events = events;
    this.meter = meter;
  }

  /** A segment changed its state. */
  segment({ segments }: ActiveVideo, index: number, state: FetchEvents['segment']['state']): void {
    this.events.emit('segment', {
      videoId: segments.videoId,
      index: segments.segmentIndexOf(index),
      state,
      range: segments.rangeOf(index),
    });
  }

  /** An attempt on a segment failed; `delayMs`: until the next one, `undefined` where there is none. */
  failure({ segments }: ActiveVideo, index: number, error: ReelwayError, delayMs: number | undefined): void {
    const where = { videoId: segments.videoId, index: segments.segmentIndexOf(index) };
    if (error.code === 'SEGMENT_CORRUPT') this.events.emit('corrupt', { ...where, where: 'store' });
    if (delayMs !== undefined) this.events.emit('retry', { ...where, error, delayMs });
  }

  /** A segment in the cache was damaged. */
  corruptInCache({ segments }: ActiveVideo, index: number): void {
    this.events.emit('corrupt', { videoId: segments.videoId, index: segments.segmentIndexOf(index), where: 'cache' });
  }

  /** Progress of a video; at most ten times a second, and always at its end. */
  progress(video: ActiveVideo): void {
    if (!video.throttle.isDue(video.isComplete)) return;
    const { cachedBytes } = video;
    const { videoId, sizeBytes } = video.segments;
    this.events.emit('progress', {
      videoId,
      cachedBytes,
      totalBytes: sizeBytes,
      fraction: sizeBytes === 0 ? 1 : cachedBytes / sizeBytes,
      ...this.meter.figures(sizeBytes - cachedBytes),
    });
  }
}
