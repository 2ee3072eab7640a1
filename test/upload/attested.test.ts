/** Only hashes of algorithms that the store attests count: an echo of what `put` was told proves nothing. */
import { describe, expect, it } from 'vitest';
import type { HashAlgorithm, Hashes } from '../../src/core/index.js';
import type { BlobInfo, BlobStore } from '../../src/ports/index.js';
import { createTestPorts } from '../../src/testing/index.js';
import { rawPackaging, type UploadEngineOptions } from '../../src/upload/index.js';
import { isWhole, scripted, startOn } from './support.js';

const packaging = rawPackaging({ segmentBytes: 1_000 });
const BYTES = 12_345;
const SEGMENTS = 13;
const SEGMENT = /\/\d+$/;

/** A store that repeats every hash that `put` was told, in every answer, and turns one bit of each segment the first time. */
function echoing(store: BlobStore, attests: readonly HashAlgorithm[]): BlobStore {
  const told = new Map<string, Hashes>();
  const echo = (info: BlobInfo): BlobInfo => ({ ...info, hashes: { ...info.hashes, ...told.get(info.key) } });
  return {
    ...store,
    attests,
    put: async (key, body, { hashes, ...options }) => {
      const isFirst = !told.has(key);
      if (hashes !== undefined) told.set(key, hashes);
      if (body.kind !== 'bytes' || !isFirst || !SEGMENT.test(key)) return echo(await store.put(key, body, options));
      const bytes = new Uint8Array(body.bytes);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      return echo(await store.put(key, { ...body, bytes }, options));
    },
    head: async (key, signal) => {
      const info = await store.head(key, signal);
      return info && echo(info);
    },
    list: async (prefix, cursor, signal) => {
      const page = (await store.list?.(prefix, cursor, signal)) ?? { blobs: [] };
      return { ...page, blobs: page.blobs.map(echo) };
    },
  };
}

/** The same store without listings. */
function unlisted(store: BlobStore): BlobStore {
  const { list: _list, ...rest } = store;
  return rest;
}

/** Uploads one video into this store, whose listing is kept where `lists` says so. */
async function upload(wrap: (store: BlobStore) => BlobStore, lists: boolean, more: Partial<UploadEngineOptions>) {
  const ports = createTestPorts();
  await ports.addFile('/a.mp4', BYTES);
  const store = scripted(wrap(ports.blobStore), () => undefined);
  const engine = await startOn(ports, { packaging, blobStore: lists ? store : unlisted(store), ...more });
  await ports.clock.runUntil((await engine.add('/a.mp4', {}, { videoId: 'a' })).completed());
  const countOf = (method: string): number => store.asked.filter((asked) => asked.method === method && SEGMENT.test(asked.key)).length;
  return { whole: await isWhole(ports, 'a', '/a.mp4'), puts: countOf('put'), gets: countOf('get') };
}

describe.each([
  ['with listings', true],
  ['without listings', false],
])('an upload to a store %s', (_what, lists) => {
  const unattested: readonly (readonly [HashAlgorithm, readonly HashAlgorithm[]])[] = [
    ['sha256', ['md5']],
    ['crc32c', ['md5', 'sha256']],
    ['crc32c', []],
  ];

  it.each(unattested)(
    'reads back and sends again each damaged segment where the store echoes %s and attests %j',
    async (hashAlgorithm, attests) => {
      const { whole, puts, gets } = await upload((store) => echoing(store, attests), lists, { hashAlgorithm });
      expect(whole).toBe(true);
      // A segment that differs is read twice before it is sent again, and once after that.
      expect({ puts, gets }).toEqual({ puts: 2 * SEGMENTS, gets: 3 * SEGMENTS });
    },
  );

  it('ignores a wrong hash of an algorithm that the store does not attest', async () => {
    const wrong = (info: BlobInfo): BlobInfo => ({ ...info, hashes: { sha256: '0'.repeat(64) } });
    const mixing = (store: BlobStore): BlobStore => ({
      ...store,
      put: async (key, body, options) => wrong(await store.put(key, body, options)),
      head: async (key, signal) => {
        const info = await store.head(key, signal);
        return info && wrong(info);
      },
    });
    const { whole, puts, gets } = await upload(mixing, lists, { hashAlgorithm: 'sha256' });
    expect(whole).toBe(true);
    expect({ puts, gets }).toEqual({ puts: SEGMENTS, gets: SEGMENTS });
  });

  it('reads no segment back where the store attests the algorithm of the upload', async () => {
    const { whole, puts, gets } = await upload((store) => store, lists, { hashAlgorithm: 'md5' });
    expect(whole).toBe(true);
    expect({ puts, gets }).toEqual({ puts: SEGMENTS, gets: 0 });
  });
});
