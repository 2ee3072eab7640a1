/** A play head of a session: it reads checked bytes as soon as they are on the device, and moves its read-ahead with each read. */
import { ReelwayError } from '../../errors/index.js';
import { createAbortHandle, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, FetchWaitOptions, VideoReader } from '../../ports/index.js';
import { diskCorruptionError } from '../../transfer/index.js';
import type { Buffers } from '../cache/index.js';
import type { OperationScope } from '../operations.js';
import type { FetchScheduler } from '../schedule/fetch-scheduler.js';
import type { ActiveReader, ActiveSession, ActiveVideo } from '../video/active-video.js';
import { type CachedSegmentReader, copy } from './cached-segment-reader.js';

/** Bytes behind the play head that a reader fetches before they are asked for. */
const AHEAD_BYTES = 4_194_304;
/** Times that one read tries the disk, which may corrupt what is written to it. */
export const MAX_ROUNDS = 3;

/** What readers work with. */
export interface ReaderParts {
  readonly video: ActiveVideo;
  readonly buffers: Buffers;
  readonly reader: CachedSegmentReader;
  readonly scheduler: FetchScheduler;
  readonly operations: OperationScope;
}

/** Ends the operations of what is closed. @throws {ReelwayError} INVALID_STATE, by its signal */
export type Closing = ReturnType<typeof createClosing>;

/** A handle that is aborted by `abort`, or with `parent`. */
export function createClosing(videoId: string, parent: AbortSignalLike, operations: OperationScope) {
  const closing = createAbortHandle(parent);
  return {
    signal: closing.signal,
    abort: (what: string): void =>
      closing.abort(new ReelwayError('INVALID_STATE', { message: `The ${what} is closed`, context: { videoId } })),
    /** Runs under the caller's signal and this one. */
    within: <T>(options: FetchWaitOptions, run: (signal: AbortSignalLike) => Promise<T>): Promise<T> =>
      operations.run(options.signal, async (signal) => {
        const source = createAbortHandle(closing.signal, signal);
        try {
          throwIfAborted(source.signal);
          return await run(source.signal);
        } finally {
          source.dispose();
        }
      }),
  };
}

/** One reader of a session. */
export class SessionReader implements VideoReader {
  private readonly parts: ReaderParts;
  private readonly session: ActiveSession;
  private readonly window: ActiveReader = { head: 0, until: 0 };
  private readonly closing: Closing;

  constructor(parts: ReaderParts, session: ActiveSession, sessionSignal: AbortSignalLike) {
    this.parts = parts;
    this.session = session;
    this.closing = createClosing(parts.video.segments.videoId, sessionSignal, parts.operations);
    session.readers.push(this.window);
  }

  async readInto(buffer: Uint8Array, position: number, options: FetchWaitOptions = {}): Promise<number> {
    if (!Number.isSafeInteger(position) || position < 0) throw new TypeError(`A position is a whole number from 0, not ${position}`);
    return this.closing.within(options, async (signal) => {
      const { segments } = this.parts.video;
      if (position >= segments.sizeBytes || buffer.length === 0) return 0;
      const index = segments.indexAt(position);
      this.moveTo(index, position);
      return this.read(index, buffer, position - segments.rangeOf(index).start, signal);
    });
  }

  async close(): Promise<void> {
    const { readers } = this.session;
    const place = readers.indexOf(this.window);
    if (place < 0) return;
    readers.splice(place, 1);
    this.closing.abort('reader');
    this.parts.scheduler.reconcile();
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
      if (round >= MAX_ROUNDS) throw corruptInCache(video, index);
    }
  }

  /** Reads from memory or from the cache; 0 where the segment is in neither. */
  private async readHere(index: number, target: Uint8Array, offset: number, signal: AbortSignalLike): Promise<number> {
    const { video, buffers, reader } = this.parts;
    const held = buffers.peek(video.cached.key, index);
    if (held !== undefined) return copy(held, target, offset);
    if (!video.cached.sizes.has(index)) return 0;
    const length = await reader.readInto(video, index, target, offset, signal);
    throwIfAborted(signal);
    return length;
  }

  /** Moves the play head, and with it the segments to fetch next. */
  private moveTo(index: number, position: number): void {
    const { video, scheduler } = this.parts;
    const { window } = this;
    const { segments } = video;
    const until = segments.indexAt(Math.min(position + AHEAD_BYTES, segments.sizeBytes - 1)) + 1;
    if (index === window.head && until === window.until) return;
    window.head = index;
    window.until = until;
    scheduler.reconcile();
  }
}

/** The error of a segment that stays damaged although it was fetched again. */
export function corruptInCache({ segments }: ActiveVideo, index: number): ReelwayError {
  return diskCorruptionError(segments.videoId, segments.segmentIndexOf(index));
}
