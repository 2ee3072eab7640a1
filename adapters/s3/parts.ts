/** One object in parts: S3's multipart uploads. */
import { createHash, hexDecode } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobInfo, BlobPart, BlobParts } from '../../src/ports/index.js';
import type { S3StreamMaker } from './bodies.js';
import { call } from './calls.js';
import type { S3CreateInput, S3Like, S3ObjectInput, S3PartsOutput, S3UploadInput } from './client.js';
import { hashesOf } from './headers.js';
import { sendBody } from './sending.js';

const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PART_BYTES = 5 * 1024 * 1024 * 1024;
const MAX_PARTS = 10_000;
const MAX_SESSION_CHARACTERS = 1024;
const PRINTABLE = /^[\x21-\x7e]+$/;

export interface PartsSetting {
  readonly client: S3Like;
  readonly stream: S3StreamMaker | undefined;
  /** The object of a blob's key. */
  readonly objectFor: (key: string) => S3ObjectInput;
  /** Properties of a new object: type, class, encryption, cache. */
  readonly create: (key: string, contentType: string) => S3CreateInput;
}

/** A parsed session string: the key, which contains no `?`, and S3's upload id. */
interface MultipartUpload extends S3UploadInput {
  readonly blobKey: string;
}

export function objectParts(setting: PartsSetting): BlobParts {
  const { client } = setting;
  const open = (session: string): MultipartUpload => openMultipartUpload(setting, session);
  return {
    minPartBytes: MIN_PART_BYTES,
    maxPartBytes: MAX_PART_BYTES,
    maxParts: MAX_PARTS,
    begin: async (key, { contentType, signal }) => {
      const { UploadId } = await call(signal, { key }, (options) =>
        client.createMultipartUpload(setting.create(key, contentType), options),
      );
      const session = `${key}?${UploadId ?? ''}`;
      if (!isSession(session))
        throw new ReelwayError('UNAVAILABLE', { message: 'The server returned no usable upload id', context: { key } });
      return session;
    },
    putPart: async (session, number, body, { hashes, signal, onProgress } = {}) => {
      const { blobKey, ...upload } = open(session);
      assertNumber(number);
      const sending = { key: blobKey, body, stream: setting.stream, hashes, signal, onProgress };
      const sent = await sendBody(sending, (part, options) => client.uploadPart({ ...upload, ...part, PartNumber: number }, options));
      const tag = sent.reply.ETag;
      if (tag === undefined)
        throw new ReelwayError('UNAVAILABLE', { message: `The server returned no ETag for part ${number}`, context: { key: blobKey } });
      return { number, sizeBytes: body.sizeBytes, hashes: sent.hashes, tag };
    },
    list: async (session, signal) => listParts(client, open(session), signal),
    complete: async (session, parts, signal) => completeUpload(client, open(session), parts, signal),
    abort: async (session, signal) => {
      const { blobKey, ...upload } = open(session);
      try {
        await call(signal, { key: blobKey }, (options) => client.abortMultipartUpload(upload, options));
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
  };
}

function openMultipartUpload({ objectFor }: PartsSetting, session: string): MultipartUpload {
  const at = session.indexOf('?');
  if (at < 0 || !isSession(session)) throw new TypeError('Not a session of an S3 bucket');
  const blobKey = session.slice(0, at);
  return { ...objectFor(blobKey), UploadId: session.slice(at + 1), blobKey };
}

function isSession(session: string): boolean {
  return session.length <= MAX_SESSION_CHARACTERS && PRINTABLE.test(session) && !session.endsWith('?');
}

function assertNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS)
    throw new TypeError(`A part number must be from 1 to ${MAX_PARTS}: ${number}`);
}

function isNotFound(error: unknown): boolean {
  return error instanceof ReelwayError && error.code === 'BLOB_NOT_FOUND';
}

function partsOf(page: S3PartsOutput): BlobPart[] {
  return (page.Parts ?? []).flatMap(({ PartNumber, Size, ETag }) =>
    PartNumber === undefined || Size === undefined || ETag === undefined
      ? []
      : [{ number: PartNumber, sizeBytes: Size, hashes: hashesOf(ETag, page.ServerSideEncryption), tag: ETag }],
  );
}

async function listParts(
  client: S3Like,
  { blobKey, ...upload }: MultipartUpload,
  signal: AbortSignalLike | undefined,
): Promise<BlobPart[]> {
  const parts: BlobPart[] = [];
  let marker: string | undefined;
  do {
    const from = marker === undefined ? {} : { PartNumberMarker: marker };
    const page: S3PartsOutput = await call(signal, { key: blobKey }, (options) => client.listParts({ ...upload, ...from }, options));
    parts.push(...partsOf(page));
    const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    // A server that repeats its marker would be asked forever.
    marker = next === marker ? undefined : next;
  } while (marker !== undefined);
  return parts.sort((one, other) => one.number - other.number);
}

async function completeUpload(
  client: S3Like,
  { blobKey, ...upload }: MultipartUpload,
  parts: readonly BlobPart[],
  signal: AbortSignalLike | undefined,
): Promise<BlobInfo> {
  assertParts(parts);
  const context = { key: blobKey };
  const Parts = parts.map(({ number, tag }) => ({ PartNumber: number, ETag: tag }));
  const expected = composedTag(parts);
  const info = { key: blobKey, sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0), hashes: {} };
  try {
    const reply = await call(signal, context, (options) =>
      client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } }, options),
    );
    if (isOther(reply.ETag, expected))
      throw new ReelwayError('BLOB_CORRUPT', { message: "The completed object's ETag does not match the uploaded parts", context });
    return info;
  } catch (error) {
    const gone = await sessionGone(client, { ...upload, blobKey }, error, signal);
    if (!gone) throw error;
    if (!(await isThere(client, upload, expected, context, signal))) throw gone;
    return info;
  }
}

/** The error that shows that the session does not exist. Ceph answers 500 then, so the parts are listed too. */
async function sessionGone(
  client: S3Like,
  upload: MultipartUpload,
  error: unknown,
  signal: AbortSignalLike | undefined,
): Promise<ReelwayError | undefined> {
  if (!(error instanceof ReelwayError)) return undefined;
  if (isNotFound(error)) return error;
  if (error.context.status !== 500) return undefined;
  try {
    await listParts(client, upload, signal);
  } catch (listError) {
    if (listError instanceof ReelwayError && isNotFound(listError)) return listError;
  }
  return undefined;
}

/** Whether an earlier call completed the blob and only its answer was lost. */
async function isThere(
  client: S3Like,
  { Bucket, Key }: S3ObjectInput,
  expected: string | undefined,
  context: { readonly key: string },
  signal: AbortSignalLike | undefined,
): Promise<boolean> {
  try {
    const { ETag } = await call(signal, context, (options) => client.headObject({ Bucket, Key }, options));
    return expected !== undefined && ETag !== undefined && unquoted(ETag) === expected;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function assertParts(parts: readonly BlobPart[]): void {
  if (parts.length === 0) throw new TypeError('A blob must have at least one part');
  parts.forEach(({ number }, index) => {
    assertNumber(number);
    if (number !== index + 1) throw new TypeError(`Parts must be numbered from 1 without gaps: expected ${index + 1}, got ${number}`);
  });
}

/** The ETag that S3 computes for these parts: the MD5 of their MD5s, and their count; `undefined` if an MD5 is missing. */
function composedTag(parts: readonly BlobPart[]): string | undefined {
  const hash = createHash('md5');
  for (const { hashes } of parts) {
    if (hashes.md5 === undefined) return undefined;
    hash.update(hexDecode(hashes.md5));
  }
  return `${hash.digest()}-${parts.length}`;
}

function isOther(etag: string | undefined, expected: string | undefined): boolean {
  if (etag === undefined || expected === undefined || !/^"?[0-9a-f]{32}-\d+"?$/.test(etag)) return false;
  return unquoted(etag) !== expected;
}

function unquoted(etag: string): string {
  return etag.replace(/"/g, '');
}
