/**
 * Brings one segment over the link under the rules that all transfers share: a slot for each attempt, and none while it rests
 * between two attempts; a lesson for the concurrency from each; every failure told.
 */
import { throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { asSegmentError, isLinkFailure, isOfflineError, type RequestLimiter, type Slot, type StoreReader } from '../../transfer/index.js';
import type { ActiveVideo } from '../video/active-video.js';
import type { SegmentEvents } from '../video/segment-events.js';
import { downloadSegment, type SegmentSink } from './segment-download.js';

/** What transfers work with. */
export interface LimitedDownloadParts {
  readonly reader: StoreReader;
  readonly limiter: RequestLimiter;
  readonly segmentEvents: SegmentEvents;
}

/** Holds the slot of a transfer. */
export interface SlotHolder {
  slot?: Slot | undefined;
}

/** One transfer. */
export interface LimitedDownload {
  readonly video: ActiveVideo;
  readonly index: number;
  readonly sink: SegmentSink;
  readonly signal: AbortSignalLike;
  /** Where the slot is, if there is one already; after a failure the caller gives it back. */
  readonly slotHolder: SlotHolder;
  /** False: a transfer that would have to wait for the network ends instead, with an error that `isOfflineError` knows. @default true */
  readonly waitsOffline?: boolean;
  /** Called when it begins and ends to rest between two attempts. */
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
    // The disk has its own pace: the link is free for the next one.
    slotHolder.slot?.succeed(segment.sizeBytes);
  } catch (error) {
    throwIfAborted(signal);
    // No failure of the segment, and its caller must know it again.
    throw isOfflineError(error) ? error : asSegmentError(error, context);
  }
}

/** Gives back the slot, if any. */
export function releaseSlot(slotHolder: SlotHolder): void {
  const { slot } = slotHolder;
  slotHolder.slot = undefined;
  slot?.abandon();
}
