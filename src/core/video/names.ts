/**
 * Ids, keys and file names. Whatever an app or a manifest says becomes part of a path somewhere, so each name is either
 * refused or safe everywhere: object stores, POSIX, Windows and file systems that ignore case.
 */
import { ReelwayError } from '../../errors/index.js';
import { createHash } from '../hash/create-hash.js';

/** The part of a clock that ids are made from. */
interface IdSource {
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
}

const ID_TIME_DIGITS = 9;
const ID_CHANCE_DIGITS = 17;
const ID_BASE = 36;
const MAX_VIDEO_ID = 128;
const MAX_SCOPE = 256;
const MAX_KEY = 512;
const NAME = /^[A-Za-z0-9._-]+$/;
const VIDEO_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Device names on Windows, with or without an extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** A new id for one attempt to bring a video to the bucket: 26 of `[a-z0-9]`, sorted by time, 87 bits of chance. */
export function createUploadId(source: IdSource): string {
  return createId(source);
}

/** A new id for a video that the app has no name for; made as {@link createUploadId}. */
export function createVideoId(source: IdSource): string {
  return createId(source);
}

function createId(source: IdSource): string {
  const time = Math.min(Math.max(Math.floor(source.wallMs()) || 0, 0), ID_BASE ** ID_TIME_DIGITS - 1);
  let id = time.toString(ID_BASE).padStart(ID_TIME_DIGITS, '0');
  for (let digit = 0; digit < ID_CHANCE_DIGITS; digit += 1) id += digitOf(source.random());
  return id;
}

/** A source of chance that gives 1 by mistake must not lengthen the id. */
function digitOf(chance: number): string {
  return Math.min(Math.floor(chance * ID_BASE), ID_BASE - 1).toString(ID_BASE);
}

/** Whether a text can name a video, see {@link assertVideoId}. */
export function isVideoId(id: unknown): id is string {
  return (
    typeof id === 'string' &&
    id.length <= MAX_VIDEO_ID &&
    VIDEO_ID.test(id) &&
    !id.includes('..') &&
    !id.endsWith('.') &&
    !RESERVED.test(id)
  );
}

/**
 * The same id, once it is known to be safe: 1 to 128 of `[A-Za-z0-9._-]`, a letter or digit first, no `..`, no dot last,
 * no device name of Windows.
 * @throws {ReelwayError} INVALID_VIDEO_ID
 */
export function assertVideoId(id: unknown): string {
  if (isVideoId(id)) return id;
  const shown = JSON.stringify(String(id).slice(0, MAX_VIDEO_ID));
  throw new ReelwayError('INVALID_VIDEO_ID', {
    message: `${shown} cannot name a video: use 1 to ${MAX_VIDEO_ID} letters, digits, dots, dashes and underscores, a letter or digit first`,
    context: { field: 'videoId' },
  });
}

/** The key of a video's manifest. @throws {ReelwayError} INVALID_VIDEO_ID */
export function manifestKey(videoId: string): string {
  return `${assertVideoId(videoId)}/manifest.json`;
}

/**
 * The key of an object that one upload writes; `name` is the segment's index or a file name.
 * @throws {ReelwayError} INVALID_VIDEO_ID
 * @throws {TypeError} where `uploadId` or `name` is not a safe name
 */
export function segmentKey(videoId: string, uploadId: string, name: number | string): string {
  return assertBlobKey(`${assertVideoId(videoId)}/${assertName(uploadId)}/${assertName(String(name))}`);
}

function assertName(name: string): string {
  if (!isName(name)) throw new TypeError(`Not a name for a blob: ${JSON.stringify(name)}`);
  return name;
}

function isName(name: string): boolean {
  return NAME.test(name) && name !== '.' && name !== '..';
}

/** Whether a text is a blob's key, see {@link assertBlobKey}. */
export function isBlobKey(key: string): boolean {
  return key.length <= MAX_KEY && key.split('/').every(isName);
}

/** The same key, once it is known to be names of `[A-Za-z0-9._-]` joined by `/`, none `.` or `..`, ≤ 512 bytes. @throws {TypeError} */
export function assertBlobKey(key: string): string {
  if (typeof key !== 'string' || !isBlobKey(key)) throw new TypeError(`Not a blob's key: ${JSON.stringify(key)}`);
  return key;
}

/** The same scope, once it is known to be a text of 1 to 256 characters of any script. @throws {ReelwayError} INVALID_CONFIG */
export function assertScope(scope: unknown): string {
  if (typeof scope === 'string' && scope.length > 0 && scope.length <= MAX_SCOPE) return scope;
  throw new ReelwayError('INVALID_CONFIG', {
    message: `scope must be a text of 1 to ${MAX_SCOPE} characters: the account that a queue, its files and its cache belong to`,
    context: { field: 'scope' },
  });
}

/** A name of 32 of `[0-9a-f]` for a scope: distinct scopes have distinct names. @throws {ReelwayError} INVALID_CONFIG */
export function scopeKey(scope: string): string {
  return hashOf(`scope:${assertScope(scope)}`).slice(0, 32);
}

/** A file name of 40 of `[0-9a-f]` for any text: distinct texts have distinct names, also where case is ignored. */
export function safeName(text: string): string {
  return hashOf(text).slice(0, 40);
}

/** By UTF-16 units, not UTF-8, in which two broken texts can look the same. */
function hashOf(text: string): string {
  const bytes = new Uint8Array(text.length * 2);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    bytes[at * 2] = unit & 255;
    bytes[at * 2 + 1] = unit >> 8;
  }
  const hash = createHash('sha256');
  hash.update(bytes);
  return hash.digest();
}
