/** Reads: replies that are not what was asked for, bodies of every host, listings, heads, addresses. */
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { BlobReader } from '../../../src/ports/index.js';
import { failing, sdkError, storeOver } from './fake-client.js';

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

async function all(reader: BlobReader): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(new Uint8Array(piece));
  await reader.close();
  return Buffer.concat(pieces);
}

const nodeBody = (bytes: Uint8Array): Readable => Readable.from([bytes.subarray(0, 300), bytes.subarray(300)]);

describe('a whole read', () => {
  const read = async (reply: object) => {
    const { store } = storeOver({ getObject: () => reply });
    return all(await store.get('a'));
  };

  test('gives the bytes and the size', async () => {
    const { store, fake } = storeOver({ getObject: () => ({ ContentLength: 1000, Body: nodeBody(BYTES) }) });
    const reader = await store.get('a');
    expect(reader.sizeBytes).toBe(1000);
    expect((await all(reader)).equals(BYTES)).toBe(true);
    expect(fake.of('getObject')).toEqual([{ Bucket: 'videos', Key: 'app/a' }]);
  });

  test('of a web stream too, as browsers have them, which is canceled where the reader is closed early', async () => {
    let canceled = 0;
    const cancel = (): void => {
      canceled += 1;
    };
    const web = () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(BYTES.subarray(0, 300));
          controller.enqueue(BYTES.subarray(300));
          controller.close();
        },
        cancel,
      });
    expect((await read({ ContentLength: 1000, Body: web() })).equals(BYTES)).toBe(true);
    const endless = new ReadableStream<Uint8Array>({ pull: (it) => it.enqueue(BYTES), cancel }, { highWaterMark: 0 });
    const { store } = storeOver({ getObject: () => ({ ContentLength: 10_000, Body: endless }) });
    const reader = await store.get('a');
    await reader.next();
    await reader.close();
    await reader.close();
    expect(await reader.next()).toBeUndefined();
    expect(canceled).toBe(1);
  });

  test('cuts what comes at once into pieces of at most 524,288 bytes', async () => {
    const large = new Uint8Array(1_200_000).fill(7);
    const { store } = storeOver({ getObject: () => ({ ContentLength: large.length, Body: Readable.from([large]) }) });
    const reader = await store.get('a');
    const sizes: number[] = [];
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) sizes.push(piece.length);
    expect(sizes).toEqual([524_288, 524_288, 151_424]);
  });

  test('without a length is as long as it is', async () => {
    expect(await read({ Body: nodeBody(BYTES) })).toHaveLength(1000);
  });

  test.each([
    ['ends early', 1001, 'NETWORK'],
    ['goes on', 999, 'BLOB_CORRUPT'],
  ])('that %s rejects', async (_name, ContentLength, code) => {
    await expect(read({ ContentLength, Body: nodeBody(BYTES) })).rejects.toMatchObject({ code, context: { key: 'a' } });
  });

  test('that is encoded is refused, and its connection let go', async () => {
    const body = nodeBody(BYTES);
    await expect(read({ ContentEncoding: 'gzip', Body: body })).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(body.destroyed).toBe(true);
    expect(await read({ ContentEncoding: 'identity', Body: nodeBody(BYTES) })).toHaveLength(1000);
  });

  test('whose connection breaks in the middle rejects with NETWORK', async () => {
    const broken = Readable.from(
      (async function* () {
        yield BYTES.subarray(0, 300);
        throw sdkError({ name: 'Error', code: 'ECONNRESET' });
      })(),
    );
    await expect(read({ ContentLength: 1000, Body: broken })).rejects.toMatchObject({ code: 'NETWORK' });
  });

  test.each<[string, object, string]>([
    ['no body', {}, 'NOT_SUPPORTED'],
    ['text', { Body: Readable.from(['text']) }, 'INTERNAL'],
  ])('that gives %s rejects', async (_name, reply, code) => {
    await expect(read(reply)).rejects.toMatchObject({ code });
  });

  test('that is aborted between two pieces rejects with the reason', async () => {
    const { store } = storeOver({ getObject: () => ({ ContentLength: 1000, Body: nodeBody(BYTES) }) });
    const controller = new AbortController();
    const reader = await store.get('a', { signal: controller.signal });
    await reader.next();
    controller.abort('gone');
    await expect(reader.next()).rejects.toBe('gone');
    await reader.close();
  });
});

describe('a range', () => {
  const range = { start: 100, end: 200 };
  const part = BYTES.subarray(100, 200);
  const read = async (reply: object, asked = range) => {
    const { store } = storeOver({ getObject: () => reply });
    return all(await store.get('a', { range: asked }));
  };

  test('is asked for with its end counted in, and tells the size of the whole', async () => {
    const { store, fake } = storeOver({ getObject: () => ({ ContentRange: 'bytes 100-199/1000', Body: Readable.from([part]) }) });
    const reader = await store.get('a', { range });
    expect(reader.sizeBytes).toBe(1000);
    expect((await all(reader)).equals(part)).toBe(true);
    expect(fake.of('getObject')[0]).toMatchObject({ Range: 'bytes=100-199' });
  });

  test.each<[string, object, string]>([
    ['the server ignores', { ContentLength: 1000 }, 'NOT_SUPPORTED'],
    ['says nonsense about', { ContentRange: 'bytes */1000', ContentLength: 1000 }, 'NOT_SUPPORTED'],
    ['answers by another', { ContentRange: 'bytes 101-200/1000' }, 'BLOB_CORRUPT'],
    ['answers by half', { ContentRange: 'bytes 100-149/1000' }, 'BLOB_CORRUPT'],
    ['is beyond the blob', { ContentRange: 'bytes 100-149/150' }, 'RANGE_NOT_SATISFIABLE'],
  ])('that %s rejects, and lets the connection go', async (_name, reply, code) => {
    const body = nodeBody(BYTES);
    await expect(read({ ...reply, Body: body })).rejects.toMatchObject({ code });
    expect(body.destroyed).toBe(true);
  });

  test('whose header a browser hides is taken by its length', async () => {
    expect((await read({ ContentLength: 100, Body: Readable.from([part]) })).equals(part)).toBe(true);
  });

  test('that is all of the blob may be answered by all of it', async () => {
    expect(await read({ ContentLength: 1000, Body: nodeBody(BYTES) }, { start: 0, end: 1000 })).toHaveLength(1000);
  });

  test('whose body is shorter than the header says rejects', async () => {
    await expect(read({ ContentRange: 'bytes 100-199/1000', Body: Readable.from([part.subarray(1)]) })).rejects.toMatchObject({
      code: 'NETWORK',
    });
  });
});

describe('head', () => {
  test('tells size, time and MD5', async () => {
    const reply = { ContentLength: 5, LastModified: new Date(1_700_000_000_000), ETag: '"d41d8cd98f00b204e9800998ecf8427e"' };
    const { store } = storeOver({ headObject: () => reply });
    expect(await store.head('a')).toEqual({
      key: 'a',
      sizeBytes: 5,
      modifiedMs: 1_700_000_000_000,
      hashes: { md5: 'd41d8cd98f00b204e9800998ecf8427e' },
    });
  });

  test('of what is missing is undefined; of what is forbidden, an error', async () => {
    expect(await storeOver({ headObject: failing({ name: 'NotFound', status: 404 }) }).store.head('a')).toBeUndefined();
    await expect(storeOver({ headObject: failing({ name: 'Forbidden', status: 403 }) }).store.head('a')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('that is refused without a word is explained by a read, since only that has a body', async () => {
    const { store, fake } = storeOver({
      headObject: failing({ name: 'BadRequest', status: 400 }),
      getObject: failing({ name: 'ExpiredToken', status: 400 }),
    });
    await expect(store.head('a')).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(fake.of('getObject')).toEqual([{ Bucket: 'videos', Key: 'app/a', Range: 'bytes=0-0' }]);
  });

  test('that is forbidden says why, where a read says it', async () => {
    const headObject = failing({ name: 'Forbidden', status: 403 });
    const told = storeOver({ headObject, getObject: failing({ name: 'SignatureDoesNotMatch', status: 403 }) });
    await expect(told.store.head('a')).rejects.toMatchObject({ code: 'FORBIDDEN', context: { reason: 'SignatureDoesNotMatch' } });
    const cut = storeOver({ headObject, getObject: failing({ name: 'Error', code: 'ECONNRESET' }) });
    await expect(cut.store.head('a')).rejects.toMatchObject({ code: 'FORBIDDEN', context: { status: 403 } });
  });

  test('that is refused, where the read then is not, stays refused', async () => {
    const { store } = storeOver({
      headObject: failing({ name: 'BadRequest', status: 400 }),
      getObject: () => ({ ContentRange: 'bytes 0-0/9', Body: Readable.from([BYTES.subarray(0, 1)]) }),
    });
    await expect(store.head('a')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
  });

  test.each([403, 405])('answered %i uses a read where reads are allowed', async (status) => {
    const script = {
      headObject: failing({ name: 'Unknown', status }),
      getObject: () => ({ ContentRange: 'bytes 0-0/9', Body: Readable.from([BYTES.subarray(0, 1)]) }),
    };
    expect(await storeOver(script).store.head('a')).toEqual({ key: 'a', sizeBytes: 9, hashes: {} });
    const missing = storeOver({ ...script, getObject: failing({ name: 'NoSuchKey', status: 404 }) });
    expect(await missing.store.head('a')).toBeUndefined();
  });

  test('and get reject a web page with UNAVAILABLE', async () => {
    const page = { ContentType: 'text/html; charset=utf-8', ContentLength: 9 };
    const { store } = storeOver({ headObject: () => page, getObject: () => ({ ...page, Body: Readable.from([BYTES]) }) });
    await expect(store.head('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a listing', () => {
  const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
  const entry = (Key: string, ETag = `"${MD5}"`) => ({ Key, Size: 3, ETag, LastModified: new Date(5) });

  test('has pages, keys without the prefix, and only keys that blobs can have', async () => {
    const { store, fake } = storeOver({
      listObjectsV2: ({ ContinuationToken }: { ContinuationToken?: string }) =>
        ContinuationToken === undefined
          ? { Contents: [entry('app/'), entry('app/v/1'), entry('app/v/')], IsTruncated: true, NextContinuationToken: 'next' }
          : { Contents: [entry('app/v/2', `"${MD5}-3"`), entry('app/v/ä')], NextContinuationToken: 'ignored' },
    });
    expect(await store.list?.('v/')).toEqual({
      blobs: [{ key: 'v/1', sizeBytes: 3, modifiedMs: 5, hashes: { md5: MD5 } }],
      cursor: 'next',
    });
    expect(await store.list?.('v/', 'next')).toEqual({ blobs: [{ key: 'v/2', sizeBytes: 3, modifiedMs: 5, hashes: {} }] });
    expect(fake.of('listObjectsV2')).toEqual([
      { Bucket: 'videos', Prefix: 'app/v/' },
      { Bucket: 'videos', Prefix: 'app/v/', ContinuationToken: 'next' },
    ]);
  });

  test('leaves out keys that do not begin with the prefix, from a client that ignores Prefix', async () => {
    const names = ['app/v/1', 'app/vid/1', 'other/v/1', 'zzz/v/2', 'app', 'v/1', 'app/v/2'];
    const { store } = storeOver({
      listObjectsV2: ({ ContinuationToken }: { ContinuationToken?: string }) => ({
        Contents: names.map((name) => entry(name)),
        ...(ContinuationToken === undefined ? { IsTruncated: true, NextContinuationToken: 'next' } : {}),
      }),
    });
    const keysOf = async (prefix: string, cursor?: string) => (await store.list?.(prefix, cursor))?.blobs.map(({ key }) => key);
    expect(await keysOf('v/')).toEqual(['v/1', 'v/2']);
    expect(await keysOf('v/', 'next')).toEqual(['v/1', 'v/2']);
    expect(await keysOf('')).toEqual(['v/1', 'vid/1', 'v/2']);
  });

  test('of nothing is empty', async () => {
    expect(await storeOver({ listObjectsV2: () => ({ Name: 'videos', IsTruncated: false }) }).store.list?.('')).toEqual({ blobs: [] });
  });

  test('without any field is UNAVAILABLE, since the SDK reads a web page so', async () => {
    const { store } = storeOver({ listObjectsV2: () => ({ $metadata: { httpStatusCode: 200 } }) });
    await expect(store.list?.('')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('tells no MD5 where a KMS key made the ETags, which only puts and heads show', async () => {
    const script = { listObjectsV2: () => ({ Contents: [entry('app/a')] }), headObject: () => ({ ServerSideEncryption: 'aws:kms' }) };
    const hashes = async ({ store }: ReturnType<typeof storeOver>) => (await store.list?.(''))?.blobs[0]?.hashes;
    expect(await hashes(storeOver(script, { encryption: { algorithm: 'aws:kms' } }))).toEqual({});
    expect(await hashes(storeOver(script, { encryption: { algorithm: 'AES256' } }))).toEqual({ md5: MD5 });
    const learning = storeOver(script);
    expect(await hashes(learning)).toEqual({ md5: MD5 });
    await learning.store.head('a');
    expect(await hashes(learning)).toEqual({});
  });
});

describe('an address', () => {
  test.each([
    [1, 1],
    [1000, 1],
    [1001, 2],
    [604_800_000, 604_800],
  ])('for %i ms is signed for %i s, under the prefix', async (validMs, seconds) => {
    const asked: unknown[] = [];
    const { store } = storeOver({}, { presign: async (object, expiresIn) => `signed:${asked.push([object, expiresIn])}` });
    expect(await store.urlFor?.('a', validMs)).toBe('signed:1');
    expect(asked).toEqual([[{ Bucket: 'videos', Key: 'app/a' }, seconds]]);
  });

  test('is no method where nothing signs', () => {
    expect(Object.keys(storeOver({}).store)).not.toContain('urlFor');
  });

  test('for longer than a week, for no time, or without credentials is refused', async () => {
    const presign = failing({ name: 'CredentialsProviderError' });
    const { store } = storeOver({}, { presign: async () => presign() });
    await expect(store.urlFor?.('a', 604_800_001)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    await expect(store.urlFor?.('a', 0)).rejects.toThrow(TypeError);
    await expect(store.urlFor?.('a', Number.NaN)).rejects.toThrow(TypeError);
    await expect(store.urlFor?.('a', 5)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });
});
