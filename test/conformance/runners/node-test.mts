/** The suites under node:test, over the adapters in memory; started by suite.test.ts in a process of its own. */
import test from 'node:test';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } from '../../../adapters/memory/index.js';
import { blobStoreSuite, fileSystemSuite, keyValueStoreSuite } from '../../../src/conformance/index.js';

keyValueStoreSuite({ name: 'records', test, create: async () => ({ keyValueStore: memoryKeyValueStore() }) });

blobStoreSuite({ name: 'blobs', test, sample: memoryBlobStore(), create: async () => ({ blobStore: memoryBlobStore() }) });

fileSystemSuite({
  name: 'files',
  test,
  create: async () => {
    const fileSystem = memoryFileSystem();
    await fileSystem.makeDirectory('/try');
    // One clause is broken on purpose: what a failure looks like is part of the proof.
    return { fileSystem: { ...fileSystem, list: async () => ['wrong'] }, directory: '/try' };
  },
});
