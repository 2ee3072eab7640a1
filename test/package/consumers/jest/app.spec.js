/** The package in Jest: the app's own test over memory ports, and the conformance suites. */
const { createUploadEngine, isReelwayError, ReelwayError } = require('reelway');
const { blobStoreSuite, fileSystemSuite, keyValueStoreSuite } = require('reelway/conformance');
const { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } = require('reelway/memory');
const { createTestPorts } = require('reelway/testing');

test('an upload completes on a virtual clock', async () => {
  const ports = createTestPorts();
  await ports.addFile('/videos/clip.mp4', 700_000);
  const engine = createUploadEngine({ ...ports, scope: 'jest' });
  await engine.start();
  const handle = await engine.add('/videos/clip.mp4');
  const manifest = await ports.clock.runUntil(handle.completed());
  expect(manifest.videoId).toBe(handle.videoId);
  expect(await ports.blobKeys()).toHaveLength(3);
  await engine.stop();
});

test('errors are of one class', async () => {
  const error = await memoryFileSystem()
    .open('/absent')
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ReelwayError);
  expect(isReelwayError(error)).toBe(true);
});

describe('conformance under Jest', () => {
  blobStoreSuite({ name: 'memory', test, create: async () => ({ blobStore: memoryBlobStore() }) });
  keyValueStoreSuite({ name: 'memory', test, create: async () => ({ keyValueStore: memoryKeyValueStore() }) });
  fileSystemSuite({
    name: 'memory',
    test,
    create: async () => {
      const fileSystem = memoryFileSystem();
      await fileSystem.makeDirectory('/try');
      return { fileSystem, directory: '/try' };
    },
  });
});
