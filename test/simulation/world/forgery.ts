/** A manifest that arrives with another hash than was sent, and fits together all the same: its hash is past, and no reader misses it. */
import { encodeManifest, HASH_ALGORITHMS, parseManifest } from '../../../src/core/index.js';

/** The same manifest with one bit of one digest turned; `undefined` where it has none. */
export function forged(bytes: Uint8Array, random: () => number): Uint8Array | undefined {
  const manifest = parseManifest(bytes);
  const [rendition] = manifest.renditions;
  const algorithm = HASH_ALGORITHMS.find((one) => (rendition.hashes[one]?.length ?? 0) > 0);
  if (algorithm === undefined) return undefined;
  const digests = Uint8Array.from(rendition.hashes[algorithm] ?? []);
  const at = Math.floor(random() * digests.length);
  digests[at] = (digests[at] ?? 0) ^ 1;
  return encodeManifest({ ...manifest, renditions: [{ ...rendition, hashes: { ...rendition.hashes, [algorithm]: digests } }] });
}
