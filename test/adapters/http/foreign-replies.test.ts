/** Replies that are not the store's, waits that a reply asks for, and ETags that are not MD5s. */
import { describe, expect, it } from 'vitest';
import { httpBlobSource, type SignedRequest, type SignRequest, signedUrlBlobStore } from '../../../adapters/http/index.js';
import type { BlobSource, BlobStore, HttpRequest } from '../../../src/ports/index.js';
import { bytesBody, outcomeOf, PLAIN, patternBytes, readAll, rejection } from './support/loopback.js';
import { type ScriptedReply, type ScriptedTransport, scriptedTransport } from './support/scripted-transport.js';

const NOW_MS = 1_800_000_000_000;
const TEN = patternBytes(10);

function sourceOf(script: (request: HttpRequest) => ScriptedReply): { source: BlobSource; transport: ScriptedTransport } {
  const transport = scriptedTransport(script);
  return { source: httpBlobSource({ baseUrl: 'https://cdn.example', transport, wallMs: () => NOW_MS }), transport };
}

async function read(source: BlobSource): Promise<Uint8Array> {
  return readAll(await source.get('v/0'));
}

function signed(script: (request: HttpRequest) => ScriptedReply): { store: BlobStore; transport: ScriptedTransport } {
  const transport = scriptedTransport(script);
  const sign = async (requests: readonly SignRequest[]): Promise<SignedRequest[]> =>
    requests.map(({ key }) => ({ url: `https://bucket.example/${key}`, expiresMs: 9e15 }));
  return { store: signedUrlBlobStore({ sign, transport }), transport };
}

/** A server with ranges. */
function ranged({ headers }: HttpRequest): ScriptedReply {
  const match = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '');
  if (match === null) return { headers: { 'content-length': '10' }, body: TEN };
  const [start, end] = [Number(match[1]), Number(match[2]) + 1];
  return {
    status: 206,
    headers: { 'content-length': String(end - start), 'content-range': `bytes ${start}-${end - 1}/10` },
    body: TEN.subarray(start, end),
  };
}

describe('a Retry-After date', () => {
  const DATE = 'Thu, 01 Jan 2015 00:00:00 GMT';
  const wait = async (retryAfter: string, date?: string): Promise<unknown> => {
    const { source } = sourceOf(() => ({ status: 503, headers: { 'retry-after': retryAfter, ...(date === undefined ? {} : { date }) } }));
    return (await rejection(source.get('v/0'))).context?.retryAfterMs;
  };

  it.each([
    ['Thu, 01 Jan 2015 00:01:30 GMT', 90_000],
    ['Thursday, 01-Jan-15 00:01:30 GMT', 90_000],
    ['Thu Jan  1 00:01:30 2015', 90_000],
    ['Wed Dec 31 23:59:59 2014', undefined],
    ['Thu, 41 Jan 2015 00:01:30 GMT', undefined],
    ['Thu, 31 Feb 2015 00:01:30 GMT', undefined],
    ['Thu, 01 Jam 2015 00:01:30 GMT', undefined],
    ['Thu, 01 Jan 2015 24:01:30 GMT', undefined],
    ['Monday, 01-Jan-99 00:00:00 GMT', undefined],
  ])('%j counts from the Date of the reply', async (text, expected) => {
    expect(await wait(text, DATE)).toBe(expected);
    expect(await wait(text, 'Thursday, 01-Jan-15 00:00:00 GMT')).toBe(expected);
  });

  it('counts from the clock of the device if the reply has no valid Date', async () => {
    expect(await wait(new Date(NOW_MS + 5_000).toUTCString(), 'yesterday')).toBe(5_000);
  });
});

describe("a reply that is not the store's", () => {
  const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'content-length': '10' }, body: TEN };

  it.each(['text/html', 'TEXT/HTML;charset=utf-8', 'application/xhtml+xml'])('is UNAVAILABLE as %s, for get and head', async (type) => {
    const { source, transport } = sourceOf(() => ({ ...page, headers: { ...page.headers, 'content-type': type } }));
    expect([await outcomeOf(read(source)), await outcomeOf(source.head('v/0'))]).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    expect(transport.open()).toBe(0);
  });

  it.each([403, 405])('to a HEAD with %i uses a read where reads are allowed', async (status) => {
    const { source } = sourceOf((request) => (request.method === 'HEAD' ? { status } : ranged(request)));
    expect(await source.head('v/0')).toEqual({ key: 'v/0', sizeBytes: 10, hashes: {} });
    const gone = sourceOf(({ method }) => ({ status: method === 'HEAD' ? status : 404 }));
    expect(await gone.source.head('v/0')).toBeUndefined();
  });
});

describe('signedUrlBlobStore', () => {
  const other = '00000000000000000000000000000000';

  const body = bytesBody(new Uint8Array(3));

  it('rejects a web page as UNAVAILABLE for every request', async () => {
    const world = signed(() => ({ headers: { 'content-type': 'text/html' }, body: '<!doctype html>' }));
    const { store } = world;
    const requests = [store.get('a'), store.head('a'), store.remove(['a']), store.put('a', body, { contentType: 'video/mp4' })];
    expect(await Promise.all(requests.map((request) => outcomeOf(request)))).toEqual(requests.map(() => 'UNAVAILABLE'));
    expect(world.transport.open()).toBe(0);
  });

  it.each([
    ['SlowDown', 'THROTTLED'],
    ['InternalError', 'UNAVAILABLE'],
  ])('rejects a put that is answered 200 with the error %s in the body', async (word, code) => {
    const xml = `<?xml version="1.0"?><Error><Code>${word}</Code></Error>`;
    const world = signed(({ method }) =>
      method === 'PUT' ? { headers: { 'content-type': 'application/xml' }, body: xml } : { status: 404 },
    );
    expect(await outcomeOf(world.store.put('a', body, { contentType: 'video/mp4' }))).toBe(code);
    expect(world.transport.open()).toBe(0);
  });

  it('takes a bare 404 to a put for a passing failure, and NoSuchBucket for a permanent one', async () => {
    const outcome = (reply: ScriptedReply) => outcomeOf(signed(() => reply).store.put('a', body, { contentType: 'video/mp4' }));
    expect(await outcome({ status: 404 })).toBe('UNAVAILABLE');
    expect(await outcome({ status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' })).toBe('REQUEST_REFUSED');
  });

  it('reads a blob back once if its ETag is not the MD5, and ignores ETags from then on if the bytes are right', async () => {
    const bytes = new TextEncoder().encode('abc');
    const hashes = { md5: '900150983cd24fb0d6963f7d28e17f72' };
    const transport = scriptedTransport(({ method }) => ({
      headers: { etag: `"${other}"`, 'content-length': String(bytes.length) },
      body: method === 'GET' ? bytes : '',
    }));
    const store = signedUrlBlobStore({
      transport,
      sign: async (requests) => requests.map(() => ({ url: 'https://bucket.example/a', expiresMs: 9e15 })),
    });
    for (const key of ['a', 'b']) {
      expect((await store.put(key, bytesBody(bytes), { ...PLAIN, hashes })).hashes).toEqual({});
      expect((await store.head(key))?.hashes).toEqual({});
    }
    expect(transport.requests.map(({ method }) => method)).toEqual(['PUT', 'GET', 'HEAD', 'PUT', 'HEAD']);
    expect(transport.open()).toBe(0);
  });
});
