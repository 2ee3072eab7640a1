/**
 * Downloads one segment within the limit of requests: each attempt takes a slot, and a pause between two attempts takes none.
 * The limiter learns from each attempt, and each failure is an event.
 */
import { throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { asSegmentError, isLinkFailure, isOfflineError, type RequestLimiter, type Slot, type StoreReader } from '../../transfer/index.js';
import type { ActiveVideo } from '../video/active-video.js';
import type { SegmentEvents } from '../video/segment-events.js';
import { downloadSegment, type SegmentSink } from './segment-download.js';

/** What downloads work with. */
export interface LimitedDownloadParts {
  readonly reader: StoreReader;
  readonly limiter: RequestLimiter;
  readonly segmentEvents: SegmentEvents;
}

/** Holds the slot of a download. */
export interface SlotHolder {
  slot?: Slot | undefined;
}

/** One download. */
export interface LimitedDownload {
  readonly video: ActiveVideo;
  readonly index: number;
  readonly sink: SegmentSink;
  readonly signal: AbortSignalLike;
  /** May hold a slot already. After a failure the caller releases the slot. */
  readonly slotHolder: SlotHolder;
  /** False: instead of waiting for the network it rejects with an error that `isOfflineError` recognizes. @default true */
  readonly waitsOffline?: boolean;
  /** Called when a pause between two attempts begins and ends. */
  readonly onRest?: (isResting: boolean) => void;
}

/** Resolves when the sink holds exactly the segment, checked. @throws {ReelwayError} SEGMENT_CORRUPT, SEGMENT_MISSING, the network's codes, the sink's own; the signal's reason */
export async function runLimitedDownload(parts: LimitedDownloadParts, request: LimitedDownload): Promise<void> {
  const { reader, limiter, segmentEvents } = parts;
  const { video, index, sink, signal, slotHolder, onRest } = request;
  const { segments } = video;
  const segment = segments.segmentAt(index);
  const context = { videoId: segments.videoId, segmentIndex: segments.segmentIndexOf(index) };
  try {
    await downloadSegment(reader, segment, sink, {
      signal,
      context,
      waitsOffline: request.waitsOffline,
      beforeAttempt: async () => {
        onRest?.(false);
        slotHolder.slot ??= await limiter.take(signal);
      },
      onFailure: (error, delayMs, startedMs) => {
        if (isLinkFailure(reader, error)) limiter.failed(startedMs);
        segmentEvents.failure(video, index, error, delayMs);
        if (delayMs === undefined) return;
        onRest?.(true);
        releaseSlot(slotHolder);
      },
    });
    // The link is free for the next download while the disk writes.
    slotHolder.slot?.succeed(segment.sizeBytes);
  } catch (error) {
    throwIfAborted(signal);
    // Being offline is not a failure of the segment, and the caller recognizes this error.
    throw isOfflineError(error) ? error : asSegmentError(error, context);
  }
}

export function releaseSlot(slotHolder: SlotHolder): void {
  const { slot } = slotHolder;
  slotHolder.slot = undefined;
  slot?.abandon();
}
