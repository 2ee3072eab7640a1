/**
 * Reads of a media file: small windows, each read once, whatever the order of the fields.
 *
 * A few pages are kept, so that an index of a usual size is read once for all tracks. Memory is bounded by the pages; counts that
 * the file states are never used to allocate.
 */
import { ReelwayError } from '../errors/index.js';
import { createCooperativeScheduler, systemClock, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike, Clock, ReadHandle } from '../ports/index.js';
import { damaged, Fields } from './fields.js';

/** How {@link createMediaReader} reads. */
export interface MediaReaderOptions {
  /** Decides when to rest, so that no stretch of work lasts longer than a few milliseconds. @default the host's own clock */
  readonly clock?: Clock;
  /** Ends all work over this reader. */
  readonly signal?: AbortSignalLike;
  /** Bytes of a read, an integer from 4,096 to 65,536; more over a network means fewer round trips. @default 16,384 */
  readonly windowBytes?: number;
}

/** A file open for indexing. It never closes the handle that it was made from. Calls over one reader must not overlap. */
export interface MediaReader {
  /** Bytes of the file, ≥ 0. */
  readonly sizeBytes: number;
  /** Exactly `length` (≤ 65,536) bytes at `position`, unchanged for ever. @throws {ReelwayError} MEDIA_INVALID behind the end; SOURCE_CHANGED */
  read(position: number, length: number): Promise<Fields>;
  /** From `least` to `most` bytes at `position`: as many as one read brings anyway. @throws {ReelwayError} MEDIA_INVALID, SOURCE_CHANGED */
  window(position: number, least: number, most: number): Promise<Fields>;
  /** As `read`, but reads no more than these bytes: for headers that lie far apart. @throws {ReelwayError} MEDIA_INVALID, SOURCE_CHANGED */
  peek(position: number, length: number): Promise<Fields>;
  /** Fills the whole buffer (≤ 524,288 bytes) from `position`. @throws {ReelwayError} SOURCE_CHANGED */
  fill(buffer: Uint8Array, position: number): Promise<void>;
  /** Lets other work have its turn, once this work has lasted for a few milliseconds. Rejects after an abort. */
  rest(): Promise<void>;
}

const WINDOW_BYTES = 16_384;
const MAX_WINDOW_BYTES = 65_536;
/** Bytes of all pages that are kept. */
const CACHE_BYTES = 262_144;

/** Opens a file of `sizeBytes` (≥ 0) for indexing; reads nothing yet. @throws {ReelwayError} INVALID_CONFIG */
export function createMediaReader(file: ReadHandle, sizeBytes: number, options: MediaReaderOptions = {}): MediaReader {
  const { clock = systemClock(), signal, windowBytes = WINDOW_BYTES } = options;
  assertWindow(windowBytes);
  const scheduler = createCooperativeScheduler(clock);
  const pages = new Map<number, Uint8Array>();

  const fill = async (buffer: Uint8Array, position: number): Promise<void> => {
    for (let filled = 0; filled < buffer.length; ) {
      throwIfAborted(signal);
      const length = await file.readInto(buffer.subarray(filled), position + filled);
      if (length <= 0) throw new ReelwayError('SOURCE_CHANGED', { message: `The file ends at byte ${position + filled}` });
      filled += length;
    }
  };
  const page = async (number: number): Promise<Uint8Array> => {
    const start = number * windowBytes;
    let bytes = pages.get(number);
    pages.delete(number);
    if (bytes === undefined) {
      bytes = new Uint8Array(Math.min(windowBytes, sizeBytes - start));
      await fill(bytes, start);
    }
    pages.set(number, bytes);
    for (const oldest of pages.keys()) if (pages.size * windowBytes > CACHE_BYTES) pages.delete(oldest);
    return bytes;
  };
  const window = async (position: number, least: number, most: number): Promise<Fields> => {
    assertInside(position, least, sizeBytes);
    const first = Math.floor(position / windowBytes);
    const at = position - first * windowBytes;
    const bytes = await page(first);
    if (bytes.length - at >= least) return new Fields(bytes.subarray(at, at + most));
    const joined = new Uint8Array(least);
    joined.set(bytes.subarray(at));
    for (let filled = bytes.length - at, number = first + 1; filled < least; number++) {
      const next = await page(number);
      joined.set(next.subarray(0, least - filled), filled);
      filled += next.length;
    }
    return new Fields(joined);
  };
  return {
    sizeBytes,
    window,
    fill,
    read: (position, length) => window(position, length, length),
    peek: async (position, length) => {
      if (pages.has(Math.floor(position / windowBytes))) return window(position, length, length);
      assertInside(position, length, sizeBytes);
      const bytes = new Uint8Array(length);
      await fill(bytes, position);
      return new Fields(bytes);
    },
    rest: async () => {
      throwIfAborted(signal);
      if (scheduler.isOver()) await scheduler.rest();
    },
  };
}

function assertWindow(windowBytes: number): void {
  if (!Number.isInteger(windowBytes) || windowBytes < 4_096 || windowBytes > MAX_WINDOW_BYTES) {
    const message = `windowBytes must be from 4096 to ${MAX_WINDOW_BYTES}, not ${windowBytes}`;
    throw new ReelwayError('INVALID_CONFIG', { message, context: { field: 'windowBytes' } });
  }
}

function assertInside(position: number, length: number, sizeBytes: number): void {
  if (!(position >= 0 && length >= 0 && length <= MAX_WINDOW_BYTES && position + length <= sizeBytes)) {
    throw damaged(`${length} bytes at ${position} are not in the file (${sizeBytes} bytes)`);
  }
}
