/** Paths as React Native's Firebase reads them: it strips `file://`, and decodes whatever holds a percent sign. */
import { ReelwayError } from '../../src/errors/index.js';

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** The path in a form that comes out right. @throws {ReelwayError} FILE_UNREADABLE for what is no file of the app's own */
export function nativePath(path: string): string {
  if (path.startsWith('file://')) return fromAddress(path);
  if (!path.startsWith('/') || SCHEME.test(path)) {
    throw new ReelwayError('FILE_UNREADABLE', {
      message: 'Only files of the app have a path here: import others first.',
      context: { path },
    });
  }
  // Decoded once on its way, also where nobody has encoded it.
  return path.split('%').join('%25');
}

function fromAddress(path: string): string {
  try {
    decodeURIComponent(path);
    return path;
  } catch {
    throw new ReelwayError('FILE_UNREADABLE', { message: 'The path is a file:// address that is not encoded rightly.', context: { path } });
  }
}
