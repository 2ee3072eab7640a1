/**
 * Durable and safe file operations: complete writes, syncs of data and directories, private modes, and no access
 * through symbolic links. Rejects with node's own errors (and UNSAFE_PATH); each port converts them.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { errnoOf, isMissing, unsafePath } from './errors.js';

/**
 * What a resolved write survives. `full`: a power cut, by fsync of file and directory. `process`: the end of the
 * process only, which is faster; after a power cut files may be missing, empty or old.
 */
export type Durability = 'full' | 'process';

/** Mode of every file that Reelway makes: only the owner has access. */
export const FILE_MODE = 0o600;
/** Mode of every directory that Reelway makes. */
export const DIRECTORY_MODE = 0o700;

// Windows has neither flag. O_NONBLOCK, so that a pipe in place of a file never hangs the process.
const GUARDS = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const FOLLOWING_GUARDS = constants.O_NONBLOCK ?? 0;

/** File systems without a sync of directories (Windows, some network mounts) answer with one of these. */
const NO_DIRECTORY_SYNC = new Set(['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF']);

/** Opens for writing, never through a link; `flags` beside `O_WRONLY | O_CREAT`; the umask applies to `mode`. */
export async function openForWriting(path: string, flags: number, mode: number = FILE_MODE): Promise<FileHandle> {
  if (constants.O_NOFOLLOW === undefined) await refuseLink(path, 'the file');
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | flags | GUARDS, mode).catch((error: unknown) => {
    throw errnoOf(error) === 'ELOOP' ? unsafePath(path, 'the file') : error;
  });
  return regularOnly(handle, path);
}

/** Opens a regular file for reading; `link: 'refuse'` where the path is ours, `'follow'` where it is the user's. */
export async function openForReading(path: string, link: 'follow' | 'refuse'): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | (link === 'refuse' ? GUARDS : FOLLOWING_GUARDS));
  return regularOnly(handle, path);
}

/** Closes the handle if `stat` fails. */
export function statOrClose(handle: FileHandle): Promise<Stats> {
  return handle.stat().catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
}

async function regularOnly(handle: FileHandle, path: string): Promise<FileHandle> {
  const stats = await statOrClose(handle);
  if (stats.isFile()) return handle;
  await handle.close();
  throw Object.assign(new TypeError(`Not a regular file: ${path}`), { code: 'EISDIR' });
}

/** Writes all of `bytes`: the operating system may write a part and report no error, on a disk that fills up. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, null);
    if (bytesWritten === 0) throw Object.assign(new RangeError('The operating system wrote 0 bytes'), { code: 'ENOSPC' });
    written += bytesWritten;
  }
}

/** Makes names in a directory durable, where the file system can. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.has(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Makes a directory and its missing parents, private and, if `durability` is `full`, durable.
 * @throws {ReelwayError} UNSAFE_PATH where the directory itself is a symbolic link; links further up are the user's own
 */
export async function makePrivateDirectory(path: string, durability: Durability): Promise<void> {
  const directory = withoutTrailingSlash(path);
  await refuseLink(directory, 'the directory');
  const first = await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  await refuseLink(directory, 'the directory');
  if (first !== undefined && durability === 'full') await syncUpTo(directory, dirname(first));
}

/** @throws {ReelwayError} UNSAFE_PATH where `path` is a symbolic link */
async function refuseLink(path: string, what: string): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (stats?.isSymbolicLink() === true) throw unsafePath(path, what);
}

/** A link with a trailing slash is followed, so the slash is removed before the check. */
function withoutTrailingSlash(path: string): string {
  let end = path.length;
  while (end > 1 && (path[end - 1] === '/' || path[end - 1] === sep)) end -= 1;
  return path.slice(0, end);
}

/** Syncs the directories that hold `path`, up to and with `top`. */
export async function syncUpTo(path: string, top: string): Promise<void> {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === top || parent === dirname(parent)) return;
  }
}
