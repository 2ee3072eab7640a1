/** Reads a range of an open file in pieces, through one pooled buffer. */
import type { FileHandle } from 'node:fs/promises';
import { type SpareBuffers, throwIfAborted } from '../../../src/adapter-kit/index.js';
import type { AbortSignalLike, PieceReader } from '../../../src/ports/index.js';

export interface FileStretch {
  /** Owned by the reader, and closed with it. */
  readonly handle: FileHandle;
  /** From this byte, inclusive. */
  readonly start: number;
  /** To this byte, exclusive. */
  readonly end: number;
  readonly signal?: AbortSignalLike | undefined;
  /** Converts the error of a failed read. */
  readonly translate: (error: unknown) => unknown;
}

/** All pieces are views of one buffer of the pool; it is returned when no read is under way. */
export function fileReader(stretch: FileStretch, pool: SpareBuffers): PieceReader {
  const { handle, start, end, signal, translate } = stretch;
  let position = start;
  let buffer: Uint8Array | undefined;
  let reading: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  async function read(): Promise<Uint8Array | undefined> {
    throwIfAborted(signal);
    if (closing !== undefined || position >= end) return undefined;
    buffer ??= pool.take();
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - position), position);
    if (bytesRead === 0) throw Object.assign(new RangeError('The file became shorter while it was read'), { code: 'EIO' });
    throwIfAborted(signal);
    position += bytesRead;
    return buffer.subarray(0, bytesRead);
  }

  async function shut(): Promise<void> {
    await reading.catch(() => undefined);
    if (buffer !== undefined) pool.give(buffer);
    buffer = undefined;
    await handle.close();
  }

  return {
    next() {
      const result = read().catch((error: unknown) => {
        throw signal?.aborted === true ? error : translate(error);
      });
      reading = result;
      return result;
    },
    close() {
      closing ??= shut();
      return closing;
    },
  };
}
