/** What `reelway cancel` removes from its bucket. */
import { describe, expect, it } from 'vitest';
import { memoryBlobStore } from '../../adapters/memory/index.js';
import { removeRemains } from '../../src/cli/commands/cancel.js';

describe('removeRemains', () => {
  it('removes the objects of the canceled upload and keeps every other key that the store lists', async () => {
    const memory = memoryBlobStore();
    const body = { kind: 'bytes', sizeBytes: 1, bytes: new Uint8Array(1) } as const;
    const others = ['a/manifest.json', 'a/old/0', 'a/new-too/0', 'b/new/0'];
    for (const key of [...others, 'a/new/0', 'a/new/1']) await memory.put(key, body, { contentType: 'x/y' });
    const ignoresPrefix = { ...memory, list: async () => (await memory.list?.('')) ?? { blobs: [] } };
    await removeRemains(ignoresPrefix, 'a/new/');
    const { blobs = [] } = (await memory.list?.('')) ?? {};
    expect(blobs.map(({ key }) => key).sort()).toEqual([...others].sort());
  });

  it('rejects with LISTING_INVALID and says that the upload is canceled when the listing does not end', async () => {
    const neverEnds = { ...memoryBlobStore(), list: async () => ({ blobs: [], cursor: 'again' }) };
    await expect(removeRemains(neverEnds, 'a/new/')).rejects.toMatchObject({
      code: 'LISTING_INVALID',
      userMessage: expect.stringContaining('The upload is canceled'),
    });
  });
});
