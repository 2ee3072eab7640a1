/**
 * Reads of a media file: small windows, each read once, whatever the order of the fields.
 *
 * A few pages are kept, so that an index of a usual size is read once for all tracks. Memory is bounded by the pages; counts that
 * the file states are never used to allocate. Aborts and rests are done here, since the helpers of `internal` share a file of the
 * package with its event emitter, which would double the size of this door.
 */
import { ReelwayError } from '../../errors/index.js';
import type { AbortSignalLike, Clock, ReadHandle } from '../../ports/index.js';
import { damaged, type Fields } from './fields.js';

/** How {@link createMediaReader} reads. */
export interface MediaReaderOptions {
  /**
   * Says when to rest, so that no stretch of work lasts longer than a few milliseconds; phones and pages need it. Without one, other
   * work has its turn only while a read is under way.
   */
  readonly clock?: Clock;
  /** Ends all work over this reader. */
  readonly signal?: AbortSignalLike;
  /** Bytes of a read, rounded down to a multiple of 4,096 from 4,096 to 65,536; more means fewer round trips over a network. @default 16,384 */
  readonly windowBytes?: number;
}

/** A file open for indexing. It never closes the handle that it was made from. Calls over one reader must not overlap. */
export interface MediaReader {
  /** Bytes of the file, ≥ 0. */
  readonly sizeBytes: number;
  /**
   * From `least` (≤ 65,536) to `most` bytes at `position`: as many as one read brings anyway. @default `most` is `least`
   * @throws {ReelwayError} MEDIA_INVALID behind the end; SOURCE_CHANGED
   */
  window(position: number, least: number, most?: number): Promise<DataView>;
  /** Exactly `length` (≤ 65,536) bytes, and no more are read: for headers that lie far apart. @throws {ReelwayError} as `window` */
  peek(position: number, length: number): Promise<DataView>;
  /** Fills the whole buffer (≤ 524,288 bytes) from `position`. @throws {ReelwayError} SOURCE_CHANGED */
  fill(buffer: Uint8Array, position: number): Promise<void>;
  /** Lets other work have its turn, once this work has lasted for a few milliseconds. Rejects after an abort. */
  rest(): Promise<void>;
}

const WINDOW_BYTES = 16_384;
const MAX_WINDOW_BYTES = 65_536;
/** Milliseconds at a stretch. */
const STRETCH_MS = 3;
/** Bytes of all pages that are kept. */
const CACHE_BYTES = 262_144;

/** Opens a file of `sizeBytes` (≥ 0) for indexing; reads nothing yet. */
export function createMediaReader(file: ReadHandle, sizeBytes: number, options: MediaReaderOptions = {}): MediaReader {
  const { clock, signal } = options;
  const windowBytes = Math.min(options.windowBytes ?? WINDOW_BYTES, MAX_WINDOW_BYTES) & -4_096 || 4_096;
  let sinceMs = clock?.monotonicMs() ?? 0;
  const pages = new Map<number, Uint8Array>();

  const check = (): void => {
    if (signal?.aborted) throw signal.reason ?? new ReelwayError('ABORTED');
  };
  const fill = async (buffer: Uint8Array, position: number): Promise<void> => {
    for (let filled = 0; filled < buffer.length; ) {
      check();
      const length = await file.readInto(buffer.subarray(filled), position + filled);
      if (length <= 0) throw new ReelwayError('SOURCE_CHANGED', { message: `The file ends at byte ${position + filled}` });
      filled += length;
    }
  };
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    if (length > MAX_WINDOW_BYTES || position + length > sizeBytes)
      throw damaged(`Bytes ${position} to ${position + length} are not there`);
    const bytes = new Uint8Array(length);
    await fill(bytes, position);
    return bytes;
  };
  const page = async (start: number): Promise<Uint8Array> => {
    const bytes = pages.get(start) ?? (await read(start, Math.min(windowBytes, sizeBytes - start)));
    // The page that was used last stands last.
    pages.delete(start);
    pages.set(start, bytes);
    for (const oldest of pages.keys()) if (pages.size * windowBytes > CACHE_BYTES) pages.delete(oldest);
    return bytes;
  };
  const window = async (position: number, least: number, most = least): Promise<Fields> => {
    const at = position % windowBytes;
    if (position + least > sizeBytes) throw damaged(`Bytes ${position} to ${position + least} are not there`);
    const bytes = await page(position - at);
    if (at + least <= bytes.length) return fieldsOf(bytes.subarray(at, at + most));
    const joined = new Uint8Array(least);
    joined.set(bytes.subarray(at));
    for (let filled = bytes.length - at; filled < least; filled += windowBytes) {
      joined.set((await page(position + filled)).subarray(0, least - filled), filled);
    }
    return fieldsOf(joined);
  };
  return {
    sizeBytes,
    window,
    fill,
    peek: async (position, length) =>
      pages.has(position - (position % windowBytes)) ? window(position, length) : fieldsOf(await read(position, length)),
    rest: async () => {
      check();
      if (!clock || clock.monotonicMs() - sinceMs < STRETCH_MS) return;
      await new Promise<void>((resolve) => clock.after(0, resolve));
      sinceMs = clock.monotonicMs();
    },
  };
}

function fieldsOf({ buffer, byteOffset, length }: Uint8Array): Fields {
  return new DataView(buffer, byteOffset, length);
}
