/** Fetches one segment into the cache, and passes its bytes to the reads that wait for it. */
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

/** How a job ended. `served`: waiting reads have it, the cache does not; `dropped`: it was stopped; `parked`: there is no network. */
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

/** The fetch of one segment. */
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
  /** Bytes at the front of the buffer that are checked and serve further reads. */
  private keptBytes = 0;

  /** Takes its buffer, which must be available, and its slot at once, so that it never holds one and waits for the other. */
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

  /** Stops it: its outcome is `dropped`. */
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

  /** Releases its slot and its buffer. */
  end(): void {
    const { buffers } = this.parts;
    const { video, index, keptBytes, held } = this;
    releaseSlot(this.slotHolder);
    if (held === undefined) return;
    if (keptBytes > 0 && video.sessions.length > 0) buffers.keep(video.cached.key, index, held, keptBytes);
    else buffers.release(held);
  }

  /** Whether the segment is in the cache now. If not, waiting reads have taken it from memory. */
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

  /** Reserves bytes; false where there is no room, but a waiting read can be served from memory. */
  private async reserve(bytes: number): Promise<boolean> {
    const { cache } = this.parts;
    const { video, index, slotHolder } = this;
    const { signal } = this.source;
    for (;;) {
      // Other writes may need the slot to end, so it is released while waiting for them.
      if (await cache.tryReserve(video.cached, bytes, { signal, onWait: () => releaseSlot(slotHolder) })) return true;
      if (await this.shrink()) continue;
      if (!video.waiting.includes(index)) throw cache.full(video.cached, bytes);
      return false;
    }
  }

  /** Evicts a segment of the same video, for a video larger than the cache. A load would evict what it has just fetched. */
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
      // Reads of the cache need the buffer while there is no network.
      waitsOffline: false,
      onRest: (isResting) => {
        this.isResting = isResting;
      },
    });
    const wasTaken = video.deliver(index, bytes);
    // A player reads the rest of the segment next.
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
