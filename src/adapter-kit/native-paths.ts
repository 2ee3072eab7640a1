/**
 * Paths on a phone: the forms in which pickers, cameras and modules name one file, to the plain path that native calls take, and
 * the app's directories in all forms that a path may begin with.
 */
import { ReelwayError } from '../errors/index.js';

const FILE_URL = /^file:\/\/(localhost)?(?=\/)/i;
const ANY_SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/** The scheme of `content://…` and its like, in lower case; `undefined` for a plain path. */
export function uriScheme(path: string): string | undefined {
  return ANY_SCHEME.exec(path)?.[1]?.toLowerCase();
}

/**
 * The plain path. A plain path is used verbatim, including percent signs.
 * @throws {ReelwayError} FILE_UNREADABLE for a relative path, and for a URL that does not name a local file
 */
export function plainPath(path: string): string {
  if (path.length === 0 || path.includes('\0')) throw unusable(path, 'a path is not empty and holds no NUL');
  const scheme = uriScheme(path);
  if (scheme === undefined) {
    // A phone has no working directory that an app could know.
    if (!path.startsWith('/')) throw unusable(path, 'it is relative');
    return path;
  }
  if (scheme !== 'file') throw unusable(path, `what ${scheme}:// names is no file of the app: copy it with importFile first`);
  return fromUrl(path);
}

/** The percent-encoded `file://` form of a plain path. */
export function fileUrl(plain: string): string {
  return `file://${plain.split('/').map(encodeURIComponent).join('/')}`;
}

/** The directory that a plain path lies in. */
export function parentOf(plain: string): string {
  return plain.slice(0, Math.max(plain.lastIndexOf('/'), 1));
}

function fromUrl(path: string): string {
  const encoded = path.replace(FILE_URL, '');
  if (!encoded.startsWith('/')) throw unusable(path, 'not a file of this device');
  // In a URL both would cut the name short, and a file of the shorter name may well be there.
  if (/[?#]/.test(encoded)) throw unusable(path, 'write "?" and "#" as %3F and %23 in a file:// path');
  const plain = decoded(encoded);
  if (plain === undefined || /%2f|%00/i.test(encoded)) throw unusable(path, 'not a percent-encoded path');
  return plain;
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function unusable(path: string, why: string): ReelwayError {
  return new ReelwayError('FILE_UNREADABLE', {
    message: `This path cannot be used, ${why}: ${JSON.stringify(path.slice(0, 300))}`,
    context: { path },
  });
}

/**
 * The app's directories as `FileSystem.roots`, each in every form in which a path below it may come: plain, as a `file://` URL, and on
 * iOS with and without the `/private` in front of `/var`, which is a link to it. What is absent is left out.
 */
export function nativeRoots(directories: { readonly [name: string]: string | null | undefined }): { readonly [name: string]: string } {
  const roots: { [name: string]: string } = {};
  const seen = new Set<string>();
  for (const [name, directory] of Object.entries(directories)) {
    const plain = directory ? withoutSlash(plainPath(directory)) : '';
    if (plain === '' || seen.has(plain)) continue;
    seen.add(plain);
    const twin = twinOf(plain);
    roots[name] = plain;
    roots[`${name}.url`] = fileUrl(plain);
    if (twin === undefined) continue;
    roots[`${name}.twin`] = twin;
    roots[`${name}.twin.url`] = fileUrl(twin);
  }
  return roots;
}

/** The other name of a directory of iOS. */
function twinOf(plain: string): string | undefined {
  if (plain.startsWith('/private/var/')) return plain.slice('/private'.length);
  return plain.startsWith('/var/') ? `/private${plain}` : undefined;
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? withoutSlash(path.slice(0, -1)) : path;
}
