import { test } from 'vitest';
import { memoryFileSystem } from '../../../adapters/memory/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';

const roomBytes = 1_500_000;

fileSystemSuite({
  name: 'memoryFileSystem',
  test,
  sample: memoryFileSystem(),
  claims: { atomicRename: true, caseSensitive: true },
  create: async () => {
    const fileSystem = memoryFileSystem({ roots: { documents: '/documents' } });
    await fileSystem.makeDirectory('/documents');
    return { fileSystem, directory: '/documents' };
  },
});

fileSystemSuite({
  name: 'memoryFileSystem with a capacity',
  test,
  sample: memoryFileSystem({ capacityBytes: roomBytes }),
  claims: { atomicRename: true, caseSensitive: true, roomBytes },
  create: async () => {
    const fileSystem = memoryFileSystem({ capacityBytes: roomBytes });
    await fileSystem.makeDirectory('/data');
    return { fileSystem, directory: '/data' };
  },
});
