/** Converts paths of apps, plain or `file://`, to paths for node:fs. */
import { fileURLToPath, URL } from 'node:url';
import { ReelwayError } from '../../../src/errors/index.js';

const FILE_URL = /^file:\/\//i;

/**
 * The native path. A plain path is used verbatim, including percent signs.
 * @throws {ReelwayError} FILE_UNREADABLE for a `file://` URL of another host, and for an empty path or one with NUL
 */
export function nativePath(path: string): string {
  if (path.length === 0 || path.includes('\0')) throw unusable(path, 'it is empty or contains NUL');
  return FILE_URL.test(path) ? fromUrl(path) : path;
}

function fromUrl(path: string): string {
  // In a URL both would truncate the name, and a file with the shorter name may exist.
  if (/[?#]/.test(path)) throw unusable(path, 'a file:// URL must contain "?" and "#" as %3F and %23');
  try {
    const native = fileURLToPath(new URL(path));
    if (!native.includes('\0')) return native;
  } catch (cause) {
    throw unusable(path, 'it is not a file:// URL of this machine', cause);
  }
  throw unusable(path, 'it contains NUL');
}

function unusable(path: string, why: string, cause?: unknown): ReelwayError {
  const message = `Unusable path, ${why}: ${JSON.stringify(path)}`;
  return new ReelwayError('FILE_UNREADABLE', { message, context: { path }, ...(cause === undefined ? {} : { cause }) });
}
