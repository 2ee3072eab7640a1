/**
 * Brings all parts of a video into one file, in order, through a few buffers: each part is fetched or read ahead of its
 * turn, judged by its hash, and only then written. The file has a temporary name until its last byte is durable.
 */
import { FRAGMENT_BYTES } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { createAbortSource, throwIfAborted } from '../../internal/index.js';
import type { AbortSignalLike, FileSystem, WriteHandle } from '../../ports/index.js';
import { createJudge, judgeGently, spoiledByDisk } from '../../transfer/index.js';
import type { Buffers } from '../cache/index.js';
import { leave, type Seat, type TransferParts, transfer } from '../download/limited-download.js';
import { bufferSink, type PartSink } from '../download/segment-download.js';
import type { PartReader } from '../read/cached-segment-reader.js';
import type { Pump } from '../schedule/fetch-scheduler.js';
import type { ActiveVideo } from '../video/active-video.js';
import { type Partials, spoolPath } from './partial-files.js';

/** A sweep knows the files of so many large parts, see `spoolPath`. */
const MAX_DEPTH = 16;

/** What an assembler works with. */
export interface AssemblerParts extends TransferParts {
  readonly fileSystem: FileSystem;
  readonly buffers: Buffers;
  readonly partReader: PartReader;
  readonly partials: Partials;
  readonly pump: Pump;
}

/** A part ahead of its turn: checked, in a buffer or in a file of its own. */
type Ahead =
  | { readonly isOk: true; readonly index: number; readonly buffer: Uint8Array; readonly length: number; readonly spool?: string }
  | { readonly isOk: false; readonly error: unknown };

/** Makes the file; resolves when it is durable under its name. */
export async function combine(parts: AssemblerParts, video: ActiveVideo, outputPath: string, signal: AbortSignalLike): Promise<void> {
  await refuseOther(parts.fileSystem, outputPath);
  const partial = await parts.partials.begin(outputPath);
  try {
    throwIfAborted(signal);
    const handle = await parts.fileSystem.create(partial.path);
    try {
      await new Assembly(parts, video, handle, partial.path, signal).run();
    } finally {
      // Durable before it gets its name; after a failure there is nothing worth keeping.
      await handle.close();
    }
    throwIfAborted(signal);
    await parts.fileSystem.rename(partial.path, outputPath);
  } finally {
    await partial.end();
  }
}

/** What is no file would refuse the rename only after everything was fetched. */
async function refuseOther(fileSystem: FileSystem, path: string): Promise<void> {
  const info = await fileSystem.stat(path);
  if (info === undefined || info.kind === 'file') return;
  throw new ReelwayError('FILE_UNREADABLE', { message: `${path} is no file, so no video can take its place`, context: { path } });
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
    this.source = createAbortSource(signal);
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

  /** Parts under way at once. Where something is played or loaded meanwhile, buffers are left for that. */
  private depth(): number {
    const { buffers, pump } = this.parts;
    return Math.max(1, Math.min(MAX_DEPTH, pump.isBusy ? buffers.count - 2 : buffers.count));
  }

  /** Buffers are asked for in the order of the parts, so the one whose turn it is always has one. */
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
    const { partReader } = this.parts;
    const { signal } = this.source;
    const part = this.video.view.partAt(index);
    if (part.sizeBytes > FRAGMENT_BYTES) return { isOk: true, index, buffer, length: 0, spool: await this.spool(index) };
    throwIfAborted(signal);
    if (!(await partReader.readWhole(this.video, index, part, buffer))) {
      throwIfAborted(signal);
      await this.download(index, bufferSink(buffer.subarray(0, part.sizeBytes)));
    }
    return { isOk: true, index, buffer, length: part.sizeBytes };
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

  /** Gives the buffer back and removes the file, if any. */
  private async drop(next: Ahead): Promise<void> {
    if (!next.isOk) return;
    this.parts.buffers.release(next.buffer);
    if (next.spool !== undefined) await this.parts.fileSystem.remove(next.spool);
  }

  /** A large part lies in a file of its own until it is judged: the output cannot be unwritten. */
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

  /** Judged once more on its way from the disk; a disk that spoils it spoils the output, which is then given up. */
  private async copy(path: string, index: number, buffer: Uint8Array): Promise<void> {
    const { fileSystem, reader } = this.parts;
    const { view } = this.video;
    const judge = createJudge(view.partAt(index), reader.hashes);
    const handle = await fileSystem.open(path);
    try {
      for (let position = 0; ; ) {
        const length = await handle.readInto(buffer, position);
        if (length === 0) break;
        const bytes = buffer.subarray(0, length);
        await judgeGently(judge, bytes, reader.clock);
        await this.handle.write(bytes);
        position += length;
      }
    } finally {
      await handle.close();
    }
    if (!judge.isIntact()) throw spoiledByDisk(view.videoId, view.segmentIndexOf(index));
  }

  private async download(index: number, sink: PartSink): Promise<void> {
    const seat: Seat = {};
    try {
      await transfer(this.parts, { video: this.video, index, sink, seat, signal: this.source.signal });
    } finally {
      leave(seat);
    }
  }
}

function fileSink(fileSystem: FileSystem, path: string): PartSink & { close(): Promise<void>; restart(): Promise<void> } {
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
