/** Videos on any server: what each answer means, and that nothing wrong is taken for the blob. */
import { describe, expect, it } from 'vitest';
import { httpBlobSource } from '../../../adapters/http/index.js';
import { nodeHttpTransport } from '../../../adapters/node/index.js';
import type { BlobSource, HttpRequest } from '../../../src/ports/index.js';
import { answer, everythingOf, outcomeOf, patternBytes, readAll, rejection, serve } from './support/loopback.js';
import { type ScriptedReply, type ScriptedTransport, scriptedTransport } from './support/scripted-transport.js';

const BASE = 'https://cdn.example/videos';
const NOW_MS = Date.UTC(2026, 0, 1);
const TEN = patternBytes(10);

function sourceOf(
  script: (request: HttpRequest, index: number) => ScriptedReply,
  streams = true,
): { source: BlobSource; transport: ScriptedTransport } {
  const transport = scriptedTransport(script, streams);
  return { source: httpBlobSource({ baseUrl: BASE, transport, wallMs: () => NOW_MS }), transport };
}

async function read(source: BlobSource, range?: { start: number; end: number }): Promise<Uint8Array> {
  return readAll(await source.get('v/0', range === undefined ? {} : { range }));
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** A server with ranges, ETags and If-Range, as a script. */
function honest(blob: () => { readonly bytes: Uint8Array; readonly etag: string }): (request: HttpRequest) => ScriptedReply {
  return ({ method, headers }) => {
    const { bytes, etag } = blob();
    const match = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    const isStale = headers['if-range'] !== undefined && headers['if-range'] !== etag;
    if (match === null || isStale) {
      return { headers: { etag, 'content-length': String(bytes.length) }, body: method === 'HEAD' ? '' : bytes };
    }
    const start = Number(match[1]);
    if (start >= bytes.length) return { status: 416 };
    const end = Math.min(Number(match[2]) + 1, bytes.length);
    const told = { etag, 'content-length': String(end - start), 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` };
    return { status: 206, headers: told, body: bytes.subarray(start, end) };
  };
}

describe('answers to a range', () => {
  const range = { start: 2, end: 6 };
  const part = TEN.subarray(2, 6);
  const told = (text: string): Record<string, string> => ({ 'content-range': text, 'content-length': '4' });
  const table: readonly (readonly [string, ScriptedReply, string])[] = [
    ['the range', { status: 206, headers: told('bytes 2-5/10'), body: part }, 'resolved'],
    ['the range of an unknown whole', { status: 206, headers: told('bytes 2-5/*'), body: part }, 'resolved'],
    ['a hidden Content-Range, right length', { status: 206, headers: { 'content-length': '4' }, body: part }, 'resolved'],
    ['no Content-Range, no length', { status: 206, body: part }, 'BLOB_CORRUPT'],
    ['no Content-Range, another length', { status: 206, headers: { 'content-length': '5' }, body: part }, 'BLOB_CORRUPT'],
    ['another start', { status: 206, headers: told('bytes 1-4/10'), body: part }, 'BLOB_CORRUPT'],
    ['a longer range', { status: 206, headers: told('bytes 2-6/10'), body: part }, 'BLOB_CORRUPT'],
    ['a shorter range of a longer blob', { status: 206, headers: told('bytes 2-4/10'), body: part }, 'BLOB_CORRUPT'],
    ['a shorter range of a shorter blob', { status: 206, headers: told('bytes 2-4/5'), body: part }, 'RANGE_NOT_SATISFIABLE'],
    ['a range behind its own end', { status: 206, headers: told('bytes 2-5/5'), body: part }, 'BLOB_CORRUPT'],
    ['several parts', { status: 206, headers: { 'content-type': 'multipart/byteranges; boundary=x' }, body: 'x' }, 'BLOB_CORRUPT'],
    ['a Content-Range of junk', { status: 206, headers: told('bytes 2-5'), body: part }, 'BLOB_CORRUPT'],
    ['items, not bytes', { status: 206, headers: told('items 2-5/10'), body: part }, 'BLOB_CORRUPT'],
    ['200 with the whole', { headers: { 'content-length': '10' }, body: TEN }, 'NOT_SUPPORTED'],
    ['200 without a length', { body: TEN }, 'NOT_SUPPORTED'],
    ['200 with a blob that is too short', { headers: { 'content-length': '5' }, body: TEN.subarray(0, 5) }, 'RANGE_NOT_SATISFIABLE'],
    ['416', { status: 416 }, 'RANGE_NOT_SATISFIABLE'],
    ['a longer body', { status: 206, headers: told('bytes 2-5/10'), body: TEN }, 'BLOB_CORRUPT'],
    ['a shorter body', { status: 206, headers: told('bytes 2-5/10'), body: TEN.subarray(0, 3) }, 'NETWORK'],
    ['gzip', { status: 206, headers: { ...told('bytes 2-5/10'), 'content-encoding': 'gzip' }, body: part }, 'BLOB_CORRUPT'],
  ];

  it.each(table)('%s', async (_name, reply, expected) => {
    const { source, transport } = sourceOf(() => reply);
    let reader: Awaited<ReturnType<BlobSource['get']>> | undefined;
    const outcome = await outcomeOf(
      (async () => {
        reader = await source.get('v/0', { range });
        expect(await readAll(reader)).toEqual(part);
      })(),
    );
    expect(outcome).toBe(expected);
    await reader?.close();
    expect(transport.open()).toBe(0);
    expect(transport.requests[0]?.headers).toEqual({ 'accept-encoding': 'identity', range: 'bytes=2-5' });
  });

  it('200 will do for a range that is the whole', async () => {
    const { source } = sourceOf(() => ({ headers: { 'content-length': '10' }, body: TEN }));
    expect(await read(source, { start: 0, end: 10 })).toEqual(TEN);
  });
});

describe('answers to a whole read', () => {
  it('are held to their length, and encoded ones refused', async () => {
    const outcomes: string[] = [];
    const replies: ScriptedReply[] = [
      { headers: { 'content-length': '9' }, body: TEN },
      { headers: { 'content-length': '11' }, body: TEN },
      { headers: { 'content-length': '10', 'content-encoding': 'br' }, body: TEN },
      { headers: { 'content-length': '10', 'content-encoding': 'identity' }, body: TEN },
      { body: TEN },
    ];
    for (const reply of replies) outcomes.push(await outcomeOf(read(sourceOf(() => reply).source)));
    expect(outcomes).toEqual(['BLOB_CORRUPT', 'NETWORK', 'BLOB_CORRUPT', 'resolved', 'resolved']);
  });

  it('rejects redirects to another origin as UNAVAILABLE, and accepts those to the same one', async () => {
    const told: string[] = [];
    const urls = ['https://evil.example/v/0', 'http://cdn.example/v/0', 'https://cdn.example:444/v/0', 'https://cdn.example@evil.example/'];
    for (const url of [...urls, 'https://CDN.example:443/other', '']) {
      const { source, transport } = sourceOf(() => ({ url, headers: { 'content-length': '10' }, body: TEN }));
      told.push(await outcomeOf(read(source)));
      expect(transport.open()).toBe(0);
    }
    expect(told).toEqual([...urls.map(() => 'UNAVAILABLE'), 'resolved', 'resolved']);
  });

  it('rejects redirects that the host does not follow', async () => {
    const evil = await serve((_request, response) => answer(response, 200, {}, 'evil'));
    const { origin } = await serve((_request, response) => answer(response, 302, { location: `${evil.origin}/x` }));
    const source = httpBlobSource({ baseUrl: origin, transport: nodeHttpTransport(), headers: { authorization: 'Bearer x' } });
    expect(await outcomeOf(read(source))).toBe('UNAVAILABLE');
    expect(evil.requests).toEqual([]);
  });
});

describe('statuses', () => {
  const xml = (code: string): string => `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  const table: readonly (readonly [number, string, string])[] = [
    [301, '', 'REQUEST_REFUSED'],
    [302, '', 'UNAVAILABLE'],
    [304, '', 'REQUEST_REFUSED'],
    [307, '', 'UNAVAILABLE'],
    [308, '', 'REQUEST_REFUSED'],
    [407, '', 'UNAVAILABLE'],
    [400, '', 'REQUEST_REFUSED'],
    [400, xml('ExpiredToken'), 'AUTH_REQUIRED'],
    [400, xml('RequestTimeout'), 'TIMEOUT'],
    [400, xml('BadDigest'), 'BLOB_CORRUPT'],
    [400, xml('NobodyKnows'), 'REQUEST_REFUSED'],
    [401, '', 'AUTH_REQUIRED'],
    [403, '', 'FORBIDDEN'],
    [403, xml('RequestTimeTooSkewed'), 'AUTH_REQUIRED'],
    [403, xml('QuotaExceeded'), 'QUOTA_EXCEEDED'],
    [404, '', 'BLOB_NOT_FOUND'],
    [404, xml('NoSuchBucket'), 'REQUEST_REFUSED'],
    [405, '', 'REQUEST_REFUSED'],
    [408, '', 'TIMEOUT'],
    [409, '', 'UNAVAILABLE'],
    [410, '', 'BLOB_NOT_FOUND'],
    [413, '', 'REQUEST_REFUSED'],
    [425, '', 'UNAVAILABLE'],
    [429, '', 'THROTTLED'],
    [500, '', 'UNAVAILABLE'],
    [501, '', 'NOT_SUPPORTED'],
    [502, `<html>${'x'.repeat(100_000)}${xml('SlowDown')}`, 'UNAVAILABLE'],
    [503, xml('SlowDown'), 'THROTTLED'],
    [504, '', 'UNAVAILABLE'],
    [507, '', 'QUOTA_EXCEEDED'],
    [599, '', 'UNAVAILABLE'],
  ];

  it.each(table)('%i %s', async (status, body, code) => {
    const { source, transport } = sourceOf(() => ({ status, body }));
    const error = await rejection(source.get('v/0'));
    expect([error.code, error.context?.status, error.context?.key]).toEqual([code, status, 'v/0']);
    expect(transport.open()).toBe(0);
    expect(await outcomeOf(source.head('v/0'))).toBe(code === 'BLOB_NOT_FOUND' ? 'resolved' : code);
  });

  it.each([
    ['3', 3000],
    [' 0 ', 0],
    [new Date(NOW_MS + 90_000).toUTCString(), 90_000],
    [new Date(NOW_MS - 90_000).toUTCString(), undefined],
    ['99999999999999', 86_400_000],
    [new Date(NOW_MS + 40 * 86_400_000).toUTCString(), 86_400_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['2027', 2_027_000],
    ['May 2027', undefined],
    ['1e3', undefined],
  ])('Retry-After %j is %j ms', async (text, expected) => {
    const { source } = sourceOf(() => ({ status: 503, headers: { 'retry-after': text } }));
    expect((await rejection(source.get('v/0'))).context?.retryAfterMs).toBe(expected);
  });
});

describe('a blob that is replaced between two ranges', () => {
  const old = { bytes: TEN, etag: '"one"' };
  const fresh = { bytes: patternBytes(10, 2), etag: '"two"' };

  it('is BLOB_CORRUPT once, then the new one is read', async () => {
    let blob = old;
    const { source, transport } = sourceOf(honest(() => blob));
    expect(await read(source, { start: 0, end: 4 })).toEqual(TEN.subarray(0, 4));
    expect(await read(source, { start: 4, end: 8 })).toEqual(TEN.subarray(4, 8));
    blob = fresh;
    expect(await outcomeOf(read(source, { start: 8, end: 10 }))).toBe('BLOB_CORRUPT');
    expect(await read(source, { start: 8, end: 10 })).toEqual(fresh.bytes.subarray(8));
    expect(transport.requests.map(({ headers }) => headers['if-range'])).toEqual([undefined, '"one"', '"one"', undefined]);
  });

  it('is found out where the server knows no If-Range', async () => {
    let blob = old;
    const { source, transport } = sourceOf((request) => {
      const { 'if-range': _ignored, ...headers } = request.headers;
      return honest(() => blob)({ ...request, headers });
    });
    await read(source, { start: 0, end: 4 });
    blob = fresh;
    expect(await outcomeOf(read(source, { start: 4, end: 8 }))).toBe('BLOB_CORRUPT');
    expect(transport.open()).toBe(0);
  });

  it('a weak ETag holds nothing together, a hidden one keeps what is known', async () => {
    const weak = sourceOf(honest(() => ({ bytes: TEN, etag: 'W/"one"' })));
    await read(weak.source, { start: 0, end: 4 });
    await read(weak.source, { start: 4, end: 8 });
    expect(weak.transport.requests[1]?.headers['if-range']).toBeUndefined();
    const hidden = sourceOf((request, index) => {
      const reply = honest(() => old)(request);
      const { etag: _hidden, ...rest } = reply.headers ?? {};
      return index === 0 ? reply : { ...reply, headers: rest };
    });
    for (const start of [0, 3, 6]) await read(hidden.source, { start, end: start + 3 });
    expect(hidden.transport.requests.map(({ headers }) => headers['if-range'])).toEqual([undefined, '"one"', '"one"']);
  });

  it('remembers the ETags of 256 blobs at most', async () => {
    const { source, transport } = sourceOf(honest(() => old));
    for (let index = 0; index < 300; index += 1) await readAll(await source.get(`v/${index}`, { range: { start: 0, end: 1 } }));
    await readAll(await source.get('v/0', { range: { start: 1, end: 2 } }));
    await readAll(await source.get('v/299', { range: { start: 1, end: 2 } }));
    expect(transport.requests.slice(300).map(({ headers }) => headers['if-range'])).toEqual([undefined, '"one"']);
  });
});

describe('a transport whose replies lie in memory whole', () => {
  const big = { bytes: patternBytes(1_300_000), etag: '"big"' };

  it('is asked for at most 524,288 bytes at a time, and the parts are of one blob', async () => {
    let blob = big;
    const { source, transport } = sourceOf(
      honest(() => blob),
      false,
    );
    expect(same(await read(source), big.bytes)).toBe(true);
    expect(same(await read(source, { start: 100, end: 1_200_000 }), big.bytes.subarray(100, 1_200_000))).toBe(true);
    expect(transport.requests.map(({ method, headers }) => `${method} ${headers.range}`)).toEqual([
      ...['HEAD undefined', 'GET bytes=0-524287', 'GET bytes=524288-1048575', 'GET bytes=1048576-1299999'],
      ...['GET bytes=100-524387', 'GET bytes=524388-1048675', 'GET bytes=1048676-1199999'],
    ]);
    const reader = await source.get('v/0');
    await reader.next();
    blob = { bytes: patternBytes(1_300_000, 3), etag: '"other"' };
    // Another reader meets the new blob first, and so the source knows its ETag.
    expect(await outcomeOf(read(source, { start: 0, end: 9 }))).toBe('BLOB_CORRUPT');
    await read(source, { start: 0, end: 9 });
    expect(await outcomeOf(readAll(reader))).toBe('BLOB_CORRUPT');
    await reader.close();
    expect(transport.open()).toBe(0);
  });

  it('tells of missing and short blobs at once', async () => {
    const short = sourceOf(
      honest(() => ({ bytes: patternBytes(600_000), etag: '"s"' })),
      false,
    );
    expect(await outcomeOf(short.source.get('v/0', { range: { start: 0, end: 700_000 } }))).toBe('RANGE_NOT_SATISFIABLE');
    const missing = sourceOf(() => ({ status: 404 }), false);
    expect(await outcomeOf(missing.source.get('v/0'))).toBe('BLOB_NOT_FOUND');
    expect(await outcomeOf(missing.source.get('v/0', { range: { start: 0, end: 700_000 } }))).toBe('BLOB_NOT_FOUND');
    const untold = sourceOf(() => ({}), false);
    expect(await outcomeOf(untold.source.get('v/0'))).toBe('NOT_SUPPORTED');
    const empty = sourceOf(
      honest(() => ({ bytes: new Uint8Array(0), etag: '"e"' })),
      false,
    );
    expect(await read(empty.source)).toEqual(new Uint8Array(0));
    expect([short, missing, untold, empty].map(({ transport }) => transport.open())).toEqual([0, 0, 0, 0]);
  });
});

describe('addresses', () => {
  it('keys that would leave the base are refused before anything is sent', async () => {
    const { source, transport } = sourceOf(() => ({}));
    const keys = [
      '..',
      '../x',
      'a/../b',
      './a',
      '/a',
      'a//b',
      'a/',
      '%2e%2e/x',
      'a%2fb',
      'a\\b',
      'a?b',
      'a#b',
      '//evil',
      'a\tb',
      'a b',
      '',
      'ä',
    ];
    for (const key of keys) {
      expect(await outcomeOf(source.get(key))).toBe('TypeError');
      expect(await outcomeOf(source.head(key))).toBe('TypeError');
      expect(await outcomeOf(source.urlFor?.(key, 1) ?? Promise.resolve())).toBe('TypeError');
    }
    expect(transport.requests).toEqual([]);
  });

  it('base addresses that could be read in two ways are refused, without being shown', () => {
    const transport = scriptedTransport(() => ({}));
    const bad = [
      ...['', '/', '//evil', '\\\\evil', '/\\evil', '\thttps://evil', 'https://\tevil', 'https:\\\\evil', 'https:/evil', 'https:evil'],
      ...[
        'https://cdn@evil',
        'https://a:CANARY@evil',
        'https://cdn\\@evil',
        'https://cdn%40evil',
        'https://',
        'https:///x',
        'https://a:1:2',
      ],
      ...['javascript:alert(1)', 'file:///etc/passwd', 'data:text/plain,x', 'ftp://cdn/', 'blob:https://cdn/x'],
      ...['https://cdn/?q=CANARY', 'https://cdn/#x', 'https://cdn/a/../b', 'https://cdn/%2e%2e/b', 'https://cdn/.', 'https://cdn/a b'],
      ...['https://münchen.example/', 'https://cdn/\n', 'https://cdn/ä', 'https://cdn:port/', 'https://cdn:123456/'],
    ];
    const taken = bad.filter((baseUrl) => {
      try {
        httpBlobSource({ baseUrl, transport });
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        expect(everythingOf(error)).not.toContain('CANARY');
        return false;
      }
    });
    expect(taken).toEqual([]);
  });

  it('good ones are joined with a slash', async () => {
    const told: (string | undefined)[] = [];
    for (const baseUrl of [
      'https://cdn.example',
      'https://cdn.example/',
      'http://[::1]:8080/a',
      'http://127.0.0.1:80/a/b/',
      'HTTPS://Cdn.Example/A',
    ]) {
      const source = httpBlobSource({ baseUrl, transport: scriptedTransport(() => ({})) });
      told.push(await source.urlFor?.('v/0', 1));
    }
    expect(told).toEqual([
      ...['https://cdn.example/v/0', 'https://cdn.example/v/0', 'http://[::1]:8080/a/v/0', 'http://127.0.0.1:80/a/b/v/0'],
      'HTTPS://Cdn.Example/A/v/0',
    ]);
  });

  it('the app’s headers go with every request, and into no error', async () => {
    const canary = 'CANARY-91bd';
    const headers = { authorization: canary };
    const { origin, requests } = await serve((request, response) =>
      answer(response, request.method === 'HEAD' ? 500 : 403, { 'x-echo': canary }, `<Code>AccessDenied</Code>${canary}`),
    );
    const source = httpBlobSource({ baseUrl: origin, transport: nodeHttpTransport(), headers });
    const errors = [await rejection(source.get('v/0')), await rejection(source.head('v/0'))];
    const dead = httpBlobSource({ baseUrl: 'http://127.0.0.1:1', transport: nodeHttpTransport(), headers });
    errors.push(await rejection(dead.get('v/0')));
    expect(errors.map(({ code }) => code)).toEqual(['FORBIDDEN', 'UNAVAILABLE', 'NETWORK']);
    for (const error of errors) expect(everythingOf(error)).not.toContain(canary);
    expect(requests.map((request) => request.headers.authorization)).toEqual([canary, canary]);
  });

  it('the head tells size and time', async () => {
    const modified = new Date(NOW_MS).toUTCString();
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
    const tell = async (headers: Record<string, string>) => sourceOf(() => ({ headers })).source.head('v/0');
    expect(await tell({ 'content-length': '12', 'last-modified': modified, etag: `"${md5}"` })).toEqual({
      ...{ key: 'v/0', sizeBytes: 12, modifiedMs: NOW_MS },
      hashes: { md5 },
    });
    expect(await tell({ 'content-length': 'x', 'last-modified': 'never', etag: `"${md5}-3"` })).toEqual({ key: 'v/0', hashes: {} });
    expect(await tell({ etag: `"${md5}"`, 'x-amz-server-side-encryption': 'aws:kms' })).toEqual({ key: 'v/0', hashes: {} });
  });
});
