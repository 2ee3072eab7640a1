/**
 * Open files over native calls that carry base64: read slice by slice, until all that was asked for is there, and appended slice
 * by slice. Each native call ends one synchronous stretch of work, and no string is longer than four thirds of a slice.
 */
import { ReelwayError } from '../errors/index.js';
import type { ReadHandle, WriteHandle } from '../ports/index.js';
import type { Base64Codec } from './base64.js';
import { MAX_PIECE_BYTES } from './readers.js';

/** The most bytes in a slice: their base64 has 524,288 characters. */
const MAX_SLICE_BYTES = 393_216;

/** A file that can be read natively. */
export interface Base64Source {
  /** Base64 of at most `lengthBytes` (≥ 1) bytes at `position`; short, empty or a rejection at the end are understood. */
  read(position: number, lengthBytes: number): Promise<string>;
  /** How large the file is now. */
  sizeBytes(): Promise<number>;
  /** What a rejection of `read`, or an answer that makes no sense, is to Reelway. */
  failure(error: unknown): ReelwayError;
  /** Called once. @default nothing */
  close?(): Promise<void>;
}

/** A file that can be appended to natively. */
export interface Base64Target {
  append(base64: string): Promise<unknown>;
  /** How large the file is now. */
  sizeBytes(): Promise<number>;
  /** What a rejection of `append`, or the absence of bytes that it took, is to Reelway. */
  failure(error: unknown, missingBytes: number): Promise<ReelwayError>;
}

/** How both are moved. */
export interface SliceOptions {
  readonly codec: Base64Codec;
  /** Bytes in one native call, a multiple of 3 from 3 to 393,216. */
  readonly sliceBytes: number;
}

/** Checks what an app chose. @throws {TypeError} */
export function requireSliceBytes(sliceBytes: number): number {
  if (Number.isInteger(sliceBytes) && sliceBytes >= 3 && sliceBytes <= MAX_SLICE_BYTES && sliceBytes % 3 === 0) return sliceBytes;
  throw new TypeError(`sliceBytes must be a multiple of 3 from 3 to ${MAX_SLICE_BYTES}, got ${sliceBytes}`);
}

/** Opens for reading a file that has `sizeBytes`. */
export function base64ReadHandle(source: Base64Source, sizeBytes: number, options: SliceOptions): ReadHandle {
  return new Base64ReadHandle(source, sizeBytes, options);
}

/** Opens for writing behind `sizeBytes`, with which the file is there. */
export function base64WriteHandle(target: Base64Target, sizeBytes: number, options: SliceOptions): WriteHandle {
  return new Base64WriteHandle(target, sizeBytes, options);
}

function closed(): ReelwayError {
  return new ReelwayError('FILE_UNREADABLE', { message: 'The handle is closed' });
}

class Base64ReadHandle implements ReadHandle {
  private readonly source: Base64Source;
  private readonly options: SliceOptions;
  private sizeBytes: number;
  private closing: Promise<void> | undefined;

  constructor(source: Base64Source, sizeBytes: number, options: SliceOptions) {
    this.source = source;
    this.sizeBytes = sizeBytes;
    this.options = options;
  }

  async readInto(buffer: Uint8Array, position: number): Promise<number> {
    const wanted = Math.min(buffer.length, MAX_PIECE_BYTES);
    let filled = 0;
    while (filled < wanted) {
      if (this.closing !== undefined) throw closed();
      const left = await this.leftBehind(position + filled, filled > 0);
      if (left <= 0) break;
      const end = Math.min(wanted, filled + left, filled + this.options.sliceBytes);
      const count = await this.readSlice(buffer.subarray(filled, end), position + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  close(): Promise<void> {
    this.closing ??= this.source.close?.() ?? Promise.resolve();
    return this.closing;
  }

  /** A file may have grown since it was opened, but only a read at its end needs the new size. */
  private async leftBehind(position: number, known: boolean): Promise<number> {
    if (position >= this.sizeBytes && !known) this.sizeBytes = await this.source.sizeBytes();
    return this.sizeBytes - position;
  }

  /** 0 only where the file has ended meanwhile. */
  private async readSlice(view: Uint8Array, position: number): Promise<number> {
    const text = await this.readText(view.length, position);
    const count = text === undefined ? 0 : this.options.codec.decodeInto(text, view);
    if (count > view.length) throw this.source.failure(`Expected at most ${view.length} bytes, got ${count}`);
    if (count === 0) await this.requireEnd(position, undefined);
    return count;
  }

  /** `undefined` where the host rejects because the file has ended. */
  private async readText(lengthBytes: number, position: number): Promise<string | undefined> {
    try {
      return await this.source.read(position, lengthBytes);
    } catch (error) {
      await this.requireEnd(position, error);
      return undefined;
    }
  }

  private async requireEnd(position: number, error: unknown): Promise<void> {
    this.sizeBytes = await this.source.sizeBytes();
    if (position < this.sizeBytes) throw this.source.failure(error ?? `No bytes at ${position}`);
  }
}

class Base64WriteHandle implements WriteHandle {
  private readonly target: Base64Target;
  private readonly options: SliceOptions;
  private sizeBytes: number;
  /** After a failed write the length is unknown, and its caller has got the error. */
  private failed = false;
  private closing: Promise<void> | undefined;

  constructor(target: Base64Target, sizeBytes: number, options: SliceOptions) {
    this.target = target;
    this.sizeBytes = sizeBytes;
    this.options = options;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.closing !== undefined) throw closed();
    const { codec, sliceBytes } = this.options;
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      const slice = bytes.subarray(at, at + sliceBytes);
      await this.append(codec.encode(slice), slice.length);
      this.sizeBytes += slice.length;
    }
  }

  close(): Promise<void> {
    this.closing ??= this.failed ? Promise.resolve() : this.requireAll();
    return this.closing;
  }

  private async append(base64: string, lengthBytes: number): Promise<void> {
    try {
      await this.target.append(base64);
    } catch (error) {
      this.failed = true;
      throw await this.target.failure(error, lengthBytes);
    }
  }

  /** Some hosts report a write as done that they could not do. */
  private async requireAll(): Promise<void> {
    const found = await this.target.sizeBytes();
    if (found === this.sizeBytes) return;
    throw await this.target.failure(`Expected a file of ${this.sizeBytes} bytes, got ${found}`, Math.max(0, this.sizeBytes - found));
  }
}
