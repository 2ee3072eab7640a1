/** Multipart uploads over a scripted client. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { BlobPart, BlobParts, StreamBody } from '../../../src/ports/index.js';
import { bytesBody, failing, type Script, sdkError, sentBytes, storeOver, VIDEO } from './fake-client.js';

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const MD5 = createHash('md5').update(BYTES).digest('hex');
const SESSION = 'v/1.mp4?upload-1';
const UPLOAD = { Bucket: 'videos', Key: 'app/v/1.mp4', UploadId: 'upload-1' };

function partsOver(script: Script): { parts: BlobParts; fake: ReturnType<typeof storeOver>['fake'] } {
  const { store, fake } = storeOver(script);
  if (store.parts === undefined) throw new TypeError('The store has no parts');
  return { parts: store.parts, fake };
}

const part = (number: number, md5 = MD5): BlobPart => ({ number, sizeBytes: 1000, hashes: { md5 }, tag: `"${md5}"` });

/** The ETag that S3 makes of parts. */
const composed = (count: number): string => {
  const hash = createHash('md5');
  for (let index = 0; index < count; index += 1) hash.update(Buffer.from(MD5, 'hex'));
  return `"${hash.digest('hex')}-${count}"`;
};

describe('a session', () => {
  test('names the key and the upload, and any store of the bucket goes on with it', async () => {
    const first = partsOver({ createMultipartUpload: () => ({ UploadId: 'upload-1' }) });
    expect(await first.parts.begin('v/1.mp4', VIDEO)).toBe(SESSION);
    expect(first.fake.calls[0]?.input).toEqual({ Bucket: 'videos', Key: 'app/v/1.mp4', ContentType: 'video/mp4' });
    const second = partsOver({ listParts: () => ({}) });
    expect(await second.parts.list(SESSION)).toEqual([]);
    expect(second.fake.calls[0]?.input).toEqual(UPLOAD);
  });

  test.each([undefined, '', 'with space', 'ä', 'x'.repeat(1100)])('of the upload id %j cannot be', async (UploadId) => {
    const { parts } = partsOver({ createMultipartUpload: () => ({ UploadId }) });
    await expect(parts.begin('a', VIDEO)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test.each(['', 'a', 'a?', '?x', '../a?x', 'a b?x', `a?${'x'.repeat(1100)}`])('%j is none, and asks nothing', async (session) => {
    const { parts, fake } = partsOver({});
    const runs = [
      () => parts.putPart(session, 1, bytesBody(BYTES)),
      () => parts.list(session),
      () => parts.complete(session, [part(1)]),
      () => parts.abort(session),
    ];
    for (const run of runs) await expect(run()).rejects.toThrow(TypeError);
    expect(fake.calls).toEqual([]);
  });
});

describe('a part', () => {
  test('of bytes is sent with its MD5, and attested by its ETag', async () => {
    const { parts, fake } = partsOver({ uploadPart: () => ({ ETag: `"${MD5}"` }) });
    expect(await parts.putPart(SESSION, 3, bytesBody(BYTES), { hashes: { md5: MD5 } })).toEqual(part(3));
    const ContentMD5 = Buffer.from(MD5, 'hex').toString('base64');
    expect(fake.calls[0]?.input).toEqual({ ...UPLOAD, PartNumber: 3, Body: BYTES, ContentLength: 1000, ContentMD5 });
  });

  test('of a stream is sent in copies', async () => {
    let sent: Uint8Array | undefined;
    const { parts } = partsOver({
      uploadPart: async ({ Body }: { Body: unknown }) => {
        sent = await sentBytes(Body);
        return { ETag: `"${MD5}"` };
      },
    });
    const body: StreamBody = {
      kind: 'stream',
      sizeBytes: 1000,
      open: async () => {
        const lent = new Uint8Array(500);
        let at = 0;
        return {
          next: async () => {
            lent.set(BYTES.subarray(at, at + 500));
            at += 500;
            return at > 1000 ? undefined : lent;
          },
          close: async () => undefined,
        };
      },
    };
    expect(await parts.putPart(SESSION, 1, body)).toEqual(part(1));
    expect(Buffer.from(sent ?? []).equals(BYTES)).toBe(true);
  });

  test.each([0, -1, 1.5, 10_001, Number.NaN])('numbered %d is a mistake of the caller', async (number) => {
    const { parts, fake } = partsOver({});
    await expect(parts.putPart(SESSION, number, bytesBody(BYTES))).rejects.toThrow(TypeError);
    expect(fake.calls).toEqual([]);
  });

  test('that the server holds otherwise, without a tag, or not at all rejects', async () => {
    const put = (reply: () => object) =>
      partsOver({ uploadPart: reply }).parts.putPart(SESSION, 1, bytesBody(BYTES), { hashes: { md5: MD5 } });
    await expect(put(() => ({ ETag: `"${'0'.repeat(32)}"` }))).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    await expect(put(() => ({}))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(put(failing({ name: 'NoSuchUpload', status: 404 }))).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    await expect(put(failing({ name: 'BadDigest', status: 400 }))).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });
});

describe('a list', () => {
  const entry = (PartNumber: number) => ({ PartNumber, Size: 1000, ETag: `"${MD5}"` });

  test('has all pages, by number', async () => {
    const { parts, fake } = partsOver({
      listParts: ({ PartNumberMarker }: { PartNumberMarker?: string }) =>
        PartNumberMarker === undefined
          ? { Parts: [entry(7), entry(2), {}], IsTruncated: true, NextPartNumberMarker: '7' }
          : { Parts: [entry(8)], IsTruncated: false, NextPartNumberMarker: '8' },
    });
    expect(await parts.list(SESSION)).toEqual([part(2), part(7), part(8)]);
    expect(fake.calls.map(({ input }) => input)).toEqual([UPLOAD, { ...UPLOAD, PartNumberMarker: '7' }]);
  });

  test('ends where the server does not move on', async () => {
    const { parts, fake } = partsOver({ listParts: () => ({ Parts: [], IsTruncated: true, NextPartNumberMarker: '0' }) });
    expect(await parts.list(SESSION)).toEqual([]);
    expect(fake.calls).toHaveLength(2);
  });

  test('of a session that has gone rejects with BLOB_NOT_FOUND', async () => {
    const { parts } = partsOver({ listParts: failing({ name: 'NoSuchUpload', status: 404 }) });
    await expect(parts.list(SESSION)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  });
});

describe('completing', () => {
  test('names the parts, and compares what the server made of them', async () => {
    const { parts, fake } = partsOver({ completeMultipartUpload: () => ({ ETag: composed(2) }) });
    expect(await parts.complete(SESSION, [part(1), part(2)])).toEqual({ key: 'v/1.mp4', sizeBytes: 2000, hashes: {} });
    const Parts = [1, 2].map((PartNumber) => ({ PartNumber, ETag: `"${MD5}"` }));
    expect(fake.calls[0]?.input).toEqual({ ...UPLOAD, MultipartUpload: { Parts } });
  });

  test('rejects where it made another blob', async () => {
    const { parts } = partsOver({ completeMultipartUpload: () => ({ ETag: composed(3) }) });
    await expect(parts.complete(SESSION, [part(1), part(2)])).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  test.each<[string, object, BlobPart[]]>([
    ['its ETag is of another form', { ETag: '"opaque"' }, [part(1)]],
    ['it tells none', {}, [part(1)]],
    ['no part has an MD5', { ETag: composed(2) }, [{ ...part(1), hashes: {} }]],
  ])('believes the server where %s', async (_name, reply, list) => {
    const { parts } = partsOver({ completeMultipartUpload: () => reply });
    expect(await parts.complete(SESSION, list)).toMatchObject({ sizeBytes: 1000 });
  });

  test.each<[string, readonly BlobPart[]]>([
    ['no parts', []],
    ['a gap', [part(1), part(3)]],
    ['another order', [part(2), part(1)]],
    ['one twice', [part(1), part(1)]],
  ])('%s is a mistake of the caller', async (_name, list) => {
    const { parts, fake } = partsOver({});
    await expect(parts.complete(SESSION, list)).rejects.toThrow(TypeError);
    expect(fake.calls).toEqual([]);
  });

  test.each([
    ['InvalidPart', 400, 'BLOB_CORRUPT'],
    ['EntityTooSmall', 400, 'REQUEST_REFUSED'],
    ['SlowDown', 503, 'THROTTLED'],
  ])('that fails with %s rejects', async (name, status, code) => {
    const { parts } = partsOver({ completeMultipartUpload: failing({ name, status }) });
    await expect(parts.complete(SESSION, [part(1)])).rejects.toMatchObject({ code });
  });

  describe('a session that has gone', () => {
    const gone = failing({ name: 'NoSuchUpload', status: 404 });

    test('was completed where the blob is what these parts make: the answer had been lost', async () => {
      const { parts, fake } = partsOver({ completeMultipartUpload: gone, headObject: () => ({ ETag: composed(2) }) });
      expect(await parts.complete(SESSION, [part(1), part(2)])).toMatchObject({ key: 'v/1.mp4', sizeBytes: 2000 });
      expect(fake.of('headObject')).toEqual([{ Bucket: 'videos', Key: 'app/v/1.mp4' }]);
    });

    test('is an internal error of Ceph, told apart from a real one by the list of parts', async () => {
      const internal = failing({ name: 'InternalError', status: 500 });
      const headObject = failing({ name: 'NotFound', status: 404 });
      const over = (listParts: () => object) => partsOver({ completeMultipartUpload: internal, listParts, headObject }).parts;
      await expect(over(gone).complete(SESSION, [part(1)])).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
      await expect(over(() => ({})).complete(SESSION, [part(1)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(over(internal).complete(SESSION, [part(1)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    test.each<[string, Script['headObject'], string]>([
      ['nothing is there', failing({ name: 'NotFound', status: 404 }), 'BLOB_NOT_FOUND'],
      ['something else is there', () => ({ ETag: composed(3) }), 'BLOB_NOT_FOUND'],
      ['nobody can tell', failing({ name: 'Error', code: 'ECONNRESET' }), 'NETWORK'],
    ])('was not where %s', async (_name, headObject, code) => {
      const { parts } = partsOver({ completeMultipartUpload: gone, headObject: headObject as never });
      await expect(parts.complete(SESSION, [part(1), part(2)])).rejects.toMatchObject({ code });
    });
  });
});

describe('an abort of a session', () => {
  test('that has gone is success; that fails is told', async () => {
    const { parts, fake } = partsOver({ abortMultipartUpload: failing({ name: 'NoSuchUpload', status: 404 }) });
    await parts.abort(SESSION);
    expect(fake.calls[0]?.input).toEqual(UPLOAD);
    const failed = partsOver({
      abortMultipartUpload: () => {
        throw sdkError({ name: 'AccessDenied', status: 403 });
      },
    });
    await expect(failed.parts.abort(SESSION)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

test('a signal that is aborted ends each of them with its reason', async () => {
  const { parts, fake } = partsOver({});
  const signal = AbortSignal.abort('gone');
  await expect(parts.begin('a', { ...VIDEO, signal })).rejects.toBe('gone');
  await expect(parts.putPart(SESSION, 1, bytesBody(BYTES), { signal })).rejects.toBe('gone');
  await expect(parts.list(SESSION, signal)).rejects.toBe('gone');
  await expect(parts.complete(SESSION, [part(1)], signal)).rejects.toBe('gone');
  await expect(parts.abort(SESSION, signal)).rejects.toBe('gone');
  expect(fake.calls).toEqual([]);
});
