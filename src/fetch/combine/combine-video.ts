/**
 * Writes all segments of a video into one file, in order, through a few buffers. Each segment is fetched or read ahead of its
 * turn, checked by its hash, and then written. The file has a temporary name until its last byte is durable.
 */
import { MAX_SEGMENT_BYTES } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { createAbortHandle, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, FileSystem, WriteHandle } from '../../ports/index.js';
import { createChecksumVerifier, diskCorruptionError } from '../../transfer/index.js';
import type { Buffers } from '../cache/index.js';
import { type LimitedDownloadParts, releaseSlot, runLimitedDownload, type SlotHolder } from '../download/limited-download.js';
import { bufferSink, type SegmentSink } from '../download/segment-download.js';
import type { CachedSegmentReader } from '../read/cached-segment-reader.js';
import type { FetchScheduler } from '../schedule/fetch-scheduler.js';
import type { ActiveVideo } from '../video/active-video.js';
import { type Partials, spoolPath } from './partial-files.js';

/** A sweep finds the files of this many large segments, see `spoolPath`. */
const MAX_DEPTH = 16;

/** What a combination works with. */
export interface AssemblerParts extends LimitedDownloadParts {
  readonly fileSystem: FileSystem;
  readonly buffers: Buffers;
  readonly segmentReader: CachedSegmentReader;
  readonly partials: Partials;
  readonly scheduler: FetchScheduler;
}

/** A segment ahead of its turn: checked, in a buffer or in a file of its own. */
type Ahead =
  | { readonly isOk: true; readonly index: number; readonly buffer: Uint8Array; readonly length: number; readonly spool?: string }
  | { readonly isOk: false; readonly error: unknown };

/** Resolves when the file is durable under its name. */
export async function combine(parts: AssemblerParts, video: ActiveVideo, outputPath: string, signal: AbortSignalLike): Promise<void> {
  const target = await targetOf(parts.fileSystem, outputPath);
  await refuseOther(parts.fileSystem, target);
  const partial = await parts.partials.begin(target);
  try {
    throwIfAborted(signal);
    const handle = await parts.fileSystem.create(partial.path, { replaces: target });
    try {
      await new Assembly(parts, video, handle, partial.path, signal).run();
    } finally {
      // It is durable before it gets its name. After a failure it is removed.
      await handle.close();
    }
    throwIfAborted(signal);
    await parts.fileSystem.rename(partial.path, target);
  } finally {
    await partial.end();
  }
}

/** The file that the output replaces: a link's target, by a path that stays valid in the record of the partial file. */
async function targetOf(fileSystem: FileSystem, outputPath: string): Promise<string> {
  const path = (await fileSystem.absolutePath?.(outputPath)) ?? outputPath;
  return (await fileSystem.linkTarget?.(path)) ?? path;
}

/** Otherwise the rename would fail after all segments were fetched. */
async function refuseOther(fileSystem: FileSystem, path: string): Promise<void> {
  const info = await fileSystem.stat(path);
  if (info === undefined || info.kind === 'file') return;
  throw new ReelwayError('FILE_UNREADABLE', {
    message: `Cannot replace the output path: expected a file or nothing, got another kind`,
    context: { path },
  });
}

class Assembly {
  private readonly parts: AssemblerParts;
  private readonly video: ActiveVideo;
  private readonly handle: WriteHandle;
  private readonly path: string;
  private readonly source;

  constructor(parts: AssemblerParts, video: ActiveVideo, handle: WriteHandle, path: string, signal: AbortSignalLike) {
    this.parts = parts;
    this.video = video;
    this.handle = handle;
    this.path = path;
    this.source = createAbortHandle(signal);
  }

  async run(): Promise<void> {
    const ahead: Promise<Ahead>[] = [];
    try {
      for (let index = 0; index < this.video.count || ahead.length > 0; ) {
        while (index < this.video.count && ahead.length < this.depth()) {
          ahead.push(this.bring(index));
          index += 1;
        }
        await this.write(await (ahead.shift() as Promise<Ahead>));
      }
    } finally {
      this.source.abort();
      for (const rest of await Promise.all(ahead)) await this.drop(rest);
      this.source.dispose();
    }
  }

  /** Segments ahead at once. While a video is played or loaded, two buffers are left for that. */
  private depth(): number {
    const { buffers, scheduler } = this.parts;
    return Math.max(1, Math.min(MAX_DEPTH, scheduler.isBusy ? buffers.count - 2 : buffers.count));
  }

  /** Buffers are acquired in the order of the segments, so that the segment whose turn it is has one. */
  private async bring(index: number): Promise<Ahead> {
    const { buffers } = this.parts;
    const { signal } = this.source;
    try {
      const buffer = await buffers.acquire(signal);
      try {
        return await this.fill(index, buffer);
      } catch (error) {
        buffers.release(buffer);
        throw error;
      }
    } catch (error) {
      return { isOk: false, error };
    }
  }

  private async fill(index: number, buffer: Uint8Array): Promise<Ahead> {
    const { segmentReader } = this.parts;
    const { signal } = this.source;
    const segment = this.video.segments.segmentAt(index);
    if (segment.sizeBytes > MAX_SEGMENT_BYTES) return { isOk: true, index, buffer, length: 0, spool: await this.spool(index) };
    throwIfAborted(signal);
    if (!(await segmentReader.readWhole(this.video, index, segment, buffer))) {
      throwIfAborted(signal);
      await this.download(index, bufferSink(buffer.subarray(0, segment.sizeBytes)));
    }
    return { isOk: true, index, buffer, length: segment.sizeBytes };
  }

  private async write(next: Ahead): Promise<void> {
    if (!next.isOk) throw next.error;
    try {
      throwIfAborted(this.source.signal);
      if (next.spool === undefined) await this.handle.write(next.buffer.subarray(0, next.length));
      else await this.copy(next.spool, next.index, next.buffer);
    } finally {
      await this.drop(next);
    }
  }

  /** Releases the buffer and removes the file, if any. */
  private async drop(next: Ahead): Promise<void> {
    if (!next.isOk) return;
    this.parts.buffers.release(next.buffer);
    if (next.spool !== undefined) await this.parts.fileSystem.remove(next.spool);
  }

  /** Downloads a large segment into a file of its own, since bytes of the output cannot be taken back. */
  private async spool(index: number): Promise<string> {
    const path = spoolPath(this.path, index);
    const sink = fileSink(this.parts.fileSystem, path);
    try {
      await this.download(index, sink);
      await sink.close();
      return path;
    } catch (error) {
      await sink.restart();
      throw error;
    }
  }

  /** Copies a large segment into the output and checks it again. After damage by the disk the output is dropped. */
  private async copy(path: string, index: number, buffer: Uint8Array): Promise<void> {
    const { fileSystem, reader } = this.parts;
    const { segments } = this.video;
    const verifier = createChecksumVerifier(segments.segmentAt(index), reader.hashes, reader.clock);
    const handle = await fileSystem.open(path);
    try {
      for (let position = 0; ; ) {
        const length = await handle.readInto(buffer, position);
        if (length === 0) break;
        const bytes = buffer.subarray(0, length);
        await verifier.update(bytes);
        await this.handle.write(bytes);
        position += length;
      }
    } finally {
      await handle.close();
    }
    if (!verifier.isIntact()) throw diskCorruptionError(segments.videoId, segments.segmentIndexOf(index));
  }

  private async download(index: number, sink: SegmentSink): Promise<void> {
    const slotHolder: SlotHolder = {};
    try {
      await runLimitedDownload(this.parts, { video: this.video, index, sink, slotHolder, signal: this.source.signal });
    } finally {
      releaseSlot(slotHolder);
    }
  }
}

function fileSink(fileSystem: FileSystem, path: string): SegmentSink & { close(): Promise<void>; restart(): Promise<void> } {
  let handle: WriteHandle | undefined;
  const close = async (): Promise<void> => {
    await handle?.close();
    handle = undefined;
  };
  return {
    write: async (piece) => {
      handle ??= await fileSystem.create(path);
      await handle.write(piece);
    },
    restart: async () => {
      await close();
      await fileSystem.remove(path);
    },
    close,
  };
}
