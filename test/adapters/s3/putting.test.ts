/** Puts: what is sent, conditions, ETags, streams, aborts. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { s3BlobStore } from '../../../adapters/s3/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { StreamBody } from '../../../src/ports/index.js';
import { bytesBody, failing, fakeClient, sdkError, sentBytes, storeOver, VIDEO } from './fake-client.js';

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const MD5 = createHash('md5').update(BYTES).digest('hex');
const BODY = bytesBody(BYTES);
const stored = () => ({ ETag: `"${MD5}"` });
const missing = failing({ name: 'NotFound', status: 404 });

/** A stream over one buffer that is filled anew for each piece, and spoilt as soon as the next is asked for. */
function stream(
  pieces: readonly Uint8Array[],
  sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0),
  lent: Uint8Array = new Uint8Array(600),
) {
  const seen = { opened: 0, closed: 0, nexts: 0 };
  const body: StreamBody = {
    kind: 'stream',
    sizeBytes,
    open: async () => {
      seen.opened += 1;
      let index = 0;
      let open = true;
      return {
        next: async () => {
          seen.nexts += 1;
          lent.fill(0xff);
          const piece = pieces[index];
          index += 1;
          if (piece === undefined) return undefined;
          lent.set(piece);
          return lent.subarray(0, piece.length);
        },
        close: async () => {
          if (open) seen.closed += 1;
          open = false;
        },
      };
    },
  };
  return { body, seen };
}

describe('what is sent', () => {
  test('is the object under the prefix, its type and length, and nothing that was not asked for', async () => {
    const { store, fake } = storeOver({ putObject: stored });
    await store.put('a/b.bin', BODY, VIDEO);
    expect(fake.calls).toEqual([
      {
        method: 'putObject',
        input: { Bucket: 'videos', Key: 'app/a/b.bin', Body: BYTES, ContentLength: 1000, ContentType: 'video/mp4' },
      },
    ]);
  });

  test('are hashes in base64, storage class, encryption and the cache header of that key', async () => {
    const { store, fake } = storeOver(
      { putObject: stored, createMultipartUpload: () => ({ UploadId: 'u' }) },
      {
        storageClass: 'STANDARD_IA',
        encryption: { algorithm: 'aws:kms', kmsKeyId: 'key-1' },
        cacheControl: (key) => (key.startsWith('a') ? 'max-age=31536000, immutable' : undefined),
      },
    );
    await store.put('a', BODY, { ...VIDEO, hashes: { md5: MD5, crc32c: '0a1b2c3d' } });
    await store.put('b', BODY, VIDEO);
    await store.parts?.begin('a', VIDEO);
    const created = {
      ContentType: 'video/mp4',
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'key-1',
    };
    const [first, second] = fake.of('putObject');
    expect(first).toMatchObject({
      ...created,
      ContentMD5: Buffer.from(MD5, 'hex').toString('base64'),
      ChecksumCRC32C: 'ChssPQ==',
      CacheControl: 'max-age=31536000, immutable',
    });
    expect(Object.keys(second ?? {})).not.toContain('CacheControl');
    expect(fake.of('createMultipartUpload')).toEqual([
      { Bucket: 'videos', Key: 'app/a', ...created, CacheControl: 'max-age=31536000, immutable' },
    ]);
  });

  test('is nothing for a key or a prefix that cannot be', async () => {
    const { store, fake } = storeOver({});
    await expect(store.put('../x', BODY, VIDEO)).rejects.toThrow(TypeError);
    await expect(store.get('a//b')).rejects.toThrow(TypeError);
    await expect(store.head('')).rejects.toThrow(TypeError);
    await expect(store.remove(['ok', 'a b'])).rejects.toThrow(TypeError);
    await expect(store.list?.('a b')).rejects.toThrow(TypeError);
    expect(fake.calls).toEqual([]);
    expect(() => s3BlobStore({ client: fake.client, bucket: 'videos', prefix: 'a b/' })).toThrow(TypeError);
    expect(() => s3BlobStore({ client: fake.client, bucket: '' })).toThrow(TypeError);
  });
});

describe('ETags', () => {
  const put = async (reply: object, hashes?: { md5: string }) => {
    const { store } = storeOver({ putObject: () => reply });
    return (await store.put('a', BODY, { ...VIDEO, ...(hashes && { hashes }) })).hashes;
  };

  test.each([`"${MD5}"`, MD5])('%s attests the MD5', async (ETag) => {
    expect(await put({ ETag })).toEqual({ md5: MD5 });
    expect(await put({ ETag }, { md5: MD5 })).toEqual({ md5: MD5 });
  });

  test('that are not the MD5 of right bytes are ignored after one read of the object', async () => {
    const ETag = `"${'0'.repeat(32)}"`;
    const { store, fake } = storeOver({
      putObject: () => ({ ETag }),
      headObject: () => ({ ETag }),
      getObject: () => ({ Body: Readable.from([BYTES]), ContentLength: BYTES.length }),
    });
    const body = { kind: 'bytes' as const, sizeBytes: BYTES.length, bytes: BYTES };
    for (const key of ['a', 'b']) {
      expect((await store.put(key, body, { ...VIDEO, hashes: { md5: MD5 } })).hashes).toEqual({});
      expect((await store.head(key))?.hashes).toEqual({});
    }
    expect(fake.calls.map(({ method }) => method)).toEqual(['putObject', 'getObject', 'headObject', 'putObject', 'headObject']);
  });

  test('of other bytes are refused', async () => {
    await expect(put({ ETag: `"${'0'.repeat(32)}"` }, { md5: MD5 })).rejects.toMatchObject({ code: 'BLOB_CORRUPT', context: { key: 'a' } });
  });

  test.each([undefined, `"${MD5}-2"`, '"abc"', `W/"${MD5}"`, `"${MD5.toUpperCase()}"`])('%j attests nothing', async (ETag) => {
    expect(await put({ ETag })).toEqual({});
    expect(await put({ ETag }, { md5: MD5 })).toEqual({});
  });

  test('under a KMS key say nothing; there the server has checked the MD5 that it was sent', async () => {
    const reply = { ETag: `"${'0'.repeat(32)}"`, ServerSideEncryption: 'aws:kms' };
    expect(await put(reply)).toEqual({});
    expect(await put(reply, { md5: MD5 })).toEqual({ md5: MD5 });
  });
});

describe('a put on condition', () => {
  const once = { ...VIDEO, ifAbsent: true };

  test('looks first, and asks the server to look too', async () => {
    const { store, fake } = storeOver({ headObject: missing, putObject: stored });
    await store.put('a', BODY, once);
    expect(fake.calls.map(({ method }) => method)).toEqual(['headObject', 'putObject']);
    expect(fake.of('putObject')[0]).toMatchObject({ IfNoneMatch: '*' });
  });

  test('sends nothing over what is there, also where the server ignores conditions silently', async () => {
    const { store, fake } = storeOver({ headObject: () => ({ ContentLength: 3 }), putObject: stored });
    await expect(store.put('a', BODY, once)).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
    expect(fake.of('putObject')).toEqual([]);
  });

  test('that the server refuses rejects with BLOB_EXISTS', async () => {
    const { store } = storeOver({ headObject: missing, putObject: failing({ name: 'PreconditionFailed', status: 412 }) });
    await expect(store.put('a', BODY, once)).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
  });

  test('learns once that the server knows no conditions', async () => {
    const { store, fake } = storeOver({
      headObject: missing,
      putObject: ({ IfNoneMatch }: { IfNoneMatch?: string }) => {
        if (IfNoneMatch !== undefined) throw sdkError({ name: 'NotImplemented', status: 501 });
        return stored();
      },
    });
    await store.put('a', BODY, once);
    await store.put('b', BODY, once);
    expect(fake.of('putObject').map(({ IfNoneMatch }) => IfNoneMatch)).toEqual(['*', undefined, undefined]);
  });

  test('does not take another 501 for that', async () => {
    let unable = true;
    const { store, fake } = storeOver({
      headObject: missing,
      putObject: () => {
        if (unable) throw sdkError({ name: 'NotImplemented', status: 501 });
        return stored();
      },
    });
    await expect(store.put('a', BODY, once)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    unable = false;
    await store.put('a', BODY, once);
    expect(fake.of('putObject').map(({ IfNoneMatch }) => IfNoneMatch)).toEqual(['*', undefined, '*']);
  });

  test('of a body that the bucket does not take asks the server nothing twice', async () => {
    const { store, fake } = storeOver({ headObject: missing, putObject: stored });
    await expect(store.put('a', { kind: 'file', sizeBytes: 1, path: '/a' }, once)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    await store.put('a', BODY, once);
    expect(fake.of('putObject').map(({ IfNoneMatch }) => IfNoneMatch)).toEqual(['*']);
  });
});

describe('a stream', () => {
  const pieces = [BYTES.subarray(0, 600), BYTES.subarray(600)];

  test.each([
    ['a Uint8Array', new Uint8Array(600)],
    ['a Node Buffer', Buffer.alloc(600)],
  ])('is sent in copies: the lent buffer, %s, is overwritten while the SDK still holds its pieces', async (_name, lent) => {
    let sent: Uint8Array | undefined;
    const { store } = storeOver({
      putObject: async ({ Body }: { Body: unknown }) => {
        sent = await sentBytes(Body);
        return stored();
      },
    });
    const { body, seen } = stream(pieces, 1000, lent);
    expect(await store.put('a', body, VIDEO)).toEqual({ key: 'a', sizeBytes: 1000, hashes: { md5: MD5 } });
    expect(Buffer.from(sent ?? []).equals(Buffer.from(BYTES))).toBe(true);
    expect(seen).toMatchObject({ opened: 1, closed: 1 });
  });

  test('tells its progress piece by piece, so that a large one does not look stalled', async () => {
    const told: number[] = [];
    const { store } = storeOver({
      putObject: async ({ Body }: { Body: unknown }) => {
        await sentBytes(Body);
        return stored();
      },
    });
    await store.put('a', stream(pieces).body, { ...VIDEO, onProgress: (sent) => told.push(sent) });
    expect(told).toEqual([600, 1000, 1000]);
  });

  test('is not taken without a maker of streams', async () => {
    const fake = fakeClient({});
    const store = s3BlobStore({ client: fake.client, bucket: 'videos' });
    expect(store.accepts).toEqual(['bytes']);
    await expect(store.put('a', stream(pieces).body, VIDEO)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(fake.calls).toEqual([]);
  });

  test.each([
    ['short', 1001],
    ['long', 999],
    ['long by a whole piece', 600],
  ])('that is %s rejects with BLOB_CORRUPT, even where the server has said yes', async (_name, sizeBytes) => {
    const { store } = storeOver({
      // As Node's client does: it stops reading when the announced bytes are there.
      putObject: async ({ Body, ContentLength }: { Body: AsyncIterable<Uint8Array>; ContentLength: number }) => {
        let got = 0;
        for await (const piece of Body) {
          got += piece.length;
          if (got >= ContentLength) break;
        }
        return stored();
      },
    });
    const { body, seen } = stream(pieces, sizeBytes);
    await expect(store.put('a', body, VIDEO)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(seen.closed).toBe(seen.opened);
  });

  test.each<[string, () => Promise<Uint8Array | undefined>, string]>([
    ['goes on', async () => new Uint8Array(1), 'BLOB_CORRUPT'],
    ['fails', () => Promise.reject(new ReelwayError('FILE_UNREADABLE')), 'FILE_UNREADABLE'],
  ])('that %s behind its last byte never gets that far, or a quick server would keep it', async (_name, behind, code) => {
    let got = 0;
    const { store } = storeOver({
      putObject: async ({ Body, ContentLength }: { Body: AsyncIterable<Uint8Array>; ContentLength: number }) => {
        for await (const piece of Body) {
          got += piece.length;
          if (got >= ContentLength) return stored();
        }
        throw sdkError({ name: 'AbortError' });
      },
    });
    const left = [...pieces];
    const next = async (): Promise<Uint8Array | undefined> => left.shift() ?? behind();
    const body: StreamBody = { kind: 'stream', sizeBytes: 1000, open: async () => ({ next, close: async () => undefined }) };
    await expect(store.put('a', body, VIDEO)).rejects.toMatchObject({ code });
    expect(got).toBe(600);
  });

  test('that the server never read is no success', async () => {
    const { store } = storeOver({ putObject: stored });
    const { body } = stream(pieces);
    await expect(store.put('a', body, VIDEO)).rejects.toMatchObject({ code: 'NETWORK' });
  });

  test.each<[string, unknown]>([
    ['a ReelwayError', new ReelwayError('FILE_UNREADABLE')],
    ['an error of the host', new RangeError('the disk failed')],
    ['undefined', undefined],
  ])('whose reader rejects with %s makes put reject with that, and ends the call', async (_name, thrown) => {
    let aborted = false;
    const { store } = storeOver({
      putObject: ({ Body }: { Body: unknown }, { abortSignal }) =>
        new Promise((_resolve, reject) => {
          // As the SDK: a stream that ends early is waited for, for ever.
          (abortSignal as unknown as AbortSignal).addEventListener('abort', () => {
            aborted = true;
            reject(sdkError({ name: 'AbortError' }));
          });
          void sentBytes(Body);
        }),
    });
    const body: StreamBody = {
      kind: 'stream',
      sizeBytes: 10,
      open: async () => ({ next: () => Promise.reject(thrown), close: async () => undefined }),
    };
    const outcome = await store.put('a', body, VIDEO).then(
      () => ({ thrown: 'nothing' }),
      (error: unknown) => ({ thrown: error }),
    );
    expect(outcome.thrown).toBe(thrown);
    expect(aborted).toBe(true);
  });
});

describe('an abort', () => {
  /** A call that hangs until it is aborted. */
  const hanging = (_input: unknown, { abortSignal }: { abortSignal?: never }) =>
    new Promise((_resolve, reject) => {
      (abortSignal as unknown as AbortSignal).addEventListener('abort', () => reject(sdkError({ name: 'AbortError' })));
    });

  test("ends the client's call and rejects with the reason", async () => {
    const { store } = storeOver({
      putObject: hanging,
      headObject: hanging,
      getObject: hanging,
      listObjectsV2: hanging,
      deleteObject: hanging,
    });
    const runs = [
      (signal: AbortSignal) => store.put('a', BODY, { ...VIDEO, signal }),
      (signal: AbortSignal) => store.head('a', signal),
      (signal: AbortSignal) => store.get('a', { signal }),
      async (signal: AbortSignal) => store.list?.('', undefined, signal),
      (signal: AbortSignal) => store.remove(['a'], signal),
    ];
    for (const run of runs) {
      const controller = new AbortController();
      const reason = { because: 'the test says so' };
      const outcome = run(controller.signal).then(
        () => undefined,
        (error: unknown) => error,
      );
      controller.abort(reason);
      expect(await outcome).toBe(reason);
    }
  });

  test('that came before sends nothing', async () => {
    const { store, fake } = storeOver({});
    await expect(store.put('a', BODY, { ...VIDEO, signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
    expect(fake.calls).toEqual([]);
  });

  test('of a stream settles with its reader closed, and asks for no more pieces', async () => {
    const controller = new AbortController();
    const { body, seen } = stream([BYTES.subarray(0, 600), BYTES.subarray(600)]);
    let left: AsyncIterator<Uint8Array> | undefined;
    const { store } = storeOver({
      putObject: async ({ Body }: { Body: AsyncIterable<Uint8Array> }) => {
        left = Body[Symbol.asyncIterator]();
        await left.next();
        controller.abort('gone');
        throw sdkError({ name: 'AbortError' });
      },
    });
    await expect(store.put('a', body, { ...VIDEO, signal: controller.signal })).rejects.toBe('gone');
    const { nexts } = seen;
    expect(seen.closed).toBe(1);
    await left?.next();
    await left?.next();
    expect(seen.nexts).toBe(nexts);
  });
});
