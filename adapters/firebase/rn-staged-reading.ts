/** Reads without HTTP: the native side downloads the whole blob into a file of the app, which is read in pieces and then removed. */
import { abortReason, MAX_PIECE_BYTES, throwIfAborted } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobReader, FileSystem, GetOptions, ReadHandle } from '../../src/ports/index.js';

/** Where blobs are downloaded to. */
export interface RnFirebaseStaging {
  /** A file system with native paths. */
  readonly fileSystem: FileSystem;
  /** A directory that only this store uses, such as one in the app's caches; created if missing. */
  readonly directory: string;
}

type Download = (key: string, path: string, options: GetOptions) => Promise<void>;

/** Implements `get` by a native download. Ranges are refused, since each would download the whole blob. */
export function stagedReader(
  { fileSystem, directory }: RnFirebaseStaging,
  download: Download,
): (key: string, options: GetOptions) => Promise<BlobReader> {
  let count = 0;
  return async (key, options) => {
    if (options.range !== undefined) {
      throw new ReelwayError('NOT_SUPPORTED', {
        message: 'Reading a range needs the option transport of rnFirebaseBlobStore',
        context: { key },
      });
    }
    await fileSystem.makeDirectory(directory);
    count += 1;
    const path = `${directory}/get-${Math.floor(Math.random() * 1e9).toString(36)}-${count}`;
    try {
      await download(key, path, options);
      return await fileReader(fileSystem, path, options.signal);
    } catch (error) {
      await fileSystem.remove(path);
      throw error;
    }
  };
}

async function fileReader(fileSystem: FileSystem, path: string, signal: AbortSignalLike | undefined): Promise<BlobReader> {
  const info = await fileSystem.stat(path);
  if (info === undefined) throw new ReelwayError('FILE_NOT_FOUND', { context: { path } });
  const { sizeBytes } = info;
  const handle = await fileSystem.open(path);
  let position = 0;
  let closed = false;
  let buffer: Uint8Array | undefined;
  const next = async (): Promise<Uint8Array | undefined> => {
    if (closed || position >= sizeBytes) return undefined;
    if (signal?.aborted === true) throw abortReason(signal);
    buffer ??= new Uint8Array(Math.min(sizeBytes, MAX_PIECE_BYTES));
    const length = await readSome(handle, buffer.subarray(0, sizeBytes - position), position);
    throwIfAborted(signal);
    position += length;
    return buffer.subarray(0, length);
  };
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await handle.close();
    await fileSystem.remove(path);
  };
  return { sizeBytes, next, close };
}

async function readSome(handle: ReadHandle, buffer: Uint8Array, position: number): Promise<number> {
  const length = await handle.readInto(buffer, position);
  if (length === 0) throw new ReelwayError('FILE_UNREADABLE', { message: 'The downloaded file became shorter while it was read' });
  return length;
}
