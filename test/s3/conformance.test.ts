/** The public suite against a real gateway: directly, and over a slow link. */
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { blobStoreSuite } from '../../src/conformance/index.js';
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { clientOf, freshBucket, storeIn } from './buckets.js';

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
