/**
 * Converts keys of blobs to file names and back; safe on case-insensitive file systems, on Windows, and within 255 bytes.
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

/** The path of a blob's file from the bucket's root. */
export interface BlobPlace {
  readonly directories: readonly string[];
  readonly file: string;
}

/** The part of a key that a file or directory name encodes. */
export interface DecodedName {
  /** The part of the key; a directory's ends in `/` unless it continues in the next level. */
  readonly part: string;
  readonly kind: 'blob' | 'directory';
}

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
 * The directories that contain every blob whose key begins with `prefix`, without the part behind its last `/`;
 * `undefined` where no key can begin so.
 */
export function directoriesOf(prefix: string): readonly string[] | undefined {
  const parts = prefix.split('/').slice(0, -1);
  return parts.includes('') ? undefined : parts.flatMap(directoryNames);
}

/** Decodes a name; `undefined` for a name that this bucket never makes. */
export function decodeName(name: string): DecodedName | undefined {
  if (name.endsWith('=2')) return checked({ part: unescaped(name.slice(0, -2)), kind: 'directory' }, name);
  const marked = name.endsWith('=');
  const plain = unescaped(marked ? name.slice(0, -1) : name);
  const isBlob = plain.includes('.') !== marked;
  return checked(isBlob ? { part: plain, kind: 'blob' } : { part: `${plain}/`, kind: 'directory' }, name);
}

/** Accepts only parts that encode back to the same name: `A.txt` or `a=2.txt` of another program are ignored. */
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
