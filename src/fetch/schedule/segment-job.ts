/** Fetches one segment into the cache, and hands it to those who wait for it on the way. */
import { MAX_SEGMENT_BYTES } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import { createAbortHandle } from '../../internal/index.js';
import { asReelwayError, isOfflineError, type Slot } from '../../transfer/index.js';
import type { Buffers, CacheWriter, VideoCache } from '../cache/index.js';
import { type LimitedDownloadParts, releaseSlot, runLimitedDownload, type SlotHolder } from '../download/limited-download.js';
import { bufferSink } from '../download/segment-download.js';
import type { PlannedJob, PlanReason } from '../plan/planner-state.js';
import type { ActiveVideo } from '../video/active-video.js';

/** What jobs work with. */
export interface JobParts extends LimitedDownloadParts {
  readonly cache: VideoCache;
  readonly buffers: Buffers;
}

/** How a job ended. `served`: those who waited have it, the cache does not; `dropped`: it was not wanted to its end; `parked`: there is no network. */
export type JobOutcome =
  | { readonly kind: 'cached' | 'served' | 'dropped' | 'parked' }
  | { readonly kind: 'failed'; readonly error: ReelwayError };

/** What a job is for. */
export interface JobRequest {
  readonly video: ActiveVideo;
  readonly index: number;
  readonly reason: PlanReason;
  readonly slot: Slot;
}

/** One segment on its way. */
export class SegmentJob {
  readonly video: ActiveVideo;
  readonly index: number;
  /** Somebody waits for it, or it belongs to an opening. */
  readonly isUrgent: boolean;
  /** Whether it goes through a buffer; larger segments go straight into their file. */
  readonly usesBuffer: boolean;
  /** Between two attempts. */
  isResting = false;
  private readonly parts: JobParts;
  private readonly slotHolder: SlotHolder;
  private readonly buffer: Promise<Uint8Array> | undefined;
  private readonly source = createAbortHandle();
  private held: Uint8Array | undefined;
  /** Bytes at the front of the buffer that are the segment, checked, and worth keeping. */
  private keptBytes = 0;

  /** Takes its buffer at once, which must be available, and the slot, so that it never holds one while it waits for the other. */
  constructor(parts: JobParts, { video, index, reason, slot }: JobRequest) {
    this.parts = parts;
    this.video = video;
    this.index = index;
    this.isUrgent = reason === 'waiting' || reason === 'opening';
    this.slotHolder = { slot };
    this.usesBuffer = needsBuffer(video, index);
    this.buffer = this.usesBuffer ? parts.buffers.acquire() : undefined;
  }

  get isAborted(): boolean {
    return this.source.signal.aborted;
  }

  /** The planner's view of it. */
  planned(): PlannedJob {
    const { video, index, isUrgent, usesBuffer, isResting, isAborted } = this;
    return { videoId: video.segments.videoId, index, isUrgent, usesBuffer, isResting, isStopping: isAborted };
  }

  /** Ends it soon: its outcome is `dropped`. */
  abort(reason?: ReelwayError): void {
    this.source.abort(reason);
  }

  /** Never rejects. Slot and buffer stay with the job until {@link end}, so that its outcome is known before anything else starts. */
  async run(): Promise<JobOutcome> {
    const { video, index } = this;
    try {
      this.held = await this.buffer;
      const isCached = await this.fetch(this.held);
      return { kind: isCached ? 'cached' : 'served' };
    } catch (error) {
      if (this.isAborted) return { kind: 'dropped' };
      if (isOfflineError(error)) return { kind: 'parked' };
      const { segments } = video;
      return { kind: 'failed', error: asReelwayError(error, { videoId: segments.videoId, segmentIndex: segments.segmentIndexOf(index) }) };
    } finally {
      this.source.dispose();
    }
  }

  /** Gives everything back. */
  end(): void {
    const { buffers } = this.parts;
    const { video, index, keptBytes, held } = this;
    releaseSlot(this.slotHolder);
    if (held === undefined) return;
    if (keptBytes > 0 && video.sessions.length > 0) buffers.keep(video.cached.key, index, held, keptBytes);
    else buffers.release(held);
  }

  /** Whether the segment is in the cache now; if not, those who could take it from memory have. */
  private async fetch(buffer: Uint8Array | undefined): Promise<boolean> {
    const { cache } = this.parts;
    const { video, index } = this;
    const { sizeBytes } = video.segments.segmentAt(index);
    const isReserved = await this.reserve(sizeBytes);
    if (!isReserved && buffer === undefined) throw cache.full(video.cached, sizeBytes);
    // Holds the reservation from here on; makes no file before there are bytes for it.
    const writer = isReserved ? cache.begin(video.cached, index, sizeBytes) : undefined;
    try {
      if (buffer !== undefined) await this.throughBuffer(buffer.subarray(0, sizeBytes), writer);
      else if (writer !== undefined) await this.streamToFile(writer);
    } finally {
      await writer?.discard();
    }
    return isReserved;
  }

  /** Sets bytes aside; false where there is no room, but somebody waits who can be served from memory. */
  private async reserve(bytes: number): Promise<boolean> {
    const { cache } = this.parts;
    const { video, index, slotHolder } = this;
    const { signal } = this.source;
    for (;;) {
      // Others who write may need the slot to end, so it is not kept while waiting for them.
      if (await cache.tryReserve(video.cached, bytes, { signal, onWait: () => releaseSlot(slotHolder) })) return true;
      if (await this.shrink()) continue;
      if (!video.waiting.includes(index)) throw cache.full(video.cached, bytes);
      return false;
    }
  }

  /** A video larger than the cache makes room in itself, behind the play head; a load that did so would chase its own tail. */
  private async shrink(): Promise<boolean> {
    const { video, index } = this;
    if (video.loads.length > 0 || video.sessions.length === 0) return false;
    return this.parts.cache.evictFarthest(video.cached, index, (other) => video.isNeeded(other));
  }

  private async throughBuffer(bytes: Uint8Array, writer: CacheWriter | undefined): Promise<void> {
    const { cache } = this.parts;
    const { video, index } = this;
    const { signal } = this.source;
    await runLimitedDownload(this.parts, {
      video,
      index,
      signal,
      slotHolder: this.slotHolder,
      sink: bufferSink(bytes),
      // A buffer that waits for the network would keep what is in the cache from being read.
      waitsOffline: false,
      onRest: (isResting) => {
        this.isResting = isResting;
      },
    });
    const wasTaken = video.deliver(index, bytes);
    // Whoever read a little of it will read on.
    if (wasTaken && video.sessions.length > 0) this.keptBytes = bytes.length;
    if (writer === undefined && !wasTaken) throw cache.full(video.cached, bytes.length);
    await writer?.write(bytes);
    await writer?.commit();
  }

  private async streamToFile(writer: CacheWriter): Promise<void> {
    const { video, index, slotHolder } = this;
    await runLimitedDownload(this.parts, { video, index, signal: this.source.signal, slotHolder, sink: writer });
    await writer.commit();
    video.checked.add(index);
  }
}

/** Whether a segment goes through a buffer. */
export function needsBuffer(video: ActiveVideo, index: number): boolean {
  const { start, end } = video.rangeOf(index);
  return end - start <= MAX_SEGMENT_BYTES;
}
