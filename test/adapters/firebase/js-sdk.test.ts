/** The store over the JavaScript SDK: its contract over a scripted SDK, its errors, and what the SDK would get wrong. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import type { FirebaseBlobStoreOptions } from '../../../adapters/firebase/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';
import type { PortErrorCode } from '../../../src/errors/index.js';
import type { BlobBody, PutOptions } from '../../../src/ports/index.js';
import { RnBlob } from '../../fakes/rn-blob.js';
import { type BucketOptions, FirebaseBucket } from '../../fakes/rn-firebase-bucket.js';
import { type SdkWorld, sdkWorld, storageError } from './fake-sdk.js';

const VIDEO: PutOptions = { contentType: 'video/mp4' };
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);
const MD5 = createHash('md5').update(BYTES).digest('hex');

const bytesBody = (bytes: Uint8Array = BYTES.slice()): BlobBody => ({ kind: 'bytes', sizeBytes: bytes.length, bytes });

function streamBody(sizeBytes: number): BlobBody {
  const open = async () => {
    let left = sizeBytes;
    const next = async () => {
      const piece = new Uint8Array(Math.min(left, 100_000)).fill(7);
      left -= piece.length;
      return piece.length === 0 ? undefined : piece;
    };
    return { next, close: async () => undefined };
  };
  return { kind: 'stream', sizeBytes, open };
}

async function read(at: SdkWorld, key: string, range?: { start: number; end: number }): Promise<number> {
  const reader = await at.store.get(key, range === undefined ? {} : { range });
  let bytes = 0;
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) bytes += piece.length;
  await reader.close();
  return bytes;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

const BUCKETS: readonly BucketOptions[] = [{ pastTheEnd: 416 }, { pastTheEnd: 200 }, { exposesRange: false }, { forgetsSignals: true }];

describe.each(BUCKETS)('firebaseBlobStore, %o', (options) => {
  blobStoreSuite({
    name: 'scripted SDK',
    test,
    create: async () => ({ blobStore: sdkWorld({ pageSize: 3 }, new FirebaseBucket(options)).store }),
    claims: { checksHashes: false, pageSize: 3 },
    sample: sdkWorld().store,
  });
});

describe('errors', () => {
  const TABLE: readonly (readonly [word: string, status: number, response: string | null, code: PortErrorCode, retryable: boolean])[] = [
    ['unauthorized', 403, '', 'FORBIDDEN', false],
    ['unauthenticated', 401, '', 'AUTH_REQUIRED', false],
    ['unauthorized-app', 401, 'Firebase App Check token is invalid.', 'FORBIDDEN', false],
    ['quota-exceeded', 402, '', 'QUOTA_EXCEEDED', false],
    ['retry-limit-exceeded', 0, null, 'UNAVAILABLE', true],
    ['canceled', 0, null, 'UNAVAILABLE', true],
    ['invalid-checksum', 0, null, 'BLOB_CORRUPT', true],
    ['server-file-wrong-size', 0, null, 'BLOB_CORRUPT', true],
    ['cannot-slice-blob', 0, null, 'NOT_SUPPORTED', false],
    ['unsupported-environment', 0, null, 'NOT_SUPPORTED', false],
    ['bucket-not-found', 0, null, 'REQUEST_REFUSED', false],
    ['app-deleted', 0, null, 'REQUEST_REFUSED', false],
    ['unknown', 400, 'Provided MD5 hash "x" doesn\'t match calculated MD5 hash "y".', 'BLOB_CORRUPT', true],
    ['unknown', 400, 'Malformed request.', 'REQUEST_REFUSED', false],
    ['unknown', 404, 'Not Found', 'REQUEST_REFUSED', false],
    ['unknown', 409, '', 'UNAVAILABLE', true],
    ['unknown', 412, 'Precondition failed', 'BLOB_EXISTS', false],
    ['unknown', 416, '', 'RANGE_NOT_SATISFIABLE', false],
    ['unknown', 429, '', 'THROTTLED', true],
    ['unknown', 418, '', 'REQUEST_REFUSED', false],
    ['unknown', 503, '', 'UNAVAILABLE', true],
    ['unknown', 0, null, 'NETWORK', true],
    ['unknown', 0, 'ENOSPC: no space left on device, write', 'STORAGE_FULL', false],
    ['what-comes-next', 0, null, 'NETWORK', true],
    ['toString', 0, null, 'NETWORK', true],
  ];

  it.each(TABLE)('%s with status %d and %o is %s, retried: %s', async (word, status, response, code, retryable) => {
    const at = sdkWorld();
    at.script.failure = storageError(word, status, response);
    for (const call of [at.store.put('clip', bytesBody(), VIDEO), at.store.head('clip'), at.store.remove(['clip']), at.store.list?.('')]) {
      await expect(call).rejects.toMatchObject({ code, retryable });
    }
  });

  it('tell the word and the status, and nothing of what the server said', async () => {
    const at = sdkWorld();
    at.script.failure = storageError('unknown', 503, 'secret token abc');
    const error = await at.store.head('clip').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ context: { key: 'clip', status: 503, reason: 'unknown' } });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
    expect(error).not.toHaveProperty('cause');
  });

  it('of what is no error of the SDK are the network, whatever was thrown', async () => {
    const at = sdkWorld();
    for (const thrown of [new TypeError('Failed to fetch'), Object.assign(new Error('x'), { code: 7 })]) {
      at.script.failure = thrown;
      await expect(at.store.head('clip')).rejects.toMatchObject({ code: 'NETWORK' });
    }
  });

  it('of a missing object are none for head and remove', async () => {
    const at = sdkWorld();
    await expect(at.store.head('clip')).resolves.toBeUndefined();
    await expect(at.store.remove(['clip', 'other'])).resolves.toBeUndefined();
    expect(at.calls).toEqual(['getMetadata', 'deleteObject', 'deleteObject']);
  });
});

describe('a put', () => {
  it('goes in one request, with its MD5, and attests what the server computed', async () => {
    const at = sdkWorld({ cacheControl: (key) => (key === 'clip' ? 'public, max-age=60' : undefined) });
    const info = await at.store.put('clip', bytesBody(), { ...VIDEO, hashes: { md5: MD5, crc32c: '00000000' } });
    expect(info).toEqual({ key: 'clip', sizeBytes: 1000, modifiedMs: expect.any(Number), hashes: { md5: MD5 } });
    expect(at.calls).toEqual(['uploadBytes']);
    const md5Hash = Buffer.from(MD5, 'hex').toString('base64');
    expect(at.sent).toEqual([{ contentType: 'video/mp4', cacheControl: 'public, max-age=60', md5Hash }]);
  });

  it('is corrupt where the server has computed another MD5 and not said a word', async () => {
    const at = sdkWorld();
    at.script.flips = true;
    await expect(at.store.put('clip', bytesBody(), { ...VIDEO, hashes: { md5: MD5 } })).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  it('tries once: the engines try again', () => {
    expect(sdkWorld().storage).toEqual({ maxUploadRetryTime: 0, maxOperationRetryTime: 0 });
    expect(sdkWorld({ maxRetryMs: 5000 }).storage).toEqual({ maxUploadRetryTime: 5000, maxOperationRetryTime: 5000 });
  });

  it('that is aborted is done with the bytes at once, though the request goes on', async () => {
    const at = sdkWorld();
    let open = (): void => undefined;
    at.script.gate = new Promise((resolve) => {
      open = resolve;
    });
    const controller = new AbortController();
    const lent = BYTES.slice();
    const put = at.store.put('clip', bytesBody(lent), { ...VIDEO, signal: controller.signal });
    controller.abort('left');
    await expect(put).rejects.toBe('left');
    lent.fill(0);
    open();
    await vi.waitFor(() => expect(at.bucket.objects.get('videos/clip')?.bytes).toEqual(BYTES));
  });

  it('of a stream is a resumable one, which an abort cancels', async () => {
    const at = sdkWorld();
    const seen: number[] = [];
    await at.store.put('long', streamBody(600_000), { ...VIDEO, onProgress: (sentBytes) => seen.push(sentBytes) });
    expect(at.bucket.objects.get('videos/long')?.bytes.length).toBe(600_000);
    expect(seen).toEqual([262_144, 600_000]);
    at.script.gate = new Promise(() => undefined);
    const controller = new AbortController();
    const put = at.store.put('other', streamBody(300_000), { ...VIDEO, signal: controller.signal });
    await vi.waitFor(() => expect(at.calls).toHaveLength(2));
    controller.abort('left');
    await expect(put).rejects.toBe('left');
    expect([...at.bucket.objects.keys()]).toEqual(['videos/long']);
  });

  it('that must be the first looks before, since nothing else can', async () => {
    const at = sdkWorld();
    await at.store.put('clip', bytesBody(), { ...VIDEO, ifAbsent: true });
    await expect(at.store.put('clip', bytesBody(), { ...VIDEO, ifAbsent: true })).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
    expect(at.calls).toEqual(['getMetadata', 'uploadBytes', 'getMetadata']);
  });

  it('takes no files', async () => {
    const at = sdkWorld();
    expect(at.store.accepts).toEqual(['bytes', 'stream']);
    await expect(at.store.put('clip', { kind: 'file', sizeBytes: 1, path: '/x' }, VIDEO)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });
});

describe('a read', () => {
  it('never asks for more than 512 KiB at once where replies lie in memory', async () => {
    const at = sdkWorld();
    await at.store.put('long', streamBody(1_200_000), VIDEO);
    expect(await read(at, 'long')).toBe(1_200_000);
    expect(at.bucket.downloads).toEqual([
      'videos/long bytes=0-524287',
      'videos/long bytes=524288-1048575',
      'videos/long bytes=1048576-1199999',
    ]);
  });

  it('asks for the address once, and again when it is refused', async () => {
    const at = sdkWorld();
    await at.store.put('clip', bytesBody(), VIDEO);
    for (const start of [0, 100, 200]) await read(at, 'clip', { start, end: start + 50 });
    expect(at.calls.filter((name) => name === 'getDownloadURL')).toHaveLength(1);
    // Somebody else has put it anew: another address.
    at.bucket.store('videos/clip', BYTES, VIDEO);
    expect(await read(at, 'clip', { start: 0, end: 50 })).toBe(50);
    at.bucket.objects.delete('videos/clip');
    await expect(read(at, 'clip', { start: 0, end: 50 })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    expect(at.calls.filter((name) => name === 'getDownloadURL')).toHaveLength(3);
  });

  it('keeps 256 addresses at most', async () => {
    const at = sdkWorld();
    for (let index = 0; index <= 256; index += 1) {
      await at.store.put(`k${index}`, bytesBody(BYTES.slice(0, 10)), VIDEO);
      await read(at, `k${index}`, { start: 0, end: 5 });
    }
    at.calls.length = 0;
    await read(at, 'k256', { start: 0, end: 5 });
    await read(at, 'k0', { start: 0, end: 5 });
    expect(at.calls).toEqual(['getDownloadURL']);
  });

  it('that is refused tells no address', async () => {
    const at = sdkWorld({
      transport: {
        ...{ accepts: ['bytes'], streamsReplies: true },
        send: async ({ url }) => ({
          ...{ status: 402, url, header: () => undefined },
          body: { next: async () => undefined, close: async () => undefined },
        }),
      },
    });
    await at.store.put('clip', bytesBody(), VIDEO);
    const error = await at.store.get('clip').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'QUOTA_EXCEEDED', context: { key: 'clip', status: 402 } });
    expect(JSON.stringify(error) + String(error)).not.toContain('token');
  });
});

describe('a listing', () => {
  it('goes through folders, and skips those that cannot hold what is asked for', async () => {
    const at = sdkWorld();
    for (const key of ['a/1', 'a/b/2', 'a/bc/3', 'd/4', 'e']) await at.store.put(key, bytesBody(), VIDEO);
    at.bucket.store('videos/odd name', BYTES, VIDEO);
    at.calls.length = 0;
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await at.store.list?.('a/b', cursor);
      keys.push(...(page?.blobs.map(({ key }) => key) ?? []));
      cursor = page?.cursor;
    } while (cursor !== undefined);
    expect(keys.sort()).toEqual(['a/b/2', 'a/bc/3']);
    expect(at.calls).toEqual(['list videos/a', 'list videos/a/bc', 'list videos/a/b']);
    expect((await at.store.list?.(''))?.blobs.map(({ key }) => key)).toEqual(['e']);
  });

  it('leaves out keys that do not begin with the prefix, from a library that ignores the folder', async () => {
    const at = sdkWorld();
    for (const key of ['v/1', 'v/2', 'w/1', 'vid/1']) await at.store.put(key, bytesBody(), VIDEO);
    at.bucket.store('other/v/1', BYTES, VIDEO);
    const items = [...at.bucket.objects.keys(), 'vi', ''].map((fullPath) => ({ fullPath }));
    const prefixes = ['videos/w', 'other', 'other/v'].map((fullPath) => ({ fullPath }));
    Object.assign(at.lib, { list: async () => ({ items, prefixes }) });
    expect(await at.store.list?.('v/')).toEqual({
      blobs: [
        { key: 'v/1', hashes: {} },
        { key: 'v/2', hashes: {} },
      ],
    });
  });

  it.each(['x', '{}', '[[]]', '[["a","b","c"]]', '[[1]]'])('refuses the cursor %s', async (cursor) => {
    await expect(sdkWorld().store.list?.('', cursor)).rejects.toThrow(TypeError);
  });
});

describe('the options', () => {
  it.each<Partial<FirebaseBlobStoreOptions>>([
    { prefix: 'a' },
    { prefix: 'a b/' },
    { prefix: '/a/' },
    { maxRetryMs: Number.NaN },
    { pageSize: 1001 },
  ])('are refused: %o', (options) => {
    expect(() => sdkWorld(options)).toThrow(TypeError);
  });

  it('are of no use on React Native, whose Blob would hang the SDK', () => {
    vi.stubGlobal('Blob', RnBlob);
    expect(() => sdkWorld()).toThrow('rnFirebaseBlobStore');
  });

  it('do without streams on hosts that have no Blob', () => {
    vi.stubGlobal('Blob', undefined);
    expect(sdkWorld().store.accepts).toEqual(['bytes']);
  });

  it('refuse an address for no time at all', async () => {
    const at = sdkWorld();
    await expect(at.store.urlFor?.('clip', 0)).rejects.toThrow(TypeError);
    await expect(at.store.urlFor?.('clip', 1000)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  });
});
