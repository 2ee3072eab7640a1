/** Reads by download address and Range: the SDKs themselves read whole objects only. */
import { assertStoreReply, isSuccess, openBlob, openReply, rangeHeader, replyError, throwIfAborted } from '../../src/adapter-kit/index.js';
import type { ByteRange } from '../../src/core/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobInfo, BlobReader, GetOptions, HttpStreamReply, HttpTransport } from '../../src/ports/index.js';

const MOST_ADDRESSES = 256;

export interface AddressReaderOptions {
  readonly transport: HttpTransport;
  /** Requests the download address of a blob from Firebase. @throws {ReelwayError} BLOB_NOT_FOUND */
  readonly addressOf: (key: string, signal: AbortSignalLike | undefined) => Promise<string>;
  readonly head: (key: string, signal: AbortSignalLike | undefined) => Promise<BlobInfo | undefined>;
}

/** Reads blobs by their addresses. Addresses are cached, so that reading many ranges needs one address request. */
export interface AddressReader {
  get(key: string, options: GetOptions): Promise<BlobReader>;
  /** Drops a cached address; it changes with every put. */
  forget(key: string): void;
}

/** Addresses are secrets and never appear in errors. */
export function addressReader({ transport, addressOf, head }: AddressReaderOptions): AddressReader {
  const known = new Map<string, string>();
  const ask = async (key: string, signal: AbortSignalLike | undefined): Promise<string> => {
    const address = await addressOf(key, signal);
    known.delete(key);
    known.set(key, address);
    const oldest = known.keys().next().value;
    if (known.size > MOST_ADDRESSES && oldest !== undefined) known.delete(oldest);
    return address;
  };
  const send = async (url: string, key: string, range: ByteRange | undefined, signal: AbortSignalLike | undefined) => {
    const headers = { 'accept-encoding': 'identity', ...rangeHeader(range) };
    return transport.send({ id: key, method: 'GET', url, headers, ...(signal === undefined ? {} : { signal }) });
  };
  /** A cached address may be outdated or revoked: it is requested again, once. */
  const sendFresh = async (key: string, range: ByteRange | undefined, signal: AbortSignalLike | undefined): Promise<HttpStreamReply> => {
    const kept = known.get(key);
    const reply = await send(kept ?? (await ask(key, signal)), key, range, signal);
    if (kept === undefined || (reply.status !== 403 && reply.status !== 404)) return reply;
    known.delete(key);
    await reply.body.close();
    return send(await ask(key, signal), key, range, signal);
  };
  const openPart = async (key: string, range: ByteRange | undefined, check: (reply: HttpStreamReply) => void, signal?: AbortSignalLike) => {
    const reply = await sendFresh(key, range, signal);
    if (!isSuccess(reply)) throw quota(await replyError(reply, Date.now(), { key }));
    await assertStoreReply(reply, { key });
    try {
      check(reply);
    } catch (error) {
      await reply.body.close();
      throw error;
    }
    return openReply(reply, range, { key });
  };
  return {
    get: async (key, { range, signal }) => {
      const source = {
        transport,
        openPart: (part: ByteRange | undefined, check: (reply: HttpStreamReply) => void) => openPart(key, part, check, signal),
        head: () => head(key, signal),
      };
      try {
        return heldTo(signal, await openBlob(source, range, { key }));
      } catch (error) {
        throw await explained(error, range, () => head(key, signal));
      }
    },
    forget: (key) => {
      known.delete(key);
    },
  };
}

/** A transport that holds whole replies in memory no longer listens to the signal. */
function heldTo(signal: AbortSignalLike | undefined, reader: BlobReader): BlobReader {
  const next = async (): Promise<Uint8Array | undefined> => {
    throwIfAborted(signal);
    return reader.next();
  };
  return { ...reader, next, close: () => reader.close() };
}

/** Firebase answers 402 when the quota of the bucket is used up. */
function quota(error: ReelwayError): ReelwayError {
  const { context, message } = error;
  return context.status === 402 ? new ReelwayError('QUOTA_EXCEEDED', { context, message }) : error;
}

/**
 * A range past the end is 416, or the whole blob as 200 (the emulator), or a shorter 206 whose Content-Range browsers hide. Only the size
 * distinguishes them from a server without support for ranges.
 */
async function explained(error: unknown, range: ByteRange | undefined, head: () => Promise<BlobInfo | undefined>): Promise<unknown> {
  if (range === undefined || !isReelwayError(error) || (error.code !== 'BLOB_CORRUPT' && error.code !== 'NOT_SUPPORTED')) return error;
  const info = await head();
  if (info?.sizeBytes === undefined || info.sizeBytes >= range.end) return error;
  return new ReelwayError('RANGE_NOT_SATISFIABLE', {
    message: `The blob has ${info.sizeBytes} bytes; the range ends at ${range.end}`,
    context: { key: info.key, start: range.start, end: range.end, sizeBytes: info.sizeBytes },
  });
}
