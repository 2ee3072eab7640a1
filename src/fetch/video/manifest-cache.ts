/**
 * Manifests: the latest in memory, and a copy of each in the cache, so that a video that was prepared once opens without a
 * network. Every `prepareVideo` reads from the store. The copy serves `open`, and `prepareVideo` while the store cannot be
 * reached.
 */
import { createHash, latin1Decode, latin1Encode, manifestKey, parseManifestSteps, type VideoManifest } from '../../core/index.js';
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { createCooperativeScheduler, type Emitter, runCooperatively, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, Clock } from '../../ports/index.js';
import { asReelwayError, fetchManifest, isLinkFailure, type ReadManifest, type StoreReader } from '../../transfer/index.js';
import { type CachedVideo, MANIFEST, type VideoCache } from '../cache/index.js';
import type { FetchEvents } from '../types.js';
import { VideoSegments } from './video-segments.js';

/** Parsed manifests in memory. Others are read from their copies again. */
const MAX_KEPT = 64;

/** What a manifest cache works with. */
export interface ManifestCacheParts {
  readonly reader: StoreReader;
  readonly cache: VideoCache;
  readonly events: Emitter<FetchEvents>;
}

export class ManifestCache {
  private readonly parts: ManifestCacheParts;
  /** The most recently used last. */
  private readonly views = new Map<string, VideoSegments>();
  /** The keys of manifests that the app may pass back. */
  private readonly keys = new WeakMap<VideoManifest, string>();

  constructor(parts: ManifestCacheParts) {
    this.parts = parts;
  }

  /** Reads the manifest from the store. */
  async prepare(key: string, videoId: string, signal: AbortSignalLike): Promise<VideoSegments> {
    const copy = await this.readCachedManifest(videoId, key);
    throwIfAborted(signal);
    const read = copy === undefined ? await this.fetch(key, videoId, signal, true) : await this.refresh(copy, videoId, signal);
    return this.remember(new VideoSegments(read.manifest, read.key), read === copy ? undefined : read.bytes);
  }

  /** Finds the manifest in memory or in the cache; else reads it from the store under its default key. */
  async find(videoId: string, signal: AbortSignalLike): Promise<VideoSegments> {
    const known = this.views.get(videoId);
    if (known !== undefined) return this.remember(known);
    const copy = await this.readCachedManifest(videoId);
    throwIfAborted(signal);
    if (copy !== undefined) return this.remember(new VideoSegments(copy.manifest, copy.key));
    return this.prepare(manifestKey(videoId), videoId, signal);
  }

  /** The segments of a manifest that the app passes in. */
  of(manifest: VideoManifest): VideoSegments {
    const known = this.views.get(manifest.videoId);
    if (known?.manifest === manifest) return known;
    return new VideoSegments(manifest, this.keys.get(manifest) ?? manifestKey(manifest.videoId));
  }

  /** Drops the manifests in memory. */
  clear(): void {
    this.views.clear();
  }

  private async fetch(key: string, videoId: string, signal: AbortSignalLike, retries: boolean): Promise<ReadManifest> {
    return fetchManifest(this.parts.reader, {
      key,
      videoId,
      signal,
      retries,
      onFailure: (error, delayMs) => {
        if (delayMs !== undefined) this.parts.events.emit('retry', { videoId, error, delayMs });
      },
    });
  }

  /** Reads the manifest from the store. Resolves with the copy at once where the store cannot be reached. */
  private async refresh(copy: ReadManifest, videoId: string, signal: AbortSignalLike): Promise<ReadManifest> {
    const { reader } = this.parts;
    if (reader.conditions?.current().online === false) return copy;
    try {
      return await this.fetch(copy.key, videoId, signal, false);
    } catch (error) {
      // A body that ends early is a failure of the link, too.
      if (isLinkFailure(reader, error) || (isReelwayError(error) && error.code === 'BLOB_CORRUPT')) return copy;
      throw error;
    }
  }

  private async remember(segments: VideoSegments, bytes?: Uint8Array): Promise<VideoSegments> {
    const { cache } = this.parts;
    const { videoId } = segments;
    this.views.delete(videoId);
    this.views.set(videoId, segments);
    this.keys.set(segments.manifest, segments.manifestKey);
    for (const oldest of this.views.keys()) {
      if (this.views.size <= MAX_KEPT) break;
      this.views.delete(oldest);
    }
    if (bytes !== undefined) await this.writeCachedManifest(segments, bytes);
    const video = cache.find(videoId);
    if (video !== undefined) cache.touch(video);
    return segments;
  }

  /** A failure is a warning: without a copy the video still plays. */
  private async writeCachedManifest(segments: VideoSegments, bytes: Uint8Array): Promise<void> {
    const { cache, reader } = this.parts;
    const content = await encodeCachedManifest(reader.clock, segments.manifestKey, bytes);
    const video = await cache.adopt({ videoId: segments.videoId, build: segments.build });
    try {
      if (video.sizes.get(MANIFEST) === content.length) return;
      await cache.drop(video, MANIFEST);
      await this.store(video, content);
    } catch (error) {
      reader.warn(asReelwayError(error, { videoId: segments.videoId }));
    } finally {
      cache.release(video);
    }
  }

  private async store(video: CachedVideo, content: Uint8Array): Promise<void> {
    const { cache } = this.parts;
    if (!(await cache.tryReserve(video, content.length))) throw cache.full(video, content.length);
    const writer = cache.begin(video, MANIFEST, content.length);
    try {
      await writer.write(content);
      await writer.commit();
    } finally {
      await writer.discard();
    }
  }

  /** Reads the copy in the cache. A damaged copy is removed. */
  private async readCachedManifest(videoId: string, key?: string): Promise<ReadManifest | undefined> {
    const { cache } = this.parts;
    const video = cache.find(videoId);
    const sizeBytes = video?.sizes.get(MANIFEST);
    if (video === undefined || sizeBytes === undefined) return undefined;
    const content = new Uint8Array(sizeBytes);
    // What cannot be read stays zero, and then the checksum does not match.
    await cache.readInto(video, MANIFEST, content, 0);
    const copy = await decodeCachedManifest(this.parts.reader.clock, content, videoId);
    if (copy === undefined) await cache.drop(video, MANIFEST);
    return key === undefined || copy?.key === key ? copy : undefined;
  }
}

/** A checksum, the manifest's key, and the manifest as it was read. */
async function encodeCachedManifest(clock: Clock, key: string, bytes: Uint8Array): Promise<Uint8Array> {
  const head = latin1Encode(`${key}\n`);
  const rest = new Uint8Array(head.length + bytes.length);
  rest.set(head);
  rest.set(bytes, head.length);
  const sum = latin1Encode(`${await checksum(clock, rest)}\n`);
  const content = new Uint8Array(sum.length + rest.length);
  content.set(sum);
  content.set(rest, sum.length);
  return content;
}

async function decodeCachedManifest(clock: Clock, content: Uint8Array, videoId: string): Promise<ReadManifest | undefined> {
  const rest = content.subarray(SUM_BYTES);
  if (latin1Decode(content.subarray(0, SUM_BYTES)) !== `${await checksum(clock, rest)}\n`) return undefined;
  const end = rest.indexOf(10);
  const bytes = rest.subarray(end + 1);
  try {
    return {
      key: latin1Decode(rest.subarray(0, end)),
      bytes,
      manifest: await runCooperatively(clock, parseManifestSteps(bytes, { videoId })),
    };
  } catch (error) {
    // Another release may have written it. The store has the manifest.
    if (error instanceof ReelwayError) return undefined;
    throw error;
  }
}

const SUM_BYTES = 9;
const SLICE_BYTES = 16_384;

async function checksum(clock: Clock, bytes: Uint8Array): Promise<string> {
  const hash = createHash('crc32c');
  const scheduler = createCooperativeScheduler(clock);
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    hash.update(bytes.subarray(at, at + SLICE_BYTES));
    if (scheduler.isOver()) await scheduler.rest();
  }
  return hash.digest();
}
