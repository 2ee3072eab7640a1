/** The public suites over the Node adapters. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { nodeFileSystem } from '../../../adapters/node/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';

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
