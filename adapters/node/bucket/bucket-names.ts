/**
 * Keys of blobs to names of files and back, safe on file systems that know no case, on Windows, and within 255 bytes.
 *
 * `=` is in no key, so it begins every escape:
 * - `=a` … `=z` is an upper-case letter; `=0` a dot at either end of a name; `=1` before a name that Windows reserves.
 * - A name with a dot is a blob, one without a directory, so that `a` and `a/b` can both be there; the exceptions carry a
 *   `=` at their end: the blob `a` is `a=`, the directory `v1.0` is `v1.0=`.
 * - A part of a key longer than 120 characters goes on in the next level; the levels before end in `=2`.
 *
 * So `My-Reel/manifest.json` is `=my-=reel/manifest.json`, and no name of a blob or directory begins with a dot.
 */

const MAX_NAME = 120;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Where a blob lies: directories from the bucket's root, then its file. */
export interface BlobPlace {
  readonly directories: readonly string[];
  readonly file: string;
}

/** What a file or directory of the bucket stands for: a part of a key. */
export interface DecodedName {
  /** The part, as it stands in the key; a directory's ends in `/` unless its part goes on in the next level. */
  readonly part: string;
  readonly kind: 'blob' | 'directory';
}

/** Where the blob of a legal key lies. */
export function placeOf(key: string): BlobPlace {
  const parts = key.split('/');
  const last = pieces(parts[parts.length - 1] ?? '');
  const file = last.pop() ?? '';
  return {
    directories: [...parts.slice(0, -1).flatMap(directoryNames), ...last.map(goesOn)],
    file: suffixed(escaped(file), file.includes('.')),
  };
}

/**
 * The directories that hold every blob whose key begins with `prefix`, what stands behind its last `/` left aside;
 * `undefined` where no key can begin so.
 */
export function directoriesOf(prefix: string): readonly string[] | undefined {
  const parts = prefix.split('/').slice(0, -1);
  return parts.includes('') ? undefined : parts.flatMap(directoryNames);
}

/** What a name stands for; `undefined` for a name that this bucket never makes. */
export function decodeName(name: string): DecodedName | undefined {
  if (name.endsWith('=2')) return checked({ part: unescaped(name.slice(0, -2)), kind: 'directory' }, name);
  const marked = name.endsWith('=');
  const plain = unescaped(marked ? name.slice(0, -1) : name);
  const isBlob = plain.includes('.') !== marked;
  return checked(isBlob ? { part: plain, kind: 'blob' } : { part: `${plain}/`, kind: 'directory' }, name);
}

/** Only what encodes back to the same name is ours: `A.txt` or `a=2.txt` laid there by hand is not. */
function checked(decoded: DecodedName, name: string): DecodedName | undefined {
  const raw = decoded.part.replace(/\/$/, '');
  if (raw.length === 0 || raw.length > MAX_NAME || (name.endsWith('=2') && raw.length < MAX_NAME) || !/^[A-Za-z0-9._-]+$/.test(raw))
    return undefined;
  const again = name.endsWith('=2') ? goesOn(raw) : suffixed(escaped(raw), raw.includes('.') === (decoded.kind === 'blob'));
  return again === name ? decoded : undefined;
}

function directoryNames(part: string): string[] {
  const parts = pieces(part);
  const last = parts.pop() ?? '';
  return [...parts.map(goesOn), suffixed(escaped(last), !last.includes('.'))];
}

function pieces(part: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < part.length; at += MAX_NAME) found.push(part.slice(at, at + MAX_NAME));
  return found;
}

function goesOn(piece: string): string {
  return `${escaped(piece)}=2`;
}

function suffixed(name: string, usual: boolean): string {
  return usual ? name : `${name}=`;
}

function escaped(piece: string): string {
  const safe = piece
    .replace(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`)
    .replace(/^\./, '=0')
    .replace(/\.$/, '=0');
  return RESERVED.test(piece) ? `=1${safe}` : safe;
}

function unescaped(name: string): string {
  return name
    .replace(/^=1/, '')
    .replace(/=0/g, '.')
    .replace(/=([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
