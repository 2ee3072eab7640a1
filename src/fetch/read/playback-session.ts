/** One video being played: its bytes as soon as they are here and checked, wherever the play head jumps. */
import { type ByteRange, mergeRanges, type VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { createAbortHandle, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { diskCorruptionError, type FetchWaitOptions } from '../../transfer/index.js';
import { type Buffers, MANIFEST, type VideoCache } from '../cache/index.js';
import type { OperationScope } from '../operations.js';
import type { FetchScheduler } from '../schedule/fetch-scheduler.js';
import type { VideoSession } from '../types.js';
import type { ActiveReader, ActiveSession, ActiveVideo } from '../video/active-video.js';
import { type CachedSegmentReader, copy } from './cached-segment-reader.js';

/** Bytes behind the play head that a session fetches before they are asked for. */
const AHEAD_BYTES = 4_194_304;
/** Times that one read believes the disk, which may keep spoiling what is put on it. */
const MAX_ROUNDS = 3;

/** What a session works with. */
export interface SessionParts {
  readonly video: ActiveVideo;
  readonly cache: VideoCache;
  readonly buffers: Buffers;
  readonly reader: CachedSegmentReader;
  readonly scheduler: FetchScheduler;
  /** Counts up with each session. */
  readonly number: number;
  readonly operations: OperationScope;
  readonly onClosed: () => Promise<void>;
}

/** A session and its hand for the fetcher. */
export class PlaybackSession implements VideoSession {
  readonly videoId: string;
  readonly manifest: VideoManifest;
  private readonly parts: SessionParts;
  private readonly head: ActiveReader = { head: 0, until: 0 };
  private readonly session: ActiveSession;
  private readonly closing;
  private closed: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    const { video } = parts;
    this.parts = parts;
    this.videoId = video.segments.videoId;
    this.manifest = video.segments.manifest;
    this.closing = createAbortHandle(parts.operations.signal);
    this.session = { number: parts.number, readers: [this.head] };
    video.sessions.push(this.session);
    parts.cache.countSession(video.cached, 1);
    parts.cache.touch(video.cached);
    parts.scheduler.add(video);
  }

  async ready(options: FetchWaitOptions = {}): Promise<void> {
    await this.within(options, async (signal) => {
      await Promise.all(this.parts.video.opening.map((index) => this.ensureChecked(index, signal)));
    });
  }

  async readInto(buffer: Uint8Array, position: number, options: FetchWaitOptions = {}): Promise<number> {
    if (!Number.isSafeInteger(position) || position < 0) throw new TypeError(`A position is a whole number from 0, not ${position}`);
    return this.within(options, async (signal) => {
      const { segments } = this.parts.video;
      if (position >= segments.sizeBytes || buffer.length === 0) return 0;
      const index = segments.indexAt(position);
      this.moveTo(index, position);
      return this.read(index, buffer, position - segments.rangeOf(index).start, signal);
    });
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
    this.closing.abort(new ReelwayError('INVALID_STATE', { message: 'The session is closed', context: { videoId: this.videoId } }));
    video.sessions.splice(video.sessions.indexOf(this.session), 1);
    cache.countSession(video.cached, -1);
    if (video.sessions.length === 0) buffers.forget(video.cached.key);
    scheduler.reconcile();
    await onClosed();
  }

  private async read(index: number, target: Uint8Array, offset: number, signal: AbortSignalLike): Promise<number> {
    const { video, scheduler } = this.parts;
    for (let round = 0; ; round += 1) {
      const length = round < MAX_ROUNDS ? await this.readHere(index, target, offset, signal) : 0;
      if (length > 0) return length;
      let taken = 0;
      const how = await scheduler.wait(video, index, signal, (bytes) => {
        taken = copy(bytes, target, offset);
      });
      if (how === 'taken') return taken;
      if (round >= MAX_ROUNDS) throw this.corruptInCache(index);
    }
  }

  /** Reads what is in memory or in the cache; 0 where it is not there. */
  private async readHere(index: number, target: Uint8Array, offset: number, signal: AbortSignalLike): Promise<number> {
    const { video, buffers, reader } = this.parts;
    const held = buffers.peek(video.cached.key, index);
    if (held !== undefined) return copy(held, target, offset);
    if (!video.cached.sizes.has(index)) return 0;
    const length = await reader.readInto(video, index, target, offset, signal);
    throwIfAborted(signal);
    return length;
  }

  private async ensureChecked(index: number, signal: AbortSignalLike): Promise<void> {
    const { video, reader, scheduler } = this.parts;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (await reader.check(video, index, signal)) return;
      throwIfAborted(signal);
      await scheduler.wait(video, index, signal);
    }
    throw this.corruptInCache(index);
  }

  private corruptInCache(index: number): ReelwayError {
    return diskCorruptionError(this.videoId, this.parts.video.segments.segmentIndexOf(index));
  }

  /** The play head is here: what follows is fetched next. */
  private moveTo(index: number, position: number): void {
    const { video, scheduler } = this.parts;
    const { segments } = video;
    const until = segments.indexAt(Math.min(position + AHEAD_BYTES, segments.sizeBytes - 1)) + 1;
    if (index === this.head.head && until === this.head.until) return;
    this.head.head = index;
    this.head.until = until;
    scheduler.reconcile();
  }

  /** Runs under the caller's signal and the session's own. */
  private within<T>(options: FetchWaitOptions, run: (signal: AbortSignalLike) => Promise<T>): Promise<T> {
    return this.parts.operations.run(options.signal, async (signal) => {
      const source = createAbortHandle(this.closing.signal, signal);
      try {
        throwIfAborted(source.signal);
        return await run(source.signal);
      } finally {
        source.dispose();
      }
    });
  }
}
