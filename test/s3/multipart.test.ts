/** Multipart uploads against a real gateway: streamed, resumed, cut, flipped, aborted. */
import { createHash, randomBytes } from 'node:crypto';
import type { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { BlobParts, BlobStore, StreamBody } from '../../src/ports/index.js';
import { type ConnectionFault, type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { clientOf, freshBucket, storeIn } from './buckets.js';

const gateway = inject('gateway');
const PIECE_BYTES = 524_288;
const PART_BYTES = 6 * 1024 * 1024 + 12_345;
const LAST_BYTES = 5 * 1024 * 1024 + 777;
const TYPE = { contentType: 'video/mp4' };

const CONTENT = randomBytes(2 * PART_BYTES + LAST_BYTES);
const slices = [CONTENT.subarray(0, PART_BYTES), CONTENT.subarray(PART_BYTES, 2 * PART_BYTES), CONTENT.subarray(2 * PART_BYTES)] as const;
const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** A part as a file gives it: through one buffer of 512 KiB, overwritten at every call. */
function streamed(bytes: Uint8Array): StreamBody {
  return {
    kind: 'stream',
    sizeBytes: bytes.length,
    open: async () => {
      const lent = new Uint8Array(PIECE_BYTES);
      let at = 0;
      return {
        next: async () => {
          const piece = bytes.subarray(at, at + PIECE_BYTES);
          at += piece.length;
          lent.fill(0);
          lent.set(piece);
          return piece.length === 0 ? undefined : lent.subarray(0, piece.length);
        },
        close: async () => undefined,
      };
    },
  };
}

function partsIn(store: BlobStore): BlobParts {
  if (store.parts === undefined) throw new TypeError('The store has no parts');
  return store.parts;
}

describe('multipart over Ceph', () => {
  const client = clientOf(gateway);
  const proxies: FaultProxy[] = [];
  let bucket = '';
  beforeAll(async () => {
    bucket = await freshBucket(client);
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy.stop();
  });

  const through = (over: S3, prefix: string): BlobStore => storeIn(over, bucket, { prefix });
  const unfinished = async (): Promise<number> => (await client.listMultipartUploads({ Bucket: bucket })).Uploads?.length ?? 0;
  /** A store over a proxy whose n-th connection has this fault. */
  const faulty = async (prefix: string, faultOf: (connection: number) => ConnectionFault | undefined) => {
    const proxy = await startFaultProxy({ targetPort: gateway.port, faultOf });
    proxies.push(proxy);
    return { proxy, parts: partsIn(through(clientOf(gateway, proxy.endpoint), prefix)) };
  };

  test('three parts of more than 5 MiB, streamed at once, and resumed half way by another store, are the file', async () => {
    const first = partsIn(through(client, 'whole/'));
    const session = await first.begin('video.mp4', TYPE);
    const progress: number[] = [];
    const [one, three] = await Promise.all([
      first.putPart(session, 1, streamed(slices[0]), { onProgress: (sent) => progress.push(sent) }),
      first.putPart(session, 3, streamed(slices[2]), { hashes: { md5: md5Of(slices[2]) } }),
    ]);
    expect(one).toMatchObject({ number: 1, sizeBytes: PART_BYTES, hashes: { md5: md5Of(slices[0]) } });
    expect(progress.length).toBeGreaterThan(10);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));

    const second = partsIn(through(clientOf(gateway), 'whole/'));
    const kept = JSON.parse(JSON.stringify(session)) as string;
    expect(await second.list(kept)).toEqual([one, three]);
    const two = await second.putPart(kept, 2, streamed(slices[1]));
    const parts = await second.list(kept);
    expect(parts).toEqual([one, two, three]);
    expect(await second.complete(kept, parts)).toEqual({ key: 'video.mp4', sizeBytes: CONTENT.length, hashes: {} });
    // As after an answer that was lost.
    expect(await first.complete(session, parts)).toMatchObject({ sizeBytes: CONTENT.length });

    const stored = await client.getObject({ Bucket: bucket, Key: 'whole/video.mp4' });
    expect(md5Of((await stored.Body?.transformToByteArray()) ?? new Uint8Array(0))).toBe(md5Of(CONTENT));
    expect(stored.ContentType).toBe('video/mp4');
    expect(await unfinished()).toBe(0);
  });

  test('a part whose answer was lost is in the list', async () => {
    const direct = partsIn(through(client, 'lost/'));
    const session = await direct.begin('video.mp4', TYPE);
    const { parts, proxy } = await faulty('lost/', () => ({ resetAfterDownBytes: 40 }));
    const body = slices[0].subarray(0, 300_000);
    await expect(parts.putPart(session, 1, { kind: 'bytes', sizeBytes: body.length, bytes: body })).rejects.toMatchObject({
      code: 'NETWORK',
    });
    expect(proxy.stats.faults).toBe(1);
    const [found] = await direct.list(session);
    expect(found).toMatchObject({ number: 1, sizeBytes: 300_000, hashes: { md5: md5Of(body) } });
    await direct.abort(session);
  });

  test('a part that is cut on the way up is not there; one that was there before stays', async () => {
    const direct = partsIn(through(client, 'cut/'));
    const session = await direct.begin('video.mp4', TYPE);
    const before = await direct.putPart(session, 1, streamed(slices[2]));
    const { parts, proxy } = await faulty('cut/', (connection) =>
      connection === 0 ? { resetAfterUpBytes: 3_000_000 } : { finAfterDownBytes: 0 },
    );
    await expect(parts.putPart(session, 1, streamed(slices[0]))).rejects.toMatchObject({ code: 'NETWORK' });
    await expect(parts.putPart(session, 2, streamed(slices[0]))).rejects.toMatchObject({ code: 'NETWORK' });
    expect(proxy.stats.faults).toBe(2);
    expect((await direct.list(session))[0]).toEqual(before);
    await direct.abort(session);
  });

  test('a flipped byte in a part is refused where its MD5 is known, and told by its MD5 where it is not', async () => {
    const direct = partsIn(through(client, 'flip/'));
    const session = await direct.begin('video.mp4', TYPE);
    const { parts, proxy } = await faulty('flip/', () => ({ flipUpAt: 4_000_000 }));
    const hashes = { md5: md5Of(slices[0]) };
    await expect(parts.putPart(session, 1, streamed(slices[0]), { hashes })).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(await direct.list(session)).toEqual([]);
    const { parts: unchecked } = await faulty('flip/', () => ({ flipUpAt: 4_000_000 }));
    const told = await unchecked.putPart(session, 2, streamed(slices[0]));
    expect(told.hashes.md5).toMatch(/^[0-9a-f]{32}$/);
    expect(told.hashes.md5).not.toBe(hashes.md5);
    expect(proxy.stats.faults).toBe(1);
    await direct.abort(session);
  });

  test('a part that is too small is refused with a code at the end, and an abort leaves nothing', async () => {
    const parts = partsIn(through(client, 'small/'));
    const session = await parts.begin('video.mp4', TYPE);
    const list = [
      await parts.putPart(session, 1, streamed(slices[0].subarray(0, 1_000_000))),
      await parts.putPart(session, 2, streamed(slices[1])),
    ];
    await expect(parts.complete(session, list)).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
    expect(await unfinished()).toBe(1);
    await parts.abort(session);
    await parts.abort(session);
    expect(await unfinished()).toBe(0);
    expect(await through(client, 'small/').head('video.mp4')).toBeUndefined();
    await expect(parts.list(session)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  });

  test('a clock that is an hour wrong is refused once, and then corrected by the client itself', async () => {
    const skewed = clientOf(gateway);
    skewed.config.systemClockOffset = 3_600_000;
    const store = through(skewed, 'clock/');
    const body = { kind: 'bytes', sizeBytes: 3, bytes: Uint8Array.of(1, 2, 3) } as const;
    await expect(store.put('a', body, TYPE)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await store.put('a', body, TYPE)).toMatchObject({ sizeBytes: 3 });
  });
});
