/** The public suites over the Node adapters. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { directoryBlobStore, nodeFileSystem, nodeKeyValueStore } from '../../../adapters/node/index.js';
import { blobStoreSuite, fileSystemSuite, keyValueStoreSuite } from '../../../src/conformance/index.js';

async function freshDirectory(): Promise<{ directory: string; cleanup: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'reelway-suite-'));
  return { directory, cleanup: () => rm(directory, { recursive: true, force: true }) };
}

fileSystemSuite({
  name: 'nodeFileSystem',
  test,
  sample: nodeFileSystem(),
  create: async () => ({ ...(await freshDirectory()), fileSystem: nodeFileSystem(), reopen: async () => nodeFileSystem() }),
  claims: { atomicRename: process.platform !== 'win32', reservedNames: process.platform !== 'win32' },
});

keyValueStoreSuite({
  name: 'nodeKeyValueStore',
  test,
  sample: nodeKeyValueStore({ directory: join(tmpdir(), 'reelway-never-made') }),
  create: async () => {
    const { directory, cleanup } = await freshDirectory();
    const records = join(directory, 'records');
    const open = () => nodeKeyValueStore({ directory: records });
    const breakStorage = async (): Promise<void> => {
      await rename(records, join(directory, 'gone'));
      await writeFile(records, 'a file in its place');
    };
    return { keyValueStore: open(), reopen: async () => open(), breakStorage, cleanup };
  },
  claims: { persistent: true, breakable: true },
});

blobStoreSuite({
  name: 'directoryBlobStore',
  test,
  sample: directoryBlobStore({ directory: tmpdir() }),
  create: async () => {
    const { directory, cleanup } = await freshDirectory();
    const files = join(directory, 'files');
    await nodeFileSystem().makeDirectory(files);
    return {
      blobStore: directoryBlobStore({ directory: join(directory, 'bucket'), pageBlobs: 7 }),
      files: { fileSystem: nodeFileSystem(), directory: files },
      cleanup,
    };
  },
  claims: { conditionalPut: true, checksHashes: true, keysBelowKeys: true, pageSize: 7 },
});
