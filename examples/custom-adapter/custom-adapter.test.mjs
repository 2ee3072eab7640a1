/** Both adapters against their contracts, and one of them against a bad network: `npm test`. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { blobStoreSuite, createFaultPlan, faultyBlobStore, keyValueStoreSuite } from 'reelway/conformance';
import { jsonFileKeyValueStore } from './json-file-key-value-store.mjs';
import { selfTest } from './self-test.mjs';
import { ToyCloud, ToyCloudError } from './toy-cloud.mjs';
import { toyCloudBlobStore } from './toy-cloud-blob-store.mjs';

blobStoreSuite({
  name: 'toyCloudBlobStore',
  test,
  sample: toyCloudBlobStore({ client: new ToyCloud() }),
  claims: { conditionalPut: true, pageSize: 5 },
  create: async () => ({ blobStore: toyCloudBlobStore({ client: new ToyCloud(), prefix: 'reels/' }) }),
});

keyValueStoreSuite({
  name: 'jsonFileKeyValueStore',
  test,
  sample: jsonFileKeyValueStore({ path: '' }),
  claims: { persistent: true, breakable: true },
  create: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'custom-adapter-'));
    const path = join(directory, 'records.json');
    return {
      keyValueStore: jsonFileKeyValueStore({ path }),
      reopen: async () => jsonFileKeyValueStore({ path }),
      breakStorage: async () => {
        await rm(path);
        await mkdir(path);
      },
      cleanup: () => rm(directory, { recursive: true }),
    };
  },
});

test('errors of the service arrive with their code, their status and their cause', async () => {
  const client = new ToyCloud();
  const refusal = new ToyCloudError(429, 'slow down');
  client.headObject = async () => {
    throw refusal;
  };
  const store = toyCloudBlobStore({ client });
  await assert.rejects(store.head('clip'), {
    name: 'ReelwayError',
    code: 'THROTTLED',
    context: { key: 'clip', status: 429 },
    cause: refusal,
  });
});

test('a put whose answer was lost can be sent again', async () => {
  const plan = createFaultPlan({ rules: [{ kind: 'answer-lost', operation: 'blob.put', nth: 1 }] });
  const store = faultyBlobStore(toyCloudBlobStore({ client: new ToyCloud() }), plan);
  const bytes = new Uint8Array([1, 2, 3]);
  const put = () => store.put('clip', { kind: 'bytes', sizeBytes: 3, bytes }, { contentType: 'video/mp4' });
  await assert.rejects(put(), { code: 'NETWORK' });
  assert.equal((await put()).sizeBytes, 3);
});

test('the self-test of the app finds nothing, and shows a line for each clause', async () => {
  /** @type {string[]} */
  const lines = [];
  assert.equal(await selfTest((line) => lines.push(line)), true);
  assert.ok(lines.length > 40);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('failed')),
    [],
  );
});
