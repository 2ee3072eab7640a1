/** The native calls, with workarounds for each platform. All paths here are plain. */
import { type FailureFacts, nativeFailure } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { FileInfo } from '../../src/ports/index.js';
import type { RnfsDirectoryOptions, RnfsLib } from './lib.js';

/** Platform of the module. */
export type RnfsPlatform = 'ios' | 'android';

/** The largest size of a file that may be opened: Android casts positions to 32 bits, and reads the wrong bytes behind them. */
export const MAX_FILE_BYTES = 2_147_483_647;

export class RnfsNative {
  readonly lib: RnfsLib;
  readonly platform: RnfsPlatform;

  constructor(lib: RnfsLib, platform: RnfsPlatform) {
    this.lib = lib;
    this.platform = platform;
  }

  /**
   * The form of a path for calls that go through Android's ContentResolver (`read`, `writeFile`, `appendFile`, `copyFile`). It parses
   * a URI, so that in a plain path a per cent sign, `#`, `?` or `:` would name another file. The module's JavaScript strips one `file://`.
   */
  uri(plain: string): string {
    if (this.platform === 'ios' || !/[%#?:]/.test(plain)) return plain;
    return `file://file://${plain.replace(/[%#?:]/g, encodeURIComponent)}`;
  }

  /** `undefined` for a missing path. The module's error code differs between platforms, so `exists` is called too. */
  async stat(plain: string, path: string): Promise<FileInfo | undefined> {
    try {
      const stats = await this.lib.stat(plain);
      const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
      const modifiedMs = stats.mtime === undefined ? Number.NaN : Math.floor(Number(stats.mtime));
      return { sizeBytes: Number(stats.size), kind, ...(Number.isFinite(modifiedMs) ? { modifiedMs } : {}) };
    } catch (error) {
      if (await this.exists(plain)) throw nativeFailure(error, { path });
      return undefined;
    }
  }

  /** @throws {ReelwayError} `missing` for a missing path, FILE_UNREADABLE for a directory or another kind */
  async statFile(plain: string, path: string, missing: 'FILE_NOT_FOUND' | 'FILE_UNREADABLE'): Promise<FileInfo> {
    const info = await this.stat(plain, path);
    if (info === undefined) throw new ReelwayError(missing, { message: `No file at ${path}`, context: { path } });
    if (info.kind !== 'file') throw new ReelwayError('FILE_UNREADABLE', { message: `Not a file: ${path}`, context: { path } });
    return info;
  }

  exists(plain: string): Promise<boolean> {
    return this.translated(this.lib.exists(plain), { path: plain });
  }

  async makeDirectory(plain: string, path: string, options: RnfsDirectoryOptions): Promise<void> {
    const made = this.lib.mkdir(plain, options);
    await this.translated(made, { path });
    // Android reports no error if a file has this name.
    const info = await this.stat(plain, path);
    if (info?.kind !== 'directory') throw new ReelwayError('FILE_UNREADABLE', { message: `Not a directory: ${path}`, context: { path } });
  }

  /** Android reports success even if it deleted only a part. */
  async remove(plain: string, path: string): Promise<void> {
    if (!(await this.exists(plain))) return;
    try {
      await this.lib.unlink(plain);
    } catch (error) {
      if (await this.exists(plain)) throw nativeFailure(error, { path });
    }
    if (await this.exists(plain)) throw new ReelwayError('FILE_UNREADABLE', { message: `Failed to remove ${path}`, context: { path } });
  }

  /** iOS refuses an existing target, so it is removed first. Android replaces it, and copies if it cannot rename. */
  async move(from: string, to: string, path: string): Promise<void> {
    const before = await this.stat(to, path);
    if (this.platform === 'ios' && before !== undefined) await this.remove(to, path);
    try {
      await this.moveOrCopy(from, to);
    } catch (error) {
      if (this.platform === 'android') await this.removeHalf(to, path, before);
      throw nativeFailure(error, { path });
    }
  }

  /** The module's own copy fails for names that are not URIs; then the file is copied here. */
  private async moveOrCopy(from: string, to: string): Promise<void> {
    const named = this.uri(from) === from && this.uri(to) === to;
    try {
      await this.lib.moveFile(from, to);
    } catch (error) {
      if (named) throw error;
      await this.lib.copyFile(this.uri(from), this.uri(to));
      await this.lib.unlink(from);
    }
  }

  /** Removes an incomplete copy, which would look like a complete file. */
  private async removeHalf(to: string, path: string, before: FileInfo | undefined): Promise<void> {
    const after = await this.stat(to, path);
    const untouched = after?.sizeBytes === before?.sizeBytes && after?.modifiedMs === before?.modifiedMs;
    if (after?.kind === 'file' && !untouched) await this.remove(to, path);
  }

  async list(plain: string, path: string): Promise<string[]> {
    const info = await this.stat(plain, path);
    if (info === undefined) return [];
    const entries = await this.translated(this.lib.readDir(plain), { path });
    return entries.map(({ name }) => name);
  }

  /** External storage is another volume on some devices. */
  async freeBytes(plain: string): Promise<number> {
    const { freeSpace, freeSpaceEx } = await this.translated(this.lib.getFSInfo(), { path: plain });
    const { ExternalDirectoryPath: external, ExternalCachesDirectoryPath: externalCaches } = this.lib;
    const outside = [external, externalCaches].some((root) => typeof root === 'string' && root !== '' && plain.startsWith(root));
    return Math.max(0, Number(outside ? (freeSpaceEx ?? freeSpace) : freeSpace));
  }

  /** The error of a failed write: iOS reports "no such file" for a full disk, so the free space is checked. */
  async writeFailure(error: unknown, plain: string, path: string, writesBytes: number): Promise<ReelwayError> {
    return nativeFailure(error, { path, writesBytes, freeBytes: await this.roomOrUnknown(plain) });
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
