/** A bucket of Firebase Storage as both native SDKs and download addresses show it, in memory and without Node. */
import { bytesReader } from '../../src/adapter-kit/index.js';
import { base64Encode, createHash, hexDecode } from '../../src/core/index.js';
import type { HttpRequest, HttpStreamReply, HttpTransport } from '../../src/ports/index.js';

/** What lies in the bucket. */
export interface BucketObject {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly cacheControl?: string;
  /** Base64. */
  readonly md5Hash: string;
  readonly updatedMs: number;
  /** Of its download address; another after each upload. */
  readonly token: string;
}

/** A page of one folder. */
export interface BucketPage {
  readonly items: readonly string[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | undefined;
}

/** How a bucket is set up. */
export interface BucketOptions {
  /** What a range past the end gets: 416 as Google Cloud Storage, or 200 with all of the blob as the emulator. @default 416 */
  readonly pastTheEnd?: 200 | 416;
  /** Whether Content-Range can be seen; browsers hide it. @default true */
  readonly exposesRange?: boolean;
  /** Whether a reply that has come is read on after an abort, as that of an XMLHttpRequest. @default false */
  readonly forgetsSignals?: boolean;
}

/** The bucket. */
export class FirebaseBucket {
  readonly name = 'gs://fake.appspot.com';
  readonly objects = new Map<string, BucketObject>();
  /** Downloads by address, with their ranges. */
  readonly downloads: string[] = [];
  private readonly options: BucketOptions;
  private nowMs = 1_800_000_000_000;
  private uploads = 0;

  constructor(options: BucketOptions = {}) {
    this.options = options;
  }

  store(path: string, bytes: Uint8Array, metadata: { readonly contentType: string; readonly cacheControl?: string }): BucketObject {
    const hash = createHash('md5');
    hash.update(bytes);
    this.nowMs += 1234;
    this.uploads += 1;
    const object = {
      ...metadata,
      bytes: new Uint8Array(bytes),
      md5Hash: base64Encode(hexDecode(hash.digest())),
      updatedMs: this.nowMs,
      token: `t${this.uploads}`,
    };
    this.objects.set(path, object);
    return object;
  }

  /** As Firebase lists: by folder, never by prefix. */
  list(folder: string, maxResults: number, pageToken: string | undefined): BucketPage {
    const below = folder === '' ? '' : `${folder}/`;
    const names = new Set<string>();
    for (const path of [...this.objects.keys()].sort()) {
      if (!path.startsWith(below)) continue;
      const rest = path.slice(below.length);
      const slash = rest.indexOf('/');
      // A folder may have an object's name; its own ends with a slash.
      names.add(below + (slash < 0 ? rest : rest.slice(0, slash + 1)));
    }
    const all = [...names];
    const start = pageToken === undefined ? 0 : Number(pageToken);
    const page = all.slice(start, start + maxResults);
    const items = page.filter((path) => !path.endsWith('/'));
    const prefixes = page.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1));
    const nextPageToken = start + maxResults < all.length ? String(start + maxResults) : undefined;
    return { items, prefixes, nextPageToken };
  }

  addressOf(path: string): string {
    const { token = '' } = this.objects.get(path) ?? {};
    return `https://firebasestorage.example:443/v0/b/fake/o/${encodeURIComponent(path)}?alt=media&token=${token}`;
  }

  /** What downloads by address; its replies lie in memory whole, as those of React Native's `fetch`. */
  transport(): HttpTransport {
    return { accepts: ['bytes'], streamsReplies: false, send: async (request) => this.reply(request) };
  }

  private reply(request: HttpRequest): HttpStreamReply {
    const [, name = '', token = ''] = /\/o\/([^?]+)\?alt=media&token=(.*)$/.exec(request.url) ?? [];
    const path = decodeURIComponent(name);
    const range = request.headers.range;
    this.downloads.push(range === undefined ? path : `${path} ${range}`);
    const object = this.objects.get(path);
    const forgets = this.options.forgetsSignals === true;
    const answer = (status: number, bytes: Uint8Array, headers: { readonly [name: string]: string }) =>
      answerTo(forgets ? { url: request.url } : request, status, bytes, headers);
    if (object === undefined) return answer(404, new Uint8Array(0), {});
    if (object.token !== token) return answer(403, new Uint8Array(0), {});
    const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (first === '') return answer(200, object.bytes, {});
    const { pastTheEnd = 416, exposesRange = true } = this.options;
    if (Number(first) >= object.bytes.length) return answer(pastTheEnd, pastTheEnd === 200 ? object.bytes : new Uint8Array(0), {});
    const part = object.bytes.subarray(Number(first), Number(last) + 1);
    const told = `bytes ${first}-${Number(first) + part.length - 1}/${object.bytes.length}`;
    return answer(206, part, exposesRange ? { 'content-range': told } : {});
  }
}

function answerTo(
  request: Pick<HttpRequest, 'url' | 'signal'>,
  status: number,
  bytes: Uint8Array,
  headers: { readonly [name: string]: string },
): HttpStreamReply {
  const all: { readonly [name: string]: string } = { 'content-length': String(bytes.length), ...headers };
  const reader = bytesReader(bytes.slice());
  const next = async (): Promise<Uint8Array | undefined> => {
    if (request.signal?.aborted === true) throw request.signal.reason;
    return reader.next();
  };
  return { status, url: request.url, header: (name) => all[name.toLowerCase()], body: { next, close: () => reader.close() } };
}
