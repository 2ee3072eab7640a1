/**
 * Downloads one segment of a video from the store to a sink and checks its hash. Where the store can read ranges, a later
 * attempt continues where the last one ended. After damage it starts again.
 */
import type { ErrorContext, ReelwayError } from '../../errors/index.js';
import {
  type Attempt,
  type AttemptOptions,
  asSegmentError,
  type BlobRequest,
  type ChecksumVerifier,
  corruptSegment,
  createChecksumVerifier,
  isLinkFailure,
  readBlob,
  type StoreReader,
  withAttempts,
} from '../../transfer/index.js';
import type { SegmentLocation } from '../video/video-segments.js';

/** Progress that resets the count of attempts. With less, a store that sends one byte an attempt would never fail. */
const WORTHWHILE_BYTES = 65_536;

/** Takes a segment's bytes in order. */
export interface SegmentSink {
  /** Takes a piece, lent until the promise settles. */
  write(piece: Uint8Array): Promise<void> | void;
  /** Drops its bytes: the next piece is the first one again. */
  restart(): Promise<void> | void;
}

/** How {@link downloadSegment} runs. */
export interface DownloadOptions extends Omit<AttemptOptions, 'translate'> {
  readonly context: ErrorContext;
}

/** Resolves when the sink holds exactly the segment, checked. @throws {ReelwayError} SEGMENT_CORRUPT, SEGMENT_MISSING, the network's codes, the sink's own */
export async function downloadSegment(
  reader: StoreReader,
  segment: SegmentLocation,
  sink: SegmentSink,
  options: DownloadOptions,
): Promise<void> {
  const download = new Download(reader, segment, sink, options);
  await withAttempts(reader, { ...options, translate: (error) => asSegmentError(error, options.context) }, (attempt) =>
    download.run(attempt),
  );
}

class Download {
  private readonly reader: StoreReader;
  private readonly segment: SegmentLocation;
  private readonly sink: SegmentSink;
  private readonly options: DownloadOptions;
  private verifier: ChecksumVerifier;
  /** Bytes that the sink holds. */
  private done = 0;
  /** Whether what the sink holds may be wrong. */
  private isSpoiled = false;

  constructor(reader: StoreReader, segment: SegmentLocation, sink: SegmentSink, options: DownloadOptions) {
    this.reader = reader;
    this.segment = segment;
    this.sink = sink;
    this.options = options;
    this.verifier = createChecksumVerifier(segment, reader.hashes, reader.clock);
  }

  async run(attempt: Attempt): Promise<void> {
    if (this.isSpoiled || (this.done > 0 && !this.reader.blobStore.rangeRead)) await this.restart();
    const before = this.done;
    try {
      // The last attempt may have failed behind the last byte.
      if (this.done < this.segment.sizeBytes || this.segment.sizeBytes === 0) await this.fetch();
      this.conclude();
    } catch (error) {
      // A failure of the link does not damage the bytes before it.
      if (!isLinkFailure(this.reader, error)) this.isSpoiled = true;
      if (this.done - before >= WORTHWHILE_BYTES && !this.isSpoiled) attempt.progressed();
      throw error;
    }
  }

  private async restart(): Promise<void> {
    await this.sink.restart();
    this.done = 0;
    this.verifier = createChecksumVerifier(this.segment, this.reader.hashes, this.reader.clock);
    this.isSpoiled = false;
  }

  private async fetch(): Promise<void> {
    const { segment } = this;
    const request = this.request();
    const blobRange = segment.blobRange;
    let skip = blobRange !== undefined && request.range === undefined ? blobRange.start : 0;
    await readBlob(this.reader, request, {
      opened: (blobBytes) => this.checkBlobSize(blobBytes),
      take: async (piece) => {
        const from = Math.min(skip, piece.length);
        skip -= from;
        if (from < piece.length) await this.take(piece.subarray(from), request);
        return !this.isEnough(request);
      },
    });
    if (this.done < segment.sizeBytes) throw this.corrupt(`has ${this.done} bytes instead of ${segment.sizeBytes}`);
  }

  private request(): BlobRequest {
    const { key, blobRange, sizeBytes } = this.segment;
    const { signal } = this.options;
    const start = blobRange?.start ?? 0;
    const isWhole = blobRange === undefined && this.done === 0;
    if (isWhole || !this.reader.blobStore.rangeRead) return { key, signal };
    return { key, signal, range: { start: start + this.done, end: start + sizeBytes } };
  }

  /** Where the blob is the segment, one more read checks that it ends there. A segment of a larger blob may end before it. */
  private isEnough(request: BlobRequest): boolean {
    return this.done === this.segment.sizeBytes && this.segment.blobRange !== undefined && request.range === undefined;
  }

  private checkBlobSize(blobBytes: number | undefined): void {
    const { blobRange, sizeBytes } = this.segment;
    if (blobBytes === undefined) return;
    if (blobRange === undefined && blobBytes !== sizeBytes) throw this.corrupt(`has ${blobBytes} bytes instead of ${sizeBytes}`);
    if (blobRange !== undefined && blobBytes < blobRange.end)
      throw this.corrupt(`ends at byte ${blobRange.end} of a blob of ${blobBytes} bytes`);
  }

  private async take(piece: Uint8Array, request: BlobRequest): Promise<void> {
    const isCut = this.segment.blobRange !== undefined && request.range === undefined;
    const bytes = isCut ? piece.subarray(0, this.segment.sizeBytes - this.done) : piece;
    if (this.done + bytes.length > this.segment.sizeBytes) throw this.corrupt(`has more than ${this.segment.sizeBytes} bytes`);
    await this.verifier.update(bytes);
    // If the write fails, the length of the sink is unknown.
    this.isSpoiled = true;
    await this.sink.write(bytes);
    this.isSpoiled = false;
    this.done += bytes.length;
  }

  private conclude(): void {
    const { verifier } = this;
    if (verifier.isIntact()) return;
    this.isSpoiled = true;
    throw this.corrupt(`does not match its ${verifier.algorithm} checksum`, 'hash');
  }

  private corrupt(what: string, problem: 'size' | 'hash' = 'size'): ReelwayError {
    return corruptSegment(what, problem, this.options.context);
  }
}

/** Fills a buffer that has exactly the segment's size. */
export function bufferSink(bytes: Uint8Array): SegmentSink {
  let length = 0;
  return {
    write: (piece) => {
      bytes.set(piece, length);
      length += piece.length;
    },
    restart: () => {
      length = 0;
    },
  };
}
