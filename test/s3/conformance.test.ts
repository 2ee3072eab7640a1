/** The public suite against a real gateway: directly, and over a slow link. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { signedUrlBlobStore } from '../../adapters/http/index.js';
import { nodeFileSystem, nodeHttpTransport } from '../../adapters/node/index.js';
import { type BlobStoreFixture, blobStoreSuite } from '../../src/conformance/index.js';
import type { BlobStore } from '../../src/ports/index.js';
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { clientOf, freshBucket, storeIn } from './buckets.js';
import { presigner } from './signing.js';

const gateway = inject('gateway');
const claims = { conditionalPut: true };
const MBIT_BYTES = 125_000;

describe('S3 over Ceph', () => {
  const client = clientOf(gateway);
  let bucket = '';
  beforeAll(async () => {
    bucket = await freshBucket(client);
  });
  blobStoreSuite({
    name: 's3',
    test,
    create: async () => ({ blobStore: storeIn(client, bucket) }),
    claims,
    sample: storeIn(client, 'sample'),
  });
});

describe('signed addresses over Ceph', () => {
  const client = clientOf(gateway);
  const transport = nodeHttpTransport();
  let bucket = '';
  beforeAll(async () => {
    bucket = await freshBucket(client);
  });
  const signed = (): BlobStore => signedUrlBlobStore({ sign: presigner(client, bucket, `${randomUUID()}/`, 3600), transport });
  const create = async (): Promise<BlobStoreFixture> => {
    const directory = await mkdtemp(join(tmpdir(), 'reelway-signed-'));
    return {
      blobStore: signed(),
      files: { fileSystem: nodeFileSystem(), directory },
      openUrl: async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer()),
      cleanup: () => rm(directory, { recursive: true }),
    };
  };
  blobStoreSuite({ name: 'signed', test, create, claims, sample: signed() });
});

describe('S3 over Ceph at 5 Mbit/s', () => {
  let proxy: FaultProxy;
  let bucket = '';
  beforeAll(async () => {
    proxy = await startFaultProxy({ targetPort: gateway.port, bytesPerSecond: 5 * MBIT_BYTES, latencyMs: 10 });
    bucket = await freshBucket(clientOf(gateway));
  });
  afterAll(() => proxy.stop());
  blobStoreSuite({
    name: 's3 over a slow link',
    test,
    create: async () => ({ blobStore: storeIn(clientOf(gateway, proxy.endpoint), bucket) }),
    claims,
    sample: storeIn(clientOf(gateway), 'sample'),
  });
});
