/** Paths for React Native's Firebase: it strips `file://`, and decodes every path that contains a percent sign. */
import { ReelwayError } from '../../src/errors/index.js';

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** The path in the form that the library needs. @throws {ReelwayError} FILE_UNREADABLE for paths outside the app */
export function nativePath(path: string): string {
  if (path.startsWith('file://')) return fromAddress(path);
  if (!path.startsWith('/') || SCHEME.test(path)) {
    throw new ReelwayError('FILE_UNREADABLE', {
      message: 'Not an absolute path or file:// URL: import other files first',
      context: { path },
    });
  }
  // The library decodes it once.
  return path.split('%').join('%25');
}

function fromAddress(path: string): string {
  try {
    decodeURIComponent(path);
    return path;
  } catch {
    throw new ReelwayError('FILE_UNREADABLE', { message: 'Invalid percent-encoding in the file:// URL', context: { path } });
  }
}
