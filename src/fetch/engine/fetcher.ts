/** The fetcher as an app sees it: each of its operations, from the same start to the same end. */
import { type Priority, safeName, type VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { throwIfAborted } from '../../internal/index.js';
import { type FetchWaitOptions, manifestKeyOf } from '../../transfer/index.js';
import { combine } from '../combine/combine-video.js';
import { PlaySession } from '../read/playback-session.js';
import { loadWhole } from '../schedule/load-video.js';
import type { CombineOptions, FetchReport, LoadOptions, VideoFetcher, VideoFetcherOptions, VideoSession } from '../types.js';
import { ActiveVideo } from '../video/active-video.js';
import type { VideoView } from '../video/video-segments.js';
import { createEngine, type Engine } from './fetcher-parts.js';

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low'];
const EXTENSIONS: Readonly<Record<string, string>> = { 'video/mp4': '.mp4', 'video/quicktime': '.mov', 'video/webm': '.webm' };

/**
 * A fetcher. It touches nothing until it is first used. One fetcher at a time for each scope and directory.
 * @throws {ReelwayError} INVALID_CONFIG with `context.field`
 */
export function createVideoFetcher(options: VideoFetcherOptions): VideoFetcher {
  return new Fetcher(createEngine(options));
}

class Fetcher implements VideoFetcher {
  readonly on: VideoFetcher['on'];
  private readonly engine: Engine;
  private readonly videos = new Map<string, ActiveVideo>();
  private readonly sessions = new Set<PlaySession>();
  private started: Promise<void> | undefined;
  /** Counts sessions and loads, in the order in which they came. */
  private number = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    this.on = engine.events.on;
  }

  prepareVideo(videoUrl: string | undefined, videoId: string, options: FetchWaitOptions = {}): Promise<VideoManifest> {
    const { operations, library, cache } = this.engine;
    return operations.run(options.signal, async (signal) => {
      const key = manifestKeyOf(videoUrl, videoId);
      await this.start();
      const view = await library.prepare(key, videoId, signal);
      await cache.saveRecency();
      return view.manifest;
    });
  }

  startIntelligentLoading(manifest: VideoManifest, options: LoadOptions = {}): Promise<void> {
    const { priority = 'normal' } = options;
    if (!PRIORITIES.includes(priority)) return Promise.reject(new TypeError(`Not a priority: ${String(priority)}`));
    return this.engine.operations.run(options.signal, async (signal) => {
      await this.start();
      await this.using(this.engine.library.of(manifest), (video) => {
        this.number += 1;
        return loadWhole(this.engine, { video, priority, number: this.number, signal });
      });
    });
  }

  open(videoId: string, options: FetchWaitOptions = {}): Promise<VideoSession> {
    const { operations, library, cache, buffers, pump, partReader } = this.engine;
    return operations.run(options.signal, async (signal) => {
      manifestKeyOf(undefined, videoId);
      await this.start();
      const view = await library.find(videoId, signal);
      return this.using(view, async (video) => {
        throwIfAborted(signal);
        this.number += 1;
        const onClosed = async (): Promise<void> => {
          this.sessions.delete(session);
          this.forgetIdle();
          await cache.saveRecency();
        };
        const session = new PlaySession({ video, cache, buffers, pump, operations, reader: partReader, number: this.number, onClosed });
        this.sessions.add(session);
        return session;
      });
    });
  }

  combineSegments(videoId: string, options: CombineOptions = {}): Promise<string> {
    const { operations, library, cache, pump } = this.engine;
    return operations.run(options.signal, async (signal) => {
      manifestKeyOf(undefined, videoId);
      await this.start();
      const view = await library.find(videoId, signal);
      const outputPath = options.outputPath ?? (await this.defaultOutput(view));
      await this.using(view, async (video) => {
        throwIfAborted(signal);
        cache.touch(video.cached);
        pump.countCombining(1);
        try {
          await combine(this.engine, video, outputPath, signal);
        } finally {
          pump.countCombining(-1);
        }
      });
      return outputPath;
    });
  }

  report(): FetchReport {
    const { reader, cache, buffers, concurrency } = this.engine;
    return { ...reader.counters, cacheBytes: cache.usedBytes, peakBufferBytes: buffers.peakBytes, concurrency: concurrency.limit };
  }

  cleanup(): Promise<void> {
    return this.end(async () => {
      // Also what this life could not remove when it wanted to.
      await this.engine.partials.sweep();
      await this.engine.cache.shrink();
      await this.engine.cache.saveRecency();
    });
  }

  erase(): Promise<void> {
    const { cache, partials, library, fileSystem, outputs } = this.engine;
    return this.end(async () => {
      this.started = undefined;
      library.clear();
      await partials.sweep();
      await cache.erase();
      await fileSystem.remove(outputs);
    });
  }

  /** Reads what is on the device, once; a start that failed is tried again at the next call. */
  private start(): Promise<void> {
    const { cache, partials } = this.engine;
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
    const { operations, pump, buffers } = this.engine;
    const reason = new ReelwayError('ENGINE_STOPPED', { message: 'The fetcher was cleaned up' });
    const stop = async (): Promise<void> => {
      for (const video of this.videos.values()) video.failLoads(reason);
      await pump.stop(reason);
    };
    return operations.end(reason, stop, async () => {
      for (const session of [...this.sessions]) await session.close();
      for (const video of [...this.videos.values()]) this.forget(video);
      buffers.trim();
      await last();
    });
  }

  /** Runs what uses a video, and then forgets videos that nobody uses any more. */
  private async using<T>(view: VideoView, run: (video: ActiveVideo) => Promise<T>): Promise<T> {
    const video = await this.activate(view);
    try {
      return await run(video);
    } finally {
      video.users -= 1;
      this.forgetIdle();
      await this.engine.cache.saveRecency();
    }
  }

  /** The video in use, shared by all who use it; its caller counts as a user from now on. */
  private async activate(view: VideoView): Promise<ActiveVideo> {
    const { cache, clock } = this.engine;
    const { videoId, build } = view;
    for (;;) {
      const known = this.videos.get(videoId);
      if (known?.view.build === build) {
        known.users += 1;
        return known;
      }
      if (known !== undefined && !known.isIdle) throw otherUpload(videoId);
      if (known !== undefined) this.forget(known);
      const cached = await cache.adopt(videoId, build);
      // Somebody else may have been faster while files of another upload were removed.
      if (this.videos.has(videoId)) cache.release(cached);
      else this.videos.set(videoId, new ActiveVideo(view, cached, clock));
    }
  }

  private forget(video: ActiveVideo): void {
    this.videos.delete(video.view.videoId);
    this.engine.cache.release(video.cached);
  }

  private forgetIdle(): void {
    for (const video of [...this.videos.values()]) {
      if (video.isIdle) this.forget(video);
    }
  }

  private async defaultOutput(view: VideoView): Promise<string> {
    const { fileSystem, outputs } = this.engine;
    await fileSystem.makeDirectory(outputs);
    return `${outputs}/${safeName(view.videoId)}${EXTENSIONS[view.manifest.source.contentType] ?? '.bin'}`;
  }
}

function otherUpload(videoId: string): ReelwayError {
  return new ReelwayError('INVALID_STATE', { message: 'Another upload of this video is being played or loaded', context: { videoId } });
}
