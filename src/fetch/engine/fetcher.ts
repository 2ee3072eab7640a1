/** The public operations of the fetcher. All of them start and end in the same way. */
import { type Priority, safeName, type VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { throwIfAborted } from '../../internal/index.js';
import type { FetchWaitOptions } from '../../ports/index.js';
import { manifestKeyOf } from '../../transfer/index.js';
import { combine } from '../combine/combine-video.js';
import { PlaybackSession } from '../read/playback-session.js';
import { loadWhole } from '../schedule/load-video.js';
import type { CombineOptions, FetchReport, LoadOptions, VideoFetcher, VideoFetcherOptions, VideoSession } from '../types.js';
import { ActiveVideo } from '../video/active-video.js';
import type { VideoSegments } from '../video/video-segments.js';
import { createFetcherParts, type FetcherParts } from './fetcher-parts.js';

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low'];
const EXTENSIONS: Readonly<Record<string, string>> = { 'video/mp4': '.mp4', 'video/quicktime': '.mov', 'video/webm': '.webm' };

/**
 * A fetcher. It touches nothing until it is first used. One fetcher at a time for each scope and directory.
 * @throws {ReelwayError} INVALID_CONFIG with `context.field`
 */
export function createVideoFetcher(options: VideoFetcherOptions): VideoFetcher {
  return new Fetcher(createFetcherParts(options));
}

class Fetcher implements VideoFetcher {
  readonly on: VideoFetcher['on'];
  private readonly parts: FetcherParts;
  private readonly videos = new Map<string, ActiveVideo>();
  private readonly sessions = new Set<PlaybackSession>();
  private started: Promise<void> | undefined;
  /** Sessions and loads so far. */
  private number = 0;

  constructor(parts: FetcherParts) {
    this.parts = parts;
    this.on = parts.events.on;
  }

  prepareVideo(videoUrl: string | undefined, videoId: string, options: FetchWaitOptions = {}): Promise<VideoManifest> {
    const { operations, manifestCache, cache } = this.parts;
    return operations.run(options.signal, async (signal) => {
      const key = manifestKeyOf(videoUrl, videoId);
      await this.start();
      const segments = await manifestCache.prepare(key, videoId, signal);
      await cache.saveLastUsed();
      return segments.manifest;
    });
  }

  startIntelligentLoading(manifest: VideoManifest, options: LoadOptions = {}): Promise<void> {
    const { priority = 'normal' } = options;
    if (!PRIORITIES.includes(priority)) return Promise.reject(new TypeError(`Not a priority: ${String(priority)}`));
    return this.parts.operations.run(options.signal, async (signal) => {
      await this.start();
      await this.using(this.parts.manifestCache.of(manifest), (video) => {
        this.number += 1;
        return loadWhole(this.parts, { video, priority, number: this.number, signal });
      });
    });
  }

  open(videoId: string, options: FetchWaitOptions = {}): Promise<VideoSession> {
    const { operations, manifestCache, cache, buffers, scheduler, segmentReader } = this.parts;
    return operations.run(options.signal, async (signal) => {
      manifestKeyOf(undefined, videoId);
      await this.start();
      const segments = await manifestCache.find(videoId, signal);
      return this.using(segments, async (video) => {
        throwIfAborted(signal);
        this.number += 1;
        const onClosed = async (): Promise<void> => {
          this.sessions.delete(session);
          this.forgetIdle();
          await cache.saveLastUsed();
        };
        const session = new PlaybackSession({
          video,
          cache,
          buffers,
          scheduler,
          operations,
          reader: segmentReader,
          number: this.number,
          onClosed,
        });
        this.sessions.add(session);
        return session;
      });
    });
  }

  combineSegments(videoId: string, options: CombineOptions = {}): Promise<string> {
    const { operations, manifestCache, cache, scheduler } = this.parts;
    return operations.run(options.signal, async (signal) => {
      manifestKeyOf(undefined, videoId);
      await this.start();
      const segments = await manifestCache.find(videoId, signal);
      const outputPath = options.outputPath ?? (await this.defaultOutput(segments));
      await this.using(segments, async (video) => {
        throwIfAborted(signal);
        cache.touch(video.cached);
        scheduler.countCombining(1);
        try {
          await combine(this.parts, video, outputPath, signal);
        } finally {
          scheduler.countCombining(-1);
        }
      });
      return outputPath;
    });
  }

  report(): FetchReport {
    const { reader, cache, buffers, limiter } = this.parts;
    return { ...reader.counters, cacheBytes: cache.usedBytes, peakBufferBytes: buffers.peakBytes, concurrency: limiter.limit };
  }

  cleanup(): Promise<void> {
    return this.end(async () => {
      // Also the files that could not be removed before.
      await this.parts.partials.sweep();
      await this.parts.cache.shrink();
      await this.parts.cache.saveLastUsed();
    });
  }

  erase(): Promise<void> {
    const { cache, partials, manifestCache, fileSystem, outputs } = this.parts;
    return this.end(async () => {
      this.started = undefined;
      manifestCache.clear();
      await partials.sweep();
      await cache.erase();
      await fileSystem.remove(outputs);
    });
  }

  /** Reads the cache directory once. A start that failed is tried again at the next call. */
  private start(): Promise<void> {
    const { cache, partials } = this.parts;
    this.started ??= cache
      .open()
      .then(() => partials.sweep())
      .catch((error: unknown) => {
        this.started = undefined;
        throw error;
      });
    return this.started;
  }

  private end(last: () => Promise<void>): Promise<void> {
    const { operations, scheduler, buffers } = this.parts;
    const reason = new ReelwayError('ENGINE_STOPPED', { message: 'The fetcher was cleaned up' });
    const stop = async (): Promise<void> => {
      for (const video of this.videos.values()) video.failLoads(reason);
      await scheduler.stop(reason);
    };
    return operations.end(reason, stop, async () => {
      for (const session of [...this.sessions]) await session.close();
      for (const video of [...this.videos.values()]) this.forget(video);
      buffers.trim();
      await last();
    });
  }

  /** Runs an operation on a video, and then drops the videos that are not used any more. */
  private async using<T>(segments: VideoSegments, run: (video: ActiveVideo) => Promise<T>): Promise<T> {
    const video = await this.activate(segments);
    try {
      return await run(video);
    } finally {
      video.users -= 1;
      this.forgetIdle();
      await this.parts.cache.saveLastUsed();
    }
  }

  /** The one `ActiveVideo` of a video in use. The caller counts as a user until it decrements `users`. */
  private async activate(segments: VideoSegments): Promise<ActiveVideo> {
    const { cache, clock } = this.parts;
    const { videoId, build } = segments;
    for (;;) {
      const known = this.videos.get(videoId);
      if (known?.segments.build === build) {
        known.users += 1;
        return known;
      }
      if (known !== undefined && !known.isIdle) throw otherUpload(videoId);
      if (known !== undefined) this.forget(known);
      const cached = await cache.adopt(segments);
      // Another call may have made it while files of another upload were removed.
      if (this.videos.has(videoId)) cache.release(cached);
      else this.videos.set(videoId, new ActiveVideo(segments, cached, clock));
    }
  }

  private forget(video: ActiveVideo): void {
    this.videos.delete(video.segments.videoId);
    this.parts.cache.release(video.cached);
  }

  private forgetIdle(): void {
    for (const video of [...this.videos.values()]) {
      if (video.isIdle) this.forget(video);
    }
  }

  private async defaultOutput(segments: VideoSegments): Promise<string> {
    const { fileSystem, outputs } = this.parts;
    await fileSystem.makeDirectory(outputs);
    return `${outputs}/${safeName(segments.videoId)}${EXTENSIONS[segments.manifest.source.contentType] ?? '.bin'}`;
  }
}

function otherUpload(videoId: string): ReelwayError {
  return new ReelwayError('INVALID_STATE', { message: 'Another upload of this video is being played or loaded', context: { videoId } });
}
