/** The public suite over signed addresses: against a bucket on loopback, by a transport that streams and by one that cannot. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { signedUrlBlobStore } from '../../../adapters/http/index.js';
import { nodeFileSystem, nodeHttpTransport } from '../../../adapters/node/index.js';
import { type BlobStoreFixture, blobStoreSuite } from '../../../src/conformance/index.js';
import type { BlobStore, HttpTransport } from '../../../src/ports/index.js';
import { createBucket } from './support/bucket-server.js';
import { serve } from './support/loopback.js';

const HOUR_MS = 3_600_000;

async function createFixture(transport: HttpTransport): Promise<BlobStoreFixture> {
  const bucket = createBucket();
  const { origin } = await serve(bucket.handle);
  const directory = await mkdtemp(join(tmpdir(), 'reelway-http-'));
  return {
    blobStore: signedUrlBlobStore({
      transport,
      sign: async (requests) => requests.map((request) => bucket.sign(origin, request, Date.now() + HOUR_MS)),
    }),
    files: { fileSystem: nodeFileSystem(), directory },
    openUrl: async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer()),
    cleanup: () => rm(directory, { recursive: true }),
  };
}

function sample(transport: HttpTransport): BlobStore {
  return signedUrlBlobStore({ transport, sign: async () => [] });
}

describe('signed addresses', () => {
  const transport = nodeHttpTransport();
  const claims = { conditionalPut: true };
  blobStoreSuite({ name: 'streaming', test, create: () => createFixture(transport), claims, sample: sample(transport) });
  const whole = { ...transport, streamsReplies: false };
  blobStoreSuite({ name: 'whole replies', test, create: () => createFixture(whole), claims, sample: sample(whole) });
});
