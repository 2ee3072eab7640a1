/** A BlobStore over the toy cloud. `docs/write-an-adapter.md` walks through it. */
import { isReelwayError, ReelwayError } from 'reelway';

/**
 * @typedef {import('reelway').BlobBody} BlobBody
 * @typedef {import('reelway').BlobStore} BlobStore
 * @typedef {import('reelway').PieceReader} PieceReader
 * @typedef {import('reelway').PutOptions} PutOptions
 */

const PIECE_BYTES = 262_144;

/**
 * @param {{ client: import('./toy-cloud.mjs').ToyCloud, prefix?: string }} options
 * @returns {BlobStore}
 */
export function toyCloudBlobStore({ client, prefix = '' }) {
  return {
    accepts: ['bytes', 'stream'],
    attests: ['md5'],
    rangeRead: true,
    put: (key, body, options) => translating(key, () => put(client, prefix, key, body, options)),
    get: (key, options = {}) => translating(key, () => get(client, prefix + key, key, options)),
    head: (key, signal) => translating(key, () => head(client, prefix + key, key, signal)),
    remove: (keys, signal) => removeAll(client, prefix, keys, signal),
    list: (start, cursor, signal) => translating(start, () => list(client, prefix, start, cursor, signal)),
  };
}

const CODES = /** @type {const} */ ({
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'BLOB_NOT_FOUND',
  412: 'BLOB_EXISTS',
  416: 'RANGE_NOT_SATISFIABLE',
  422: 'BLOB_CORRUPT',
  429: 'THROTTLED',
  503: 'UNAVAILABLE',
});

/**
 * @template T
 * @param {string} key
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
async function translating(key, run) {
  try {
    return await run();
  } catch (error) {
    const status = Object(error).statusCode;
    if (status === undefined) throw error;
    const code = CODES[/** @type {keyof typeof CODES} */ (status)] ?? 'REQUEST_REFUSED';
    throw new ReelwayError(code, { message: `toy cloud: ${Object(error).message}`, context: { key, status }, cause: error });
  }
}

/** @param {import('reelway').AbortSignalLike | undefined} signal */
function throwIfAborted(signal) {
  if (signal?.aborted) throw signal.reason ?? new ReelwayError('ABORTED');
}

/**
 * @param {import('./toy-cloud.mjs').ToyCloud} client
 * @param {string} prefix
 * @param {string} key
 * @param {BlobBody} body
 * @param {PutOptions} options
 */
async function put(client, prefix, key, body, options) {
  const { hashes, ifAbsent = false, signal } = options;
  throwIfAborted(signal);
  const upload = await client.startUpload();
  try {
    const sentBytes = await send(upload, body, options);
    if (sentBytes !== body.sizeBytes)
      throw new ReelwayError('BLOB_CORRUPT', { message: 'the body is not of its stated size', context: { key } });
    throwIfAborted(signal);
    const stored = await upload.finish(prefix + key, { md5: base64Of(hashes?.md5), onlyIfAbsent: ifAbsent });
    return { key, sizeBytes: stored.size, hashes: { md5: hexOf(stored.md5) } };
  } catch (error) {
    // What the service keeps of a discarded upload is never visible, so the first failure is the one to tell.
    await upload.discard().catch(() => undefined);
    throw error;
  }
}

/**
 * @param {Awaited<ReturnType<import('./toy-cloud.mjs').ToyCloud['startUpload']>>} upload
 * @param {BlobBody} body
 * @param {PutOptions} options
 */
async function send(upload, body, { signal, onProgress }) {
  const reader = await readerOf(body);
  let sentBytes = 0;
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
      throwIfAborted(signal);
      await upload.append(piece);
      sentBytes += piece.length;
      onProgress?.(Math.min(sentBytes, body.sizeBytes));
    }
  } finally {
    await reader.close();
  }
  return sentBytes;
}

/**
 * @param {BlobBody} body
 * @returns {Promise<PieceReader>}
 */
async function readerOf(body) {
  if (body.kind === 'stream') return body.open();
  if (body.kind === 'file') throw new ReelwayError('NOT_SUPPORTED', { message: 'toyCloudBlobStore takes bytes and streams' });
  const pieces = [body.bytes];
  return { next: async () => pieces.shift(), close: async () => undefined };
}

/** @param {string | undefined} hex */
function base64Of(hex) {
  return hex === undefined ? undefined : Buffer.from(hex, 'hex').toString('base64');
}

/** @param {string} base64 */
function hexOf(base64) {
  return Buffer.from(base64, 'base64').toString('hex');
}

/**
 * @param {import('./toy-cloud.mjs').ToyCloud} client
 * @param {string} name
 * @param {string} key
 * @param {import('reelway').GetOptions} options
 * @returns {Promise<import('reelway').BlobReader>}
 */
async function get(client, name, key, { range, signal }) {
  throwIfAborted(signal);
  const { size } = await client.headObject(name);
  const end = range?.end ?? size;
  let position = range?.start ?? 0;
  if (range !== undefined && position >= size) throw new ReelwayError('RANGE_NOT_SATISFIABLE', { context: { key } });
  return {
    sizeBytes: size,
    next: () =>
      translating(key, async () => {
        throwIfAborted(signal);
        if (position >= end) return undefined;
        const piece = await client.getObject(name, position, Math.min(position + PIECE_BYTES, end) - 1);
        position += piece.length;
        return piece;
      }),
    close: async () => {
      position = end;
    },
  };
}

/**
 * @param {import('./toy-cloud.mjs').ToyCloud} client
 * @param {string} name
 * @param {string} key
 * @param {import('reelway').AbortSignalLike | undefined} signal
 */
async function head(client, name, key, signal) {
  throwIfAborted(signal);
  try {
    const { size, md5 } = await client.headObject(name);
    return { key, sizeBytes: size, hashes: { md5: hexOf(md5) } };
  } catch (error) {
    if (Object(error).statusCode === 404) return undefined;
    throw error;
  }
}

/**
 * @param {import('./toy-cloud.mjs').ToyCloud} client
 * @param {string} prefix
 * @param {readonly string[]} keys
 * @param {import('reelway').AbortSignalLike | undefined} signal
 */
async function removeAll(client, prefix, keys, signal) {
  let failure;
  for (const key of keys) {
    throwIfAborted(signal);
    try {
      await translating(key, () => client.deleteObject(prefix + key));
    } catch (error) {
      if (!(isReelwayError(error) && error.code === 'BLOB_NOT_FOUND')) failure ??= error;
    }
  }
  throwIfAborted(signal);
  if (failure !== undefined) throw failure;
}

/**
 * @param {import('./toy-cloud.mjs').ToyCloud} client
 * @param {string} prefix
 * @param {string} start
 * @param {string | undefined} cursor
 * @param {import('reelway').AbortSignalLike | undefined} signal
 */
async function list(client, prefix, start, cursor, signal) {
  throwIfAborted(signal);
  const { objects, more } = await client.listObjects(prefix + start, cursor);
  const asked = objects.filter(({ name }) => name.startsWith(prefix + start));
  const blobs = asked.map(({ name, size }) => ({ key: name.slice(prefix.length), sizeBytes: size, hashes: {} }));
  const last = objects[objects.length - 1];
  return more && last !== undefined ? { blobs, cursor: last.name } : { blobs };
}
