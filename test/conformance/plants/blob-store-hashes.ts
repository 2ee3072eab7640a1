/** Faulty stores, by what they do with hashes. */
import type { BlobStoreClaims, BlobStoreFixture } from '../../../src/conformance/index.js';
import type { Hashes } from '../../../src/core/index.js';
import { isReelwayError } from '../../../src/errors/index.js';
import type { BlobInfo, PutOptions } from '../../../src/ports/index.js';
import { failing, faulty, putting } from './good-blob-store.js';
import type { Plant } from './plant.js';

function withoutHashes({ hashes: _hashes, ...options }: PutOptions): PutOptions {
  return options;
}

/** The good store that tells other hashes. */
function attesting(tell: (hashes: Hashes, told: Hashes) => Hashes) {
  return faulty((good) => {
    const told = new Map<string, Hashes>();
    const changed = (info: BlobInfo): BlobInfo => ({ ...info, hashes: tell(info.hashes, told.get(info.key) ?? {}) });
    return {
      put: async (key, body, options) => {
        told.set(key, options.hashes ?? {});
        return changed(await good.put(key, body, withoutHashes(options)));
      },
      head: async (key, signal) => {
        const info = await good.head(key, signal);
        return info && changed(info);
      },
      list: async (prefix, cursor, signal) => {
        const page = await good.list?.(prefix, cursor, signal);
        return { ...page, blobs: (page?.blobs ?? []).map(changed) };
      },
    };
  });
}

export const hashPlants: readonly Plant<BlobStoreFixture, BlobStoreClaims>[] = [
  {
    name: 'does not look at hashes',
    clause: 'blob.put.hash-refused',
    make: putting((good, key, body, options) => good.put(key, body, withoutHashes(options))),
  },
  {
    name: 'looks at hashes only after it has stored',
    clause: 'blob.put.hash-refused',
    make: putting((good, key, body, options) =>
      failing(
        () => good.put(key, body, options),
        async (error) => {
          if (isReelwayError(error) && options.hashes !== undefined) await good.put(key, body, withoutHashes(options));
        },
      ),
    ),
  },
  {
    name: 'attests nothing of what it said it would',
    clause: 'blob.attests.right',
    also: ['blob.put.hash-refused'],
    make: attesting(() => ({})),
  },
  {
    name: 'tells hashes in capitals',
    clause: 'blob.attests.right',
    also: ['blob.attests.no-echo', 'blob.parts.whole', 'blob.put.hash-refused'],
    make: attesting((hashes) =>
      Object.fromEntries(Object.entries(hashes).map(([algorithm, hash]) => [algorithm, String(hash).toUpperCase()])),
    ),
  },
  {
    name: 'attests what it was told',
    clause: 'blob.attests.no-echo',
    claims: { checksHashes: false },
    make: attesting((hashes, told) => ({ ...hashes, ...told })),
  },
  {
    name: 'echoes a hash of an algorithm that it does not attest',
    clause: 'blob.attests.no-echo',
    make: putting(async (good, key, body, options) => {
      const { sha256 } = options.hashes ?? {};
      const info = await good.put(key, body, options);
      return sha256 === undefined ? info : { ...info, hashes: { ...info.hashes, sha256 } };
    }),
  },
  {
    name: 'echoes a hash only beside a right one of an algorithm that it attests',
    clause: 'blob.attests.no-echo',
    make: putting(async (good, key, body, options) => {
      const { md5, sha256 } = options.hashes ?? {};
      const info = await good.put(key, body, options);
      return md5 === undefined || sha256 === undefined ? info : { ...info, hashes: { ...info.hashes, sha256 } };
    }),
  },
];
