/** What a small app does, in plain JavaScript, so that every consumer does the same with the modules that it loaded. */
'use strict';
const assert = require('node:assert/strict');
const { createHash, randomBytes } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function rejection(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

/** One error class and one brand, whichever door an error came through. */
async function errorsAreOne({ reelway, memory, node }, folder) {
  const errors = [
    await rejection(() => memory.memoryFileSystem().open('/absent')),
    await rejection(() => node.nodeFileSystem().open(join(folder, 'absent'))),
    await rejection(async () => reelway.parseManifest(new Uint8Array(3))),
  ];
  for (const error of errors) {
    assert.ok(error instanceof reelway.ReelwayError, `${error} is of another ReelwayError`);
    assert.ok(reelway.isReelwayError(error));
  }
  assert.deepEqual(
    errors.map((error) => error.code),
    ['FILE_NOT_FOUND', 'FILE_NOT_FOUND', 'MANIFEST_INVALID'],
  );
}

/** A file goes into a bucket by one engine and comes back by the other, byte for byte. */
async function roundTrip({ reelway, upload, fetch, node }, folder) {
  assert.equal(upload.createUploadEngine, reelway.createUploadEngine);
  assert.equal(fetch.createVideoFetcher, reelway.createVideoFetcher);
  const source = join(folder, 'clip.mp4');
  const bytes = randomBytes(1_300_000);
  writeFileSync(source, bytes);
  const blobStore = node.directoryBlobStore({ directory: join(folder, 'bucket') });
  const ports = node.nodePorts({ stateDirectory: join(folder, 'state') });
  const engine = upload.createUploadEngine({ ...ports, blobStore, scope: 'consumer' });
  await engine.start();
  const handle = await engine.add(source, { title: 'Clip' });
  const manifest = await handle.completed();
  await engine.stop();
  assert.equal([...reelway.segmentsOf(manifest)].length, 3);

  const fetcher = fetch.createVideoFetcher({ ...ports, blobStore, scope: 'consumer', cache: { directory: join(folder, 'cache') } });
  await fetcher.prepareVideo(undefined, manifest.videoId);
  const outputPath = join(folder, 'out.mp4');
  await fetcher.combineSegments(manifest.videoId, { outputPath });
  await fetcher.cleanup();
  assert.equal(digest(readFileSync(outputPath)), digest(bytes));
}

/** Runs all of it; says so in one line. */
exports.scenario = async (modules, name) => {
  const folder = mkdtempSync(join(tmpdir(), 'reelway-consumer-'));
  try {
    await errorsAreOne(modules, folder);
    await roundTrip(modules, folder);
    const results = await modules.conformance.runSuite((test) =>
      modules.conformance.keyValueStoreSuite({
        name: 'memory',
        test,
        create: async () => ({ keyValueStore: modules.memory.memoryKeyValueStore() }),
      }),
    );
    assert.deepEqual(
      results.filter((result) => result.outcome === 'failed'),
      [],
    );
    assert.ok(results.length > 5);
    assert.equal(typeof modules.testing.createTestPorts, 'function');
    console.log(`${name} ok`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
