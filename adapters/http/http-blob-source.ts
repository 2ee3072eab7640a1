/** Videos read from any CDN or static server: the bucket's public face. */
import { type ErrorContext, ReelwayError } from '../../src/errors/index.js';
import { assertBlobKey } from '../../src/internal/adapter-kit/index.js';
import type {
  AbortSignalLike,
  BlobInfo,
  BlobSource,
  GetOptions,
  HttpRequest,
  HttpStreamReply,
  HttpTransport,
} from '../../src/ports/index.js';
import { infoOf } from './infos.js';
import { assertSameOrigin, openReply, rangeHeader } from './reading.js';
import { isSuccess, replyError } from './replies.js';

const MOST_ETAGS = 256;

/** What {@link httpBlobSource} is made of. */
export interface HttpBlobSourceOptions {
  /** Where the bucket's root is, `http:` or `https:`, with or without a `/` at its end. */
  readonly baseUrl: string;
  readonly transport: HttpTransport;
  /** Sent with every request, to this origin only. @default none */
  readonly headers?: { readonly [name: string]: string };
}

/**
 * A {@link BlobSource} over plain HTTP. Several ranges of one blob are held together by its ETag (If-Range), so that a blob which is replaced
 * meanwhile is BLOB_CORRUPT instead of a mixture.
 */
export function httpBlobSource(options: HttpBlobSourceOptions): BlobSource {
  const base = baseOf(options.baseUrl);
  const etags = new Map<string, string>();
  const remember = (key: string, etag: string | undefined): void => {
    etags.delete(key);
    // A weak ETag does not promise the same bytes.
    if (etag === undefined || etag.startsWith('W/')) return;
    etags.set(key, etag);
    const oldest = etags.keys().next().value;
    if (etags.size > MOST_ETAGS && oldest !== undefined) etags.delete(oldest);
  };
  const send = async (
    method: 'GET' | 'HEAD',
    key: string,
    headers: HttpRequest['headers'],
    signal?: AbortSignalLike,
  ): Promise<HttpStreamReply> => {
    assertBlobKey(key);
    const url = base + key;
    const request = { id: key, method, url, headers: { ...options.headers, 'accept-encoding': 'identity', ...headers } };
    const reply = await options.transport.send(signal === undefined ? request : { ...request, signal });
    return sameOrigin(reply, url, { key });
  };
  const get = async (key: string, { range, signal }: GetOptions = {}) => {
    const known = range === undefined ? undefined : etags.get(key);
    const reply = await send('GET', key, { ...rangeHeader(range), ...(known === undefined ? {} : { 'if-range': known }) }, signal);
    if (!isSuccess(reply)) throw await replyError(reply, Date.now(), { key });
    if (known !== undefined && reply.status === 200 && reply.header('etag') !== known) {
      await reply.body.close();
      etags.delete(key);
      throw new ReelwayError('BLOB_CORRUPT', { message: 'The blob was replaced while it was being read.', context: { key } });
    }
    remember(key, reply.header('etag'));
    return openReply(reply, range, { key });
  };
  const head = async (key: string, signal?: AbortSignalLike): Promise<BlobInfo | undefined> => {
    const reply = await send('HEAD', key, {}, signal);
    if (!isSuccess(reply)) {
      const error = await replyError(reply, Date.now(), { key });
      if (error.code === 'BLOB_NOT_FOUND') return undefined;
      throw error;
    }
    await reply.body.close();
    return infoOf(key, reply);
  };
  const urlFor = async (key: string): Promise<string> => {
    assertBlobKey(key);
    return base + key;
  };
  return { rangeRead: true, get, head, urlFor };
}

function baseOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('baseUrl must be an http: or https: address');
  if (url.username !== '' || url.password !== '') throw new TypeError('baseUrl must not hold credentials: give them as headers');
  if (url.search !== '' || url.hash !== '') throw new TypeError('baseUrl must have no query and no fragment');
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

async function sameOrigin(reply: HttpStreamReply, url: string, context: ErrorContext): Promise<HttpStreamReply> {
  try {
    assertSameOrigin(reply, url, context);
    return reply;
  } catch (error) {
    await reply.body.close();
    throw error;
  }
}
