/**
 * A store without the hashes that it does not attest. A hash of any other algorithm may be an echo of what `put` was given; it is
 * removed here, so that no part of an engine can use it.
 */
import type { HashAlgorithm, Hashes } from '../core/index.js';
import type { BlobInfo, BlobStore } from '../ports/index.js';

/** The requests of a store that an engine makes. */
export type RequestedStore = Pick<BlobStore, 'put' | 'get' | 'head' | 'remove' | 'list' | 'announce'>;

/** The same store; each {@link BlobInfo} that it returns has only hashes of algorithms in `attests`. */
export function attestedStore(store: BlobStore): RequestedStore {
  const attested = (info: BlobInfo): BlobInfo => ({ ...info, hashes: hashesIn(info.hashes, store.attests) });
  const list = store.list?.bind(store);
  const announce = store.announce?.bind(store);
  return {
    put: async (key, body, options) => attested(await store.put(key, body, options)),
    get: (key, options) => store.get(key, options),
    head: async (key, signal) => {
      const info = await store.head(key, signal);
      return info && attested(info);
    },
    remove: (keys, signal) => store.remove(keys, signal),
    ...(announce === undefined ? {} : { announce }),
    ...(list === undefined
      ? {}
      : {
          list: async (prefix, cursor, signal) => {
            const page = await list(prefix, cursor, signal);
            return { ...page, blobs: page.blobs.map(attested) };
          },
        }),
  };
}

// mutation-point: attested-hashes
function hashesIn(hashes: Hashes, algorithms: readonly HashAlgorithm[]): Hashes {
  const kept: { [Algorithm in HashAlgorithm]?: string } = {};
  for (const algorithm of algorithms) {
    const hash = hashes[algorithm];
    if (hash !== undefined) kept[algorithm] = hash;
  }
  return kept;
}
