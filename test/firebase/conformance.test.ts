/** The public suite against Google's emulator, by the official SDK in Node: directly, and over a slow link. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { type BlobStoreFixture, blobStoreSuite } from '../../src/conformance/index.js';
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { firebaseWorld } from './buckets.js';

const port = inject('firebasePort');
// The emulator ignores the MD5 that is sent along; what it stored is compared afterwards.
const claims = { checksHashes: false, pageSize: 3 };
const MBIT_BYTES = 125_000;

function fixture(at: number): BlobStoreFixture {
  const { store, end } = firebaseWorld(at, { prefix: `${randomUUID()}/`, pageSize: claims.pageSize });
  return { blobStore: store, openUrl: async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer()), cleanup: end };
}

describe('Firebase Storage', () => {
  blobStoreSuite({ name: 'firebase', test, create: async () => fixture(port), claims, sample: firebaseWorld(port).store });
});

describe('Firebase Storage at 5 Mbit/s', () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startFaultProxy({ targetPort: port, bytesPerSecond: 5 * MBIT_BYTES, latencyMs: 10 });
  });
  afterAll(() => proxy.stop());
  blobStoreSuite({
    name: 'firebase over a slow link',
    test,
    create: async () => fixture(proxy.port),
    claims,
    sample: firebaseWorld(port).store,
  });
});
