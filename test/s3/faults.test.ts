/** The engines over S3 on a bad network: nothing wrong is ever accepted, and all of it gets there in the end. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { nodePorts } from '../../adapters/node/index.js';
import { s3BlobStore } from '../../adapters/s3/index.js';
import { manifestKey } from '../../src/core/index.js';
import { createVideoFetcher } from '../../src/fetch/index.js';
import { createUploadEngine } from '../../src/upload/index.js';
import { type ConnectionFault, type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { clientOf, freshBucket } from './buckets.js';

const gateway = inject('gateway');
const FILE_BYTES = 14_000_123;
const SEGMENT_BYTES = 524_288;
const RETRY = { baseDelayMs: 5, maxDelayMs: 60, stallMs: 1_200 };
const SEEDS = [1, 2, 3];

type Kind = keyof ConnectionFault;
type Offset = readonly [Kind, from: number, to: number];

/** Flips fall into the first body of a connection: in a header, without TLS, they would be another request or another answer. */
const UPLOAD_FAULTS: readonly Offset[] = [
  ['resetAfterUpBytes', 10_000, 900_000],
  ['flipUpAt', 3_000, 500_000],
  ['resetAfterDownBytes', 1, 900],
  ['stallAfterUpBytes', 10_000, 900_000],
  ['flipUpAt', 3_000, 500_000],
  ['finAfterDownBytes', 1, 900],
  ['refuse', 0, 0],
  ['stallAfterDownBytes', 1, 900],
];
const FETCH_FAULTS: readonly Offset[] = [
  ['resetAfterDownBytes', 1, 900_000],
  ['flipDownAt', 20_000, 500_000],
  ['finAfterDownBytes', 1, 900_000],
  ['stallAfterDownBytes', 1, 900_000],
  ['flipDownAt', 20_000, 500_000],
  ['refuse', 0, 0],
  ['resetAfterUpBytes', 1, 1_500],
];

/** Numbers from 0 up to 1 that a seed repeats. */
function randomOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A connection with a flip lives on, so it is cut later: else it would carry all the rest. */
function faultAt(kind: Kind, at: number): ConnectionFault {
  if (kind === 'refuse') return { refuse: true };
  if (kind === 'flipUpAt') return { flipUpAt: at, resetAfterUpBytes: at + 1_100_000 };
  if (kind === 'flipDownAt') return { flipDownAt: at, resetAfterDownBytes: at + 1_100_000 };
  return { [kind]: at };
}

/** A fault for every connection, each kind in turn, at places that the seed chooses. */
function faultsOf(kinds: readonly Offset[], seed: number): (connection: number) => ConnectionFault {
  const random = randomOf(seed);
  const faults: ConnectionFault[] = [];
  return (connection) => {
    while (faults.length <= connection) {
      const [kind, from, to] = kinds[(faults.length + seed) % kinds.length] ?? (['refuse', 0, 0] as const);
      faults.push(faultAt(kind, from + Math.floor(random() * (to - from))));
    }
    return faults[connection] ?? {};
  };
}

const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

describe.each(SEEDS)('a bad network, seed %i', (seed) => {
  const direct = clientOf(gateway);
  const content = randomBytes(FILE_BYTES);
  const proxies: FaultProxy[] = [];
  const clients: S3[] = [];
  let folder = '';
  let bucket = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reelway-s3-faults-'));
    await writeFile(join(folder, 'video.mp4'), content);
    bucket = await freshBucket(direct);
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    for (const proxy of proxies) await proxy.stop();
    await rm(folder, { recursive: true });
  });

  const storeOver = async (kinds: readonly Offset[]) => {
    const proxy = await startFaultProxy({ targetPort: gateway.port, faultOf: faultsOf(kinds, seed) });
    const client = clientOf(gateway, proxy.endpoint);
    proxies.push(proxy);
    clients.push(client);
    return { proxy, store: s3BlobStore({ client, bucket, prefix: 'videos/' }) };
  };
  const happened = ({ stats }: FaultProxy, kinds: readonly Offset[]): Kind[] =>
    [...new Set(kinds.map(([kind]) => kind))].filter((kind) => (stats.kinds[kind] ?? 0) > 0);

  test('an upload completes, and every object in the bucket is what the file has', async () => {
    const { proxy, store } = await storeOver(UPLOAD_FAULTS);
    const engine = createUploadEngine({
      ...nodePorts({ stateDirectory: join(folder, 'state'), durability: 'process' }),
      blobStore: store,
      scope: 's3',
      retry: RETRY,
    });
    const corrupt: string[] = [];
    const codes: { [code: string]: number } = {};
    engine.on('retry', ({ error }) => {
      codes[error.code] = (codes[error.code] ?? 0) + 1;
      if (error.code === 'BLOB_CORRUPT' || error.code === 'SEGMENT_CORRUPT') corrupt.push(error.message);
    });
    await engine.start();
    const upload = await engine.add(join(folder, 'video.mp4'), {}, { videoId: 'video' });
    await upload.completed();
    await engine.stop();
    console.log(`seed ${seed} up: ${JSON.stringify({ ...proxy.stats, codes })}`);

    expect(happened(proxy, UPLOAD_FAULTS)).toEqual([...new Set(UPLOAD_FAULTS.map(([kind]) => kind))]);
    expect(corrupt.length).toBeGreaterThanOrEqual(1);
    const slices = new Map<string, number>();
    for (let at = 0; at < FILE_BYTES; at += SEGMENT_BYTES) slices.set(md5Of(content.subarray(at, at + SEGMENT_BYTES)), at / SEGMENT_BYTES);
    const objects = (await direct.listObjectsV2({ Bucket: bucket })).Contents ?? [];
    const segments = objects.filter(({ Key }) => Key !== `videos/${manifestKey('video')}`);
    expect(segments.map(({ ETag }) => slices.get(ETag?.replace(/"/g, '') ?? '')).sort((a, b) => Number(a) - Number(b))).toEqual([
      ...slices.values(),
    ]);
    expect(objects).toHaveLength(slices.size + 1);
  });

  test('a fetch gives the file, byte for byte, and catches every flipped byte by its hash', async () => {
    const { proxy, store } = await storeOver(FETCH_FAULTS);
    const fetcher = createVideoFetcher({
      ...nodePorts({ stateDirectory: join(folder, 'fetched'), durability: 'process' }),
      blobStore: store,
      scope: 's3',
      cache: { directory: join(folder, 'cache') },
      retry: RETRY,
    });
    const codes: { [code: string]: number } = {};
    fetcher.on('retry', ({ error }) => {
      codes[error.code] = (codes[error.code] ?? 0) + 1;
    });
    const manifest = await fetcher.prepareVideo(undefined, 'video');
    await fetcher.startIntelligentLoading(manifest);
    await fetcher.combineSegments('video', { outputPath: join(folder, 'back.mp4') });
    await fetcher.cleanup();
    console.log(`seed ${seed} down: ${JSON.stringify({ ...proxy.stats, codes })}`);

    expect(happened(proxy, FETCH_FAULTS)).toEqual([...new Set(FETCH_FAULTS.map(([kind]) => kind))]);
    expect(codes['SEGMENT_CORRUPT'] ?? 0).toBeGreaterThanOrEqual(1);
    expect(md5Of(await readFile(join(folder, 'back.mp4')))).toBe(md5Of(content));
  });
});
