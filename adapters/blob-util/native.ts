/** The native calls, with workarounds for each platform. All paths here are plain: only those are used verbatim. */
import { type FailureFacts, nativeFailure, parentOf } from '../../src/adapter-kit/index.js';
import type { ByteRange } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { FileInfo } from '../../src/ports/index.js';
import type { BlobUtilFs } from './lib.js';

/** Android counts the bytes of a slice in 32 bits. */
const MAX_SLICE_RANGE_BYTES = 2_147_483_647;

export class BlobUtilNative {
  readonly fs: BlobUtilFs;

  constructor(fs: BlobUtilFs) {
    this.fs = fs;
  }

  /** `undefined` for a missing path. The module rejects without a code, so `exists` is called too. */
  async stat(plain: string, path: string): Promise<FileInfo | undefined> {
    try {
      const { size, lastModified, type } = await this.fs.stat(plain);
      const kind = type === 'directory' ? 'directory' : type === 'file' ? 'file' : 'other';
      const modifiedMs = Math.floor(Number(lastModified));
      return { sizeBytes: Number(size), kind, ...(Number.isFinite(modifiedMs) ? { modifiedMs } : {}) };
    } catch (error) {
      if (await this.exists(plain)) throw nativeFailure(error, { path });
      return undefined;
    }
  }

  /** @throws {ReelwayError} `missing` for a missing path, FILE_UNREADABLE for a directory or another kind */
  async statFile(plain: string, path: string, missing: 'FILE_NOT_FOUND' | 'FILE_UNREADABLE'): Promise<FileInfo> {
    const info = await this.stat(plain, path);
    if (info === undefined) throw new ReelwayError(missing, { message: `No file at ${path}`, context: { path } });
    if (info.kind !== 'file') throw unreadable(path, 'Not a file');
    return info;
  }

  exists(plain: string): Promise<boolean> {
    return this.translated(this.fs.exists(plain), { path: plain });
  }

  /** The module would create missing parent directories, which a caller may just have removed. */
  async empty(plain: string, path: string): Promise<void> {
    const parent = await this.stat(parentOf(plain), path);
    if (parent?.kind !== 'directory') throw unreadable(path, 'The parent directory is missing');
    await this.translated(this.fs.writeFile(plain, '', 'base64'), { path });
  }

  /** The module refuses to make an existing directory. */
  async makeDirectory(plain: string, path: string): Promise<void> {
    if ((await this.stat(plain, path)) === undefined) await this.translated(this.madeMeanwhile(plain), { path });
    if ((await this.stat(plain, path))?.kind !== 'directory') throw unreadable(path, 'Not a directory');
  }

  /** Android refuses to remove a missing file. */
  async remove(plain: string, path: string): Promise<void> {
    if (!(await this.exists(plain))) return;
    try {
      await this.fs.unlink(plain);
    } catch (error) {
      if (await this.exists(plain)) throw nativeFailure(error, { path });
    }
  }

  /** The target is removed first: Android deletes it anyway, iOS refuses to replace it. Across volumes the file is copied. */
  async move(from: string, to: string, path: string): Promise<void> {
    await this.remove(to, path);
    try {
      await this.fs.mv(from, to);
    } catch (error) {
      await this.copyAndRemove(from, to, path, error);
    }
  }

  async list(plain: string, path: string): Promise<string[]> {
    if ((await this.stat(plain, path)) === undefined) return [];
    return this.translated(this.fs.ls(plain), { path });
  }

  /** External storage is another volume on some devices. */
  async freeBytes(plain: string): Promise<number> {
    const space = await this.translated(this.fs.df(), { path: plain });
    const external = this.fs.dirs.SDCardDir;
    const outside = typeof external === 'string' && external !== '' && plain.startsWith(external);
    const free = Number((outside ? space.external_free : space.internal_free) ?? space.free);
    return Number.isFinite(free) ? Math.max(0, free) : 0;
  }

  /** The error of a failed write; iOS reports a full disk only by text, so the free space is checked. */
  async writeFailure(error: unknown, plain: string, path: string, writesBytes: number): Promise<ReelwayError> {
    return nativeFailure(error, { path, writesBytes, freeBytes: await this.roomOrUnknown(plain) });
  }

  /**
   * Copies a range file to file. A source that ends early, and on iOS a disk that fills up, make a short slice and no error, so its
   * size is looked at; and iOS reads rubbish behind the end, so the source's is too.
   */
  async slice(from: string, range: ByteRange, to: string, path: string): Promise<void> {
    const { sizeBytes } = await this.statFile(from, path, 'FILE_NOT_FOUND');
    const lengthBytes = range.end - range.start;
    if (range.end > sizeBytes) throw unreadable(path, `The file has ${sizeBytes} bytes; the slice ends at ${range.end}`);
    if (lengthBytes > MAX_SLICE_RANGE_BYTES) {
      throw new ReelwayError('FILE_TOO_LARGE_FOR_ADAPTER', {
        message: `A slice must have at most ${MAX_SLICE_RANGE_BYTES} bytes, since Android counts in 32 bits: ${lengthBytes}`,
        context: { path },
      });
    }
    try {
      await this.fs.slice(from, to, range.start, range.end);
    } catch (error) {
      throw await this.writeFailure(error, to, path, lengthBytes);
    }
    const made = (await this.stat(to, path))?.sizeBytes ?? 0;
    if (made !== lengthBytes) throw await this.writeFailure(`A slice has ${made} of ${lengthBytes} bytes`, to, path, lengthBytes - made);
  }

  private async madeMeanwhile(plain: string): Promise<void> {
    try {
      await this.fs.mkdir(plain);
    } catch (error) {
      if (!(await this.exists(plain))) throw error;
    }
  }

  private async copyAndRemove(from: string, to: string, path: string, error: unknown): Promise<void> {
    const { sizeBytes } = await this.statFile(from, path, 'FILE_NOT_FOUND');
    try {
      await this.fs.cp(from, to);
      if ((await this.stat(to, path))?.sizeBytes !== sizeBytes) throw nativeFailure(error, { path });
      await this.fs.unlink(from);
    } catch (second) {
      await this.remove(to, path);
      throw await this.writeFailure(second, to, path, sizeBytes);
    }
  }

  private async roomOrUnknown(plain: string): Promise<number | undefined> {
    try {
      return await this.freeBytes(plain);
    } catch {
      return undefined;
    }
  }

  private async translated<T>(call: Promise<T>, facts: FailureFacts): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw nativeFailure(error, facts);
    }
  }
}

/** FILE_UNREADABLE for a path, and why. */
export function unreadable(path: string, why: string): ReelwayError {
  return new ReelwayError('FILE_UNREADABLE', { message: `${why}: ${path}`, context: { path } });
}
