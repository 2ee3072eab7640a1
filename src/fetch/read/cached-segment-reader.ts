/**
 * Reads segments from the cache, and returns only bytes that match their hash. A file that was cut, changed or swapped is
 * removed, reported and fetched again.
 *
 * A segment of at most 524,288 bytes is read and checked whole, in a buffer that serves the reads that follow. A larger one is
 * checked piece by piece at its first read, and trusted from then on for as long as the fetcher lives.
 */
import { MAX_SEGMENT_BYTES } from '../../core/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { createChecksumVerifier, type StoreReader } from '../../transfer/index.js';
import type { Buffers, VideoCache } from '../cache/index.js';
import type { ActiveVideo } from '../video/active-video.js';
import type { SegmentEvents } from '../video/segment-events.js';
import type { SegmentLocation } from '../video/video-segments.js';

/** What a segment reader works with. */
export interface CachedSegmentReaderParts {
  readonly reader: StoreReader;
  readonly cache: VideoCache;
  readonly buffers: Buffers;
  readonly segmentEvents: SegmentEvents;
}

export class CachedSegmentReader {
  private readonly parts: CachedSegmentReaderParts;

  constructor(parts: CachedSegmentReaderParts) {
    this.parts = parts;
  }

  /** Reads into `target` from `offset` of the segment on. Resolves with how many bytes; 0 where the segment is not in the cache. */
  async readInto(video: ActiveVideo, index: number, target: Uint8Array, offset: number, signal: AbortSignalLike): Promise<number> {
    const segment = video.segments.segmentAt(index);
    if (segment.sizeBytes > MAX_SEGMENT_BYTES) return this.readLarge(video, index, segment, target, offset, signal);
    const { buffers } = this.parts;
    const buffer = await buffers.acquire(signal, true);
    let isKept = false;
    try {
      if (!(await this.readWhole(video, index, segment, buffer))) return 0;
      const length = copy(buffer.subarray(0, segment.sizeBytes), target, offset);
      isKept = video.sessions.length > 0;
      if (isKept) buffers.keep(video.cached.key, index, buffer, segment.sizeBytes);
      return length;
    } finally {
      if (!isKept) buffers.release(buffer);
    }
  }

  /** Whether the segment is in the cache and matches its hash. */
  async check(video: ActiveVideo, index: number, signal: AbortSignalLike): Promise<boolean> {
    const { buffers } = this.parts;
    if (!video.cached.sizes.has(index)) return false;
    const segment = video.segments.segmentAt(index);
    const buffer = await buffers.acquire(signal, true);
    try {
      if (segment.sizeBytes <= MAX_SEGMENT_BYTES) return await this.readWhole(video, index, segment, buffer);
      return await this.checkLarge(video, index, segment, buffer);
    } finally {
      buffers.release(buffer);
    }
  }

  /** Fills the front of `buffer` with a segment of ≤ 524,288 bytes; false where it is missing or damaged. */
  async readWhole(video: ActiveVideo, index: number, segment: SegmentLocation, buffer: Uint8Array): Promise<boolean> {
    if (!video.cached.sizes.has(index)) return false;
    const bytes = buffer.subarray(0, segment.sizeBytes);
    const length = await this.parts.cache.readInto(video.cached, index, bytes, 0);
    const { hashes, clock } = this.parts.reader;
    const verifier = createChecksumVerifier(segment, hashes, clock);
    if (length > 0) await verifier.update(bytes.subarray(0, length));
    if (verifier.isIntact()) {
      this.parts.reader.counters.bytesFromCache += length;
      return true;
    }
    await this.dropDamaged(video, index);
    return false;
  }

  private async readLarge(
    video: ActiveVideo,
    index: number,
    segment: SegmentLocation,
    target: Uint8Array,
    offset: number,
    signal: AbortSignalLike,
  ): Promise<number> {
    if (!video.checked.has(index) && !(await this.check(video, index, signal))) return 0;
    const wanted = target.subarray(0, Math.min(target.length, MAX_SEGMENT_BYTES, segment.sizeBytes - offset));
    const length = await this.parts.cache.readInto(video.cached, index, wanted, offset);
    if (length < wanted.length) {
      await this.dropDamaged(video, index);
      return 0;
    }
    this.parts.reader.counters.bytesFromCache += length;
    return length;
  }

  private async checkLarge(video: ActiveVideo, index: number, segment: SegmentLocation, buffer: Uint8Array): Promise<boolean> {
    const { reader, cache } = this.parts;
    const verifier = createChecksumVerifier(segment, reader.hashes, reader.clock);
    for (let position = 0; position < segment.sizeBytes; position += buffer.length) {
      const bytes = buffer.subarray(0, Math.min(buffer.length, segment.sizeBytes - position));
      const length = await cache.readInto(video.cached, index, bytes, position);
      if (length < bytes.length) break;
      await verifier.update(bytes);
    }
    if (verifier.isIntact()) {
      video.checked.add(index);
      return true;
    }
    await this.dropDamaged(video, index);
    return false;
  }

  /** Removes a damaged segment and reports it. */
  private async dropDamaged(video: ActiveVideo, index: number): Promise<void> {
    video.checked.delete(index);
    // Another read may have removed it.
    if (!video.cached.sizes.has(index)) return;
    await this.parts.cache.drop(video.cached, index);
    video.rewindLoads();
    this.parts.segmentEvents.corruptInCache(video, index);
  }
}

/** Copies the bytes from `offset` on that fit into `target`, and returns how many. */
export function copy(bytes: Uint8Array, target: Uint8Array, offset: number): number {
  const length = Math.min(target.length, bytes.length - offset);
  target.set(bytes.subarray(offset, offset + length));
  return length;
}
