/** Videos read from any CDN or static server: the bucket's public face. */
import {
  assertBlobKey,
  assertOptions,
  assertSameOrigin,
  assertStoreReply,
  baseOf,
  headByRead,
  isHeadRefused,
  isSuccess,
  openBlob,
  openReply,
  type PartSource,
  rangeHeader,
  replaced,
  replyError,
} from '../../src/adapter-kit/index.js';
import type { ErrorContext } from '../../src/errors/index.js';
import type {
  AbortSignalLike,
  BlobInfo,
  BlobReader,
  BlobSource,
  GetOptions,
  HttpReply,
  HttpRequest,
  HttpStreamReply,
  HttpTransport,
} from '../../src/ports/index.js';
import { infoOf } from './infos.js';

const MOST_ETAGS = 256;

/** What {@link httpBlobSource} is made of. */
export interface HttpBlobSourceOptions {
  /** Where the bucket's root is: an `http:` or `https:` address in ASCII without query or credentials, with or without a `/` at its end. */
  readonly baseUrl: string;
  readonly transport: HttpTransport;
  /** Sent with every request. A host that follows redirects by itself (XHR) may carry them along. @default none */
  readonly headers?: { readonly [name: string]: string };
  /** The time now, milliseconds since 1970. @default the host's */
  readonly wallMs?: () => number;
}

/**
 * A {@link BlobSource} over plain HTTP. Reads of one blob are tied to one version by its ETag (If-Range). A blob that is replaced
 * meanwhile is BLOB_CORRUPT, never a mixture of versions. Redirects to another origin, and web pages, are UNAVAILABLE.
 * @throws {TypeError} for an invalid `baseUrl`
 */
export function httpBlobSource(options: HttpBlobSourceOptions): BlobSource {
  assertOptions('httpBlobSource', options, { baseUrl: true, transport: true, headers: true, wallMs: true });
  const base = baseOf(options.baseUrl);
  const { transport, headers = {}, wallMs = Date.now } = options;
  const etags = createEtags();
  const send = async (method: 'GET' | 'HEAD', key: string, extra: HttpRequest['headers'], signal?: AbortSignalLike) => {
    const url = base + key;
    const request = { id: key, method, url, headers: { ...headers, 'accept-encoding': 'identity', ...extra } };
    const reply = await transport.send(signal === undefined ? request : { ...request, signal });
    await checked(reply, () => assertSameOrigin(reply, url, { key }));
    if (!isSuccess(reply)) throw await replyError(reply, wallMs(), { key });
    await assertStoreReply(reply, { key });
    return reply;
  };
  const openPart =
    (key: string, signal: AbortSignalLike | undefined): PartSource['openPart'] =>
    async (range, check) => {
      const known = range === undefined ? undefined : etags.get(key);
      const reply = await send('GET', key, { ...rangeHeader(range), ...(known === undefined ? {} : { 'if-range': known }) }, signal);
      await checked(reply, () => {
        etags.follow(key, known, reply);
        check(reply);
      });
      return openReply(reply, range, { key });
    };
  const head = async (key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined> => {
    assertBlobKey(key);
    try {
      const reply = await send('HEAD', key, {}, signal).catch(absent);
      await reply?.body.close();
      return reply === undefined ? undefined : infoOf(key, reply);
    } catch (error) {
      if (!isHeadRefused(error)) throw error;
      return headByRead(key, error, ({ range }) => openPart(key, signal)(range, () => undefined));
    }
  };
  const get = async (key: string, { range, signal }: GetOptions = {}): Promise<BlobReader> => {
    assertBlobKey(key);
    return openBlob({ transport, openPart: openPart(key, signal), head: () => head(key, signal) }, range, { key });
  };
  const urlFor = async (key: string): Promise<string> => {
    assertBlobKey(key);
    return base + key;
  };
  return { rangeRead: true, get, head, urlFor };
}

/** Closes the reply where the check throws. */
async function checked(reply: HttpStreamReply, check: () => void): Promise<void> {
  try {
    check();
  } catch (error) {
    await reply.body.close();
    throw error;
  }
}

function absent(error: { readonly code?: unknown }): undefined {
  if (error.code !== 'BLOB_NOT_FOUND') throw error;
}

interface Etags {
  get(key: string): string | undefined;
  /** Remembers the reply's ETag. @throws {ReelwayError} BLOB_CORRUPT if it differs from the known one: the blob was replaced */
  follow(key: string, known: string | undefined, reply: HttpReply): void;
}

function createEtags(): Etags {
  const etags = new Map<string, string>();
  return {
    get: (key) => etags.get(key),
    follow: (key, known, reply) => {
      const context: ErrorContext = { key };
      const etag = reply.header('etag');
      etags.delete(key);
      // A server without If-Range answers 206 all the same; one with it answers 200 with the whole of the new blob.
      if (known !== undefined && etag !== known && (etag !== undefined || reply.status === 200)) throw replaced(context);
      const kept = etag ?? known;
      // A weak ETag does not promise the same bytes.
      if (kept === undefined || kept.startsWith('W/')) return;
      etags.set(key, kept);
      const oldest = etags.keys().next().value;
      if (etags.size > MOST_ETAGS && oldest !== undefined) etags.delete(oldest);
    },
  };
}
