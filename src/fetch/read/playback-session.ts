/** One video being played: it protects the video in the cache, fetches the opening first, and has readers. */
import { type ByteRange, mergeRanges, type VideoManifest } from '../../core/index.js';
import { throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, FetchWaitOptions, VideoReader, VideoSession } from '../../ports/index.js';
import { MANIFEST, type VideoCache } from '../cache/index.js';
import type { ActiveSession } from '../video/active-video.js';
import { type Closing, corruptInCache, createClosing, MAX_ROUNDS, type ReaderParts, SessionReader } from './session-reader.js';

/** What a session works with. */
export interface SessionParts extends ReaderParts {
  readonly cache: VideoCache;
  /** Increases with each session and load. */
  readonly number: number;
  readonly onClosed: () => Promise<void>;
}

/** A {@link VideoSession} of the fetcher. */
export class PlaybackSession implements VideoSession {
  readonly videoId: string;
  readonly manifest: VideoManifest;
  private readonly parts: SessionParts;
  private readonly session: ActiveSession;
  private readonly closing: Closing;
  private readonly defaultReader: VideoReader;
  private closed: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    const { video, cache, operations, scheduler } = parts;
    this.parts = parts;
    this.videoId = video.segments.videoId;
    this.manifest = video.segments.manifest;
    this.closing = createClosing(this.videoId, operations.signal, operations);
    this.session = { number: parts.number, readers: [] };
    this.defaultReader = this.openReader();
    video.sessions.push(this.session);
    cache.countSession(video.cached, 1);
    cache.touch(video.cached);
    scheduler.add(video);
  }

  async ready(options: FetchWaitOptions = {}): Promise<void> {
    await this.closing.within(options, async (signal) => {
      await Promise.all(this.parts.video.opening.map((index) => this.ensureChecked(index, signal)));
    });
  }

  readInto(buffer: Uint8Array, position: number, options?: FetchWaitOptions): Promise<number> {
    return this.defaultReader.readInto(buffer, position, options);
  }

  openReader(): VideoReader {
    return new SessionReader(this.parts, this.session, this.closing.signal);
  }

  cachedRanges(): readonly ByteRange[] {
    const { video } = this.parts;
    const indices = [...video.cached.sizes.keys()].filter((index) => index !== MANIFEST);
    return mergeRanges(indices.map((index) => video.rangeOf(index)));
  }

  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    const { video, cache, buffers, scheduler, onClosed } = this.parts;
    this.closing.abort('session');
    video.sessions.splice(video.sessions.indexOf(this.session), 1);
    cache.countSession(video.cached, -1);
    if (video.sessions.length === 0) buffers.forget(video.cached.key);
    scheduler.reconcile();
    await onClosed();
  }

  private async ensureChecked(index: number, signal: AbortSignalLike): Promise<void> {
    const { video, reader, scheduler } = this.parts;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (await reader.check(video, index, signal)) return;
      throwIfAborted(signal);
      await scheduler.wait(video, index, signal);
    }
    throw corruptInCache(video, index);
  }
}
