/** Paths as apps hand them in, plain or `file://`, to paths as node:fs takes them. */
import { fileURLToPath, URL } from 'node:url';
import { ReelwayError } from '../../../src/errors/index.js';

const FILE_URL = /^file:\/\//i;

/**
 * The native path. A plain path is taken verbatim, per cent signs and all.
 * @throws {ReelwayError} FILE_UNREADABLE for a `file://` form that names no local file, and for what no path may hold
 */
export function nativePath(path: string): string {
  if (path.length === 0 || path.includes('\0')) throw unusable(path, 'a path is not empty and holds no NUL');
  return FILE_URL.test(path) ? fromUrl(path) : path;
}

function fromUrl(path: string): string {
  // In a URL both would cut the name short, and a file of the shorter name may well be there.
  if (/[?#]/.test(path)) throw unusable(path, 'write "?" and "#" as %3F and %23 in a file:// path');
  try {
    const native = fileURLToPath(new URL(path));
    if (!native.includes('\0')) return native;
  } catch (cause) {
    throw unusable(path, 'not a file:// URL of this machine', cause);
  }
  throw unusable(path, 'a path holds no NUL');
}

function unusable(path: string, why: string, cause?: unknown): ReelwayError {
  const message = `This path cannot be used, ${why}: ${JSON.stringify(path)}`;
  return new ReelwayError('FILE_UNREADABLE', { message, context: { path }, ...(cause === undefined ? {} : { cause }) });
}
