/**
 * Brings one part over the link under the rules that all transfers share: a slot for each attempt, and none while it rests
 * between two attempts; a lesson for the concurrency from each; every failure told.
 */
import { throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { asSegmentError, type Concurrency, isLinkFailure, isParked, type Slot, type StoreReader } from '../../transfer/index.js';
import type { ActiveVideo } from '../video/active-video.js';
import type { Teller } from '../video/segment-events.js';
import { downloadPart, type PartSink } from './segment-download.js';

/** What transfers work with. */
export interface TransferParts {
  readonly reader: StoreReader;
  readonly concurrency: Concurrency;
  readonly teller: Teller;
}

/** Holds the slot of a transfer. */
export interface Seat {
  slot?: Slot | undefined;
}

/** One transfer. */
export interface Transfer {
  readonly video: ActiveVideo;
  readonly index: number;
  readonly sink: PartSink;
  readonly signal: AbortSignalLike;
  /** Where the slot is, if there is one already; after a failure the caller gives it back. */
  readonly seat: Seat;
  /** False: a transfer that would have to wait for the network ends instead, with an error that `isParked` knows. @default true */
  readonly waitsOffline?: boolean;
  /** Called when it begins and ends to rest between two attempts. */
  readonly onRest?: (isResting: boolean) => void;
}

/** Resolves when the sink holds exactly the part, checked. @throws {ReelwayError} SEGMENT_CORRUPT, SEGMENT_MISSING, the network's codes, the sink's own; the signal's reason */
export async function transfer(parts: TransferParts, request: Transfer): Promise<void> {
  const { reader, concurrency, teller } = parts;
  const { video, index, sink, signal, seat, onRest } = request;
  const { view } = video;
  const part = view.partAt(index);
  const context = { videoId: view.videoId, segmentIndex: view.segmentIndexOf(index) };
  try {
    await downloadPart(reader, part, sink, {
      signal,
      context,
      waitsOffline: request.waitsOffline,
      beforeAttempt: async () => {
        onRest?.(false);
        seat.slot ??= await concurrency.take(signal);
      },
      onFailure: (error, delayMs, startedMs) => {
        if (isLinkFailure(reader, error)) concurrency.failed(startedMs);
        teller.failure(video, index, error, delayMs);
        if (delayMs === undefined) return;
        onRest?.(true);
        leave(seat);
      },
    });
    // The disk has its own pace: the link is free for the next one.
    seat.slot?.succeed(part.sizeBytes);
  } catch (error) {
    throwIfAborted(signal);
    // No failure of the segment, and its caller must know it again.
    throw isParked(error) ? error : asSegmentError(error, context);
  }
}

/** Gives back the slot, if any. */
export function leave(seat: Seat): void {
  const { slot } = seat;
  seat.slot = undefined;
  slot?.abandon();
}
