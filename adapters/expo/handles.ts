/** Open files of expo-file-system. A handle has one cursor, so calls run one after the other. */
import { MAX_PIECE_BYTES, nativeFailure } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { ReadHandle, WriteHandle } from '../../src/ports/index.js';
import type { ExpoFileHandle } from './lib.js';

/** Runs calls one at a time, in order. */
class SerialCalls {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.last.then(call, call);
    this.last = turn;
    return turn;
  }
}

/** A file open for reading. */
export class ExpoReadHandle implements ReadHandle {
  private readonly handle: ExpoFileHandle;
  private readonly path: string;
  private readonly calls = new SerialCalls();
  private closing: Promise<void> | undefined;

  constructor(handle: ExpoFileHandle, path: string) {
    this.handle = handle;
    this.path = path;
  }

  readInto(buffer: Uint8Array, position: number): Promise<number> {
    if (this.closing !== undefined) return Promise.reject(closed(this.path));
    return this.calls.run(async () => {
      const wanted = Math.min(buffer.length, MAX_PIECE_BYTES);
      if (wanted === 0) return 0;
      const bytes = await this.read(wanted, position);
      if (bytes.length > wanted)
        throw nativeFailure(`Read too many bytes: expected at most ${wanted}, got ${bytes.length}`, { path: this.path });
      buffer.set(bytes);
      return bytes.length;
    });
  }

  close(): Promise<void> {
    this.closing ??= this.calls.run(async () => this.handle.close());
    return this.closing;
  }

  private async read(lengthBytes: number, position: number): Promise<Uint8Array> {
    try {
      this.handle.offset = position;
      return await this.handle.readBytes(lengthBytes);
    } catch (error) {
      throw nativeFailure(error, { path: this.path });
    }
  }
}

export interface ExpoWriteFacts {
  /** Size of the file before the first write. */
  readonly startBytes: number;
  freeBytes(): Promise<number>;
  /** How large the file is now. */
  sizeBytes(): Promise<number>;
}

/** A file open for appending. */
export class ExpoWriteHandle implements WriteHandle {
  private readonly handle: ExpoFileHandle;
  private readonly path: string;
  private readonly facts: ExpoWriteFacts;
  private expectedBytes: number;
  /** After a failed write the length is unknown; the write has reported the error. */
  private failed = false;
  private closing: Promise<void> | undefined;

  constructor(handle: ExpoFileHandle, path: string, facts: ExpoWriteFacts) {
    this.handle = handle;
    this.path = path;
    this.facts = facts;
    this.expectedBytes = facts.startBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.closing !== undefined) throw closed(this.path);
    try {
      await this.handle.writeBytes(bytes);
      this.expectedBytes += bytes.length;
    } catch (error) {
      this.failed = true;
      throw await this.failure(error, bytes.length);
    }
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    try {
      await this.handle.close();
    } catch (error) {
      if (!this.failed) throw await this.failure(error, 1);
    }
    if (this.failed) return;
    const found = await this.facts.sizeBytes();
    const lost = this.expectedBytes - found;
    if (lost !== 0)
      throw await this.failure(`Wrong size after writing: expected ${this.expectedBytes} bytes, got ${found}`, Math.max(0, lost));
  }

  private async failure(error: unknown, writesBytes: number): Promise<ReelwayError> {
    return nativeFailure(error, { path: this.path, writesBytes, freeBytes: await this.facts.freeBytes() });
  }
}

function closed(path: string): ReelwayError {
  return new ReelwayError('FILE_UNREADABLE', { message: 'The handle is closed', context: { path } });
}
