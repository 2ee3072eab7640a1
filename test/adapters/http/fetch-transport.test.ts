/** The transport over `fetch`: Node's own against servers on loopback, and small fakes for what other hosts do. */
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { type FetchReply, fetchTransport, signedUrlBlobStore } from '../../../adapters/http/index.js';
import { type BlobStoreFixture, blobStoreSuite } from '../../../src/conformance/index.js';
import type { BlobStore, HttpRequest, HttpTransport } from '../../../src/ports/index.js';
import { createBucket } from './support/bucket-server.js';
import {
  answer,
  bodyOf,
  bytesBody,
  everythingOf,
  outcomeOf,
  patternBytes,
  readAll,
  rejection,
  serve,
  serveTcp,
  streamBody,
} from './support/loopback.js';

const HOUR_MS = 3_600_000;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { id: 'a/key', method: 'GET', url, headers: {}, ...more };
}

async function fixtureOf(transport: HttpTransport): Promise<BlobStoreFixture> {
  const bucket = createBucket();
  const { origin } = await serve(bucket.handle);
  const sign = async (requests: Parameters<Parameters<typeof signedUrlBlobStore>[0]['sign']>[0]) =>
    requests.map((request) => bucket.sign(origin, request, Date.now() + HOUR_MS));
  return { blobStore: signedUrlBlobStore({ transport, sign }) };
}

describe('the public suite', () => {
  const sample = (transport: HttpTransport): BlobStore => signedUrlBlobStore({ transport, sign: async () => [] });
  const claims = { conditionalPut: true };
  const streaming = fetchTransport();
  blobStoreSuite({ name: 'fetch', test, create: () => fixtureOf(streaming), claims, sample: sample(streaming) });
  const whole = fetchTransport({ streamsReplies: false });
  blobStoreSuite({ name: 'fetch, whole replies', test, create: () => fixtureOf(whole), claims, sample: sample(whole) });
});

describe("Node's fetch", () => {
  it('streams replies, in pieces of at most 524,288 bytes', async () => {
    const bytes = patternBytes(1_500_000);
    const { origin } = await serve((_request, response) => answer(response, 200, { 'x-name': 'value' }, bytes));
    const transport = fetchTransport();
    expect([transport.streamsReplies, transport.accepts]).toEqual([true, ['bytes', 'stream']]);
    const reply = await transport.send(get(origin));
    expect([reply.status, reply.header('X-Name'), reply.header('x-none'), new URL(reply.url).origin]).toEqual([
      200,
      'value',
      undefined,
      origin,
    ]);
    const pieces: Uint8Array[] = [];
    for (let piece = await reply.body.next(); piece !== undefined; piece = await reply.body.next()) pieces.push(new Uint8Array(piece));
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(524_288);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(await reply.body.next()).toBeUndefined();
  });

  it('takes a lent buffer whole before send settles', async () => {
    const seen: Buffer[] = [];
    const { origin } = await serve(async (request, response) => {
      seen.push(await bodyOf(request));
      answer(response, 200);
    });
    const pool = new Uint8Array(524_288 + 7).fill(7);
    const body = bytesBody(pool.subarray(7));
    const progress: number[] = [];
    const reply = await fetchTransport().send({ ...get(origin), method: 'PUT', body, onProgress: (sent) => progress.push(sent) });
    pool.fill(9);
    await reply.body.close();
    expect(seen[0]?.equals(new Uint8Array(524_288).fill(7))).toBe(true);
    expect(progress).toEqual([524_288]);
  });

  it('uses its connection again behind replies that nobody reads', async () => {
    const server = await serve(async (request, response) => {
      await bodyOf(request);
      answer(response, 200, { etag: '"x"' }, 'short');
    });
    const transport = fetchTransport();
    for (let round = 0; round < 4; round += 1) {
      const reply = await transport.send({ ...get(server.origin), method: 'PUT', body: bytesBody(patternBytes(1000)) });
      await reply.body.close();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect([server.requests.length, server.connections()]).toEqual([4, 1]);
  });

  it('tells redirects and does not follow them', async () => {
    const evil = await serve((_request, response) => answer(response, 200));
    const { origin } = await serve((_request, response) => answer(response, 307, { location: evil.origin }));
    const reply = await fetchTransport().send(get(origin));
    await reply.body.close();
    expect([reply.status, evil.requests.length]).toEqual([307, 0]);
  });

  it('aborts with the reason, before, while waiting and while reading', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200, { 'content-length': '1000000' }).write('begin');
    });
    const transport = fetchTransport();
    const outcomes: string[] = [];
    outcomes.push(await outcomeOf(transport.send(get(origin, { signal: AbortSignal.abort(new RangeError('enough')) }))));
    const waiting = new AbortController();
    setTimeout(() => waiting.abort(new RangeError('enough')), 10);
    outcomes.push(await outcomeOf(transport.send(get(origin, { signal: waiting.signal }))));
    const reading = new AbortController();
    const reply = await transport.send(get(`${origin}/body`, { signal: reading.signal }));
    await reply.body.next();
    setTimeout(() => reading.abort(new RangeError('enough')), 10);
    outcomes.push(await outcomeOf(reply.body.next()), await outcomeOf(reply.body.next()));
    await reply.body.close();
    expect(outcomes).toEqual(['RangeError', 'RangeError', 'RangeError', 'RangeError']);
  });

  it('resets, cut replies and refused connections are NETWORK, and say nothing of the address', async () => {
    const canary = 'CANARY-aa10';
    const reset = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const cut = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begin', () => response.socket?.destroy());
    });
    const transport = fetchTransport();
    const errors = [];
    for (const origin of [reset.origin, 'http://127.0.0.1:1', 'http://127.0.0.1:9999999']) {
      errors.push(await rejection(transport.send(get(`${origin}/?sig=${canary}`, { headers: { authorization: canary } }))));
    }
    const reply = await transport.send(get(`${cut.origin}/?sig=${canary}`));
    errors.push(await rejection(readAll(reply.body)));
    expect(errors.map(({ code }) => code)).toEqual(['NETWORK', 'NETWORK', undefined, 'NETWORK']);
    errors.push(await rejection(transport.send(get(reset.origin, { headers: { 'x-bad': `${canary}\n` } }))));
    errors.push(await rejection(transport.send(get(reset.origin, { headers: { [`${canary}:`]: 'x' } }))));
    for (const error of errors) expect(everythingOf(error)).not.toContain(canary);
  });
});

describe('other hosts', () => {
  const replyOf = (more: Partial<FetchReply> = {}): FetchReply => ({
    ...{ status: 200, url: 'https://cdn.example/a', headers: new Headers({ etag: '"x"' }) },
    arrayBuffer: async () => new Uint8Array([1, 2, 3]).buffer,
    ...more,
  });

  it('a reply without a body to stream is read whole, when it is wanted', async () => {
    let reads = 0;
    const reply = replyOf({
      arrayBuffer: async () => {
        reads += 1;
        return new Uint8Array([1, 2, 3]).buffer;
      },
    });
    for (const streamsReplies of [true, false]) {
      const transport = fetchTransport({ fetch: async () => reply, streamsReplies });
      expect(transport.streamsReplies).toBe(streamsReplies);
      const got = await transport.send(get('https://cdn.example/a'));
      const before = reads;
      expect(await readAll(got.body)).toEqual(Uint8Array.of(1, 2, 3));
      expect(reads).toBe(before + 1);
    }
  });

  it('a hidden redirect is a redirect', async () => {
    const reply = replyOf({ status: 0, type: 'opaqueredirect', url: '' });
    const got = await fetchTransport({ fetch: async () => reply }).send(get('https://cdn.example/a'));
    expect([got.status, got.url]).toEqual([302, 'https://cdn.example/a']);
  });

  it('a fetch that is deaf to aborts holds nobody', async () => {
    const aborting = new AbortController();
    const deaf = fetchTransport({ fetch: () => new Promise(() => undefined) });
    const outcome = outcomeOf(deaf.send(get('https://cdn.example/a', { signal: aborting.signal })));
    aborting.abort(new RangeError('enough'));
    expect(await outcome).toBe('RangeError');
  });

  it('cancels a reply that comes after the abort', async () => {
    const aborting = new AbortController();
    let answer = (_reply: FetchReply): void => undefined;
    const fetch = (): Promise<FetchReply> =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const outcome = outcomeOf(fetchTransport({ fetch }).send(get('https://cdn.example/a', { signal: aborting.signal })));
    await turn();
    aborting.abort(new RangeError('enough'));
    expect(await outcome).toBe('RangeError');
    const cancel = vi.fn(async () => undefined);
    answer(replyOf({ body: { cancel } }));
    await turn();
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  it('gives up the rest of a short reply that does not come', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let signal: AbortSignal | undefined;
    const reader = { read: () => new Promise(() => undefined), cancel: async () => undefined };
    const headers = new Headers({ 'content-length': '10' });
    const fetch = async (_url: string, init: never): Promise<FetchReply> => {
      ({ signal } = init as { signal: AbortSignal });
      return replyOf({ headers, body: { getReader: () => reader } });
    };
    const got = await fetchTransport({ fetch, streamsReplies: true }).send(get('https://cdn.example/a'));
    await got.body.close();
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(signal?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives the host neither the browser’s own headers nor a signal of another kind', async () => {
    const calls: { headers: unknown; signal: unknown; redirect: unknown }[] = [];
    const fetch = async (_url: string, init: { headers: unknown; signal: unknown; redirect: unknown }): Promise<FetchReply> => {
      calls.push(init);
      return replyOf();
    };
    const lookAlike = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
    const headers = { 'Accept-Encoding': 'identity', 'content-length': '1', range: 'bytes=0-1' };
    await fetchTransport({ fetch }).send(get('https://cdn.example/a', { headers, signal: lookAlike }));
    expect(calls[0]?.headers).toEqual([['range', 'bytes=0-1']]);
    expect(calls[0]?.signal).toBeInstanceOf(AbortSignal);
    expect(calls[0]?.redirect).toBe('manual');
  });

  it('a fetch that throws or rejects is told by code, without what it says', async () => {
    const canary = 'CANARY-51bb';
    const url = `https://cdn.example/?sig=${canary}`;
    const of = (facts: object): Error => Object.assign(new TypeError(`cannot load ${url}`), facts);
    const table: readonly (readonly [unknown, string, unknown])[] = [
      [of({}), 'NETWORK', undefined],
      [of({ name: 'SyntaxError' }), 'TypeError', undefined],
      [of({ cause: { code: 'ERR_INVALID_URL', input: url } }), 'TypeError', undefined],
      [of({ code: 'ERR_INVALID_URL', input: url }), 'TypeError', undefined],
      [of({ cause: { code: 'ETIMEDOUT' } }), 'TIMEOUT', 'ETIMEDOUT'],
      [of({ cause: { code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' } }), 'NETWORK', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'],
      [of({ cause: { code: canary } }), 'NETWORK', undefined],
      [canary, 'NETWORK', undefined],
      [undefined, 'NETWORK', undefined],
    ];
    const throwing = (error: unknown) => (): never => {
      throw error;
    };
    for (const [error, code, reason] of table) {
      for (const fetch of [throwing(error), () => Promise.reject(error)]) {
        const got = await rejection(fetchTransport({ fetch }).send(get(url, { headers: { authorization: canary } })));
        expect([got.code ?? (got as Error).name, got.context?.reason]).toEqual([code, reason]);
        expect(everythingOf(got)).not.toContain(canary);
      }
    }
  });

  it('an address that only the host cannot read is a TypeError that does not show it', async () => {
    const canary = 'CANARY-20e7';
    for (const host of ['1.2.3.999', '[:::]', 'cdn.example:65536']) {
      const error = await rejection(fetchTransport().send(get(`http://${host}/?sig=${canary}`)));
      expect(error).toBeInstanceOf(TypeError);
      expect(everythingOf(error)).not.toContain(canary);
    }
  });

  it('an abort after the end was told changes nothing', async () => {
    const aborting = new AbortController();
    const { body } = await fetchTransport({ fetch: async () => replyOf() }).send(get('https://cdn.example/a', { signal: aborting.signal }));
    while ((await body.next()) !== undefined);
    aborting.abort();
    expect(await body.next()).toBeUndefined();
  });

  it('a time-out of the host is TIMEOUT, and what it does not take is NOT_SUPPORTED', async () => {
    const failing = (error: unknown): HttpTransport => fetchTransport({ fetch: () => Promise.reject(error) });
    const timeout = Object.assign(new TypeError('fetch failed'), { cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } });
    const outcomes: string[] = [];
    for (const error of [timeout, new TypeError('x'), undefined, 'x']) {
      outcomes.push(await outcomeOf(failing(error).send(get('https://cdn.example/a'))));
    }
    const file = { kind: 'file', sizeBytes: 1, path: '/x' } as const;
    outcomes.push(await outcomeOf(fetchTransport().send({ ...get('https://cdn.example/a'), method: 'PUT', body: file })));
    const lying = streamBody([patternBytes(9)], 10);
    outcomes.push(await outcomeOf(fetchTransport().send({ ...get('https://cdn.example/a'), method: 'PUT', body: lying })));
    expect(outcomes).toEqual(['TIMEOUT', 'NETWORK', 'NETWORK', 'NETWORK', 'NOT_SUPPORTED', 'BLOB_CORRUPT']);
  });
});
