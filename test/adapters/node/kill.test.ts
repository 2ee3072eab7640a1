/** Processes that are killed while they write: afterwards there is the old or the new, never a mixture, and nothing to trip over. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoryBlobStore, nodeKeyValueStore } from '../../../adapters/node/index.js';
import { freshDirectory, readAll, startChild } from './given.js';

const KILLS = 5;

describe('a process killed while it sets records and puts blobs', () => {
  it('leaves each of them whole, old or new, and the next process goes on', { timeout: 60_000 }, async () => {
    const directory = freshDirectory();
    const values = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = startChild('write', [directory]);
      for (let put = 0; put <= kill; put += 1) expect(await child.line()).toBe('both are there');
      await child.kill();

      const keyValueStore = nodeKeyValueStore({ directory: join(directory, 'records') });
      const value = (await keyValueStore.get('record')) ?? '';
      const letter = value.slice(0, 1);
      expect(value).toBe(letter.repeat(60_000 + letter.charCodeAt(0) - 97));
      expect(await keyValueStore.keys('')).toEqual(['record']);
      values.add(letter);

      const blobStore = directoryBlobStore({ directory: join(directory, 'bucket') });
      const bytes = await readAll(await blobStore.get('v/manifest.json'));
      const first = bytes[0] ?? 0;
      expect(bytes.length).toBe(400_000 + first - 97);
      expect(bytes.every((byte) => byte === first)).toBe(true);
      expect((await blobStore.list?.(''))?.blobs.map((blob) => blob.key)).toEqual(['v/manifest.json']);
    }
    // The kills hit writes at work, or this test would prove nothing.
    const leftovers = [
      ...(await readdir(join(directory, 'records'))).filter((name) => name.startsWith('.t-')),
      ...(await readdir(join(directory, 'bucket/.reelway-tmp'))),
    ];
    expect(leftovers.length).toBeGreaterThan(0);
    expect(values.size).toBeGreaterThan(1);
  });
});
