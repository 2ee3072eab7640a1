/** Handles that are opened and then cannot be looked at. */
import type { FileHandle } from 'node:fs/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { directoryBlobStore, nodeHttpTransport } from '../../../adapters/node/index.js';
import { bytesBody, freshDirectory, PLAIN, patternBytes } from './given.js';

const world = vi.hoisted(() => ({ opened: 0, closed: 0, failsAt: Number.POSITIVE_INFINITY, stats: 0 }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  const open = async (...args: Parameters<typeof original.open>): Promise<FileHandle> => {
    const handle = await original.open(...args);
    world.opened += 1;
    const [stat, close] = [handle.stat.bind(handle), handle.close.bind(handle)];
    return Object.assign(handle, {
      stat: async () => {
        world.stats += 1;
        if (world.stats === world.failsAt) throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fstat' });
        return stat();
      },
      close: async () => {
        world.closed += 1;
        await close();
      },
    });
  };
  return { ...original, open };
});

/** Runs a call in which the second look at an opened file fails: the first one is that it is a regular file. */
async function openAfter(call: () => Promise<unknown>, failsAt: number): Promise<number> {
  Object.assign(world, { opened: 0, closed: 0, stats: 0, failsAt });
  await expect(call()).rejects.toBeDefined();
  world.failsAt = Number.POSITIVE_INFINITY;
  return world.opened - world.closed;
}

describe('a file that is opened and cannot be looked at', () => {
  it('is closed by head() of a directory bucket', async () => {
    const store = directoryBlobStore({ directory: await freshDirectory(), durability: 'process' });
    await store.put('v/a', bytesBody(patternBytes(100)), PLAIN);
    expect(await openAfter(() => store.head('v/a'), 2)).toBe(0);
  });

  it('is closed by put() of a directory bucket', async () => {
    const directory = await freshDirectory();
    const path = join(directory, 'source');
    await writeFile(path, patternBytes(100));
    const store = directoryBlobStore({ directory: join(directory, 'bucket'), durability: 'process' });
    const put = () => store.put('v/a', { kind: 'file', sizeBytes: 100, path }, PLAIN);
    // The draft is looked at first.
    expect(await openAfter(put, 3)).toBe(0);
  });

  it('is closed by the HTTP transport', async () => {
    const path = join(await freshDirectory(), 'source');
    await writeFile(path, patternBytes(100));
    const body = { kind: 'file', sizeBytes: 100, path } as const;
    // Nothing listens there; the body is opened all the same.
    const send = () => nodeHttpTransport().send({ id: 'a', method: 'PUT', url: 'http://127.0.0.1:9/a', headers: {}, body });
    expect(await openAfter(send, 2)).toBe(0);
  });
});
