/** A manifest hardly grows with the video: the sizes that we promise, to the byte and the kilobyte. */
import { describe, expect, it } from 'vitest';
import { encodeManifest, OPENING_PREFIX_BYTES, parseManifest, readOpening, segmentAt } from '../../src/core/index.js';
import { rawManifest } from './manifests.js';

const KB = 1_000;

describe.each([
  { name: '114 MB', sizeBytes: 114_381_456, segments: 219, crc32c: 2 * KB, sha256: 11 * KB },
  { name: '10 GB', sizeBytes: 10_000_000_000, segments: 19_074, crc32c: 120 * KB, sha256: 950 * KB },
  { name: '32 GiB', sizeBytes: 65_536 * 524_288, segments: 65_536, crc32c: 400 * KB, sha256: 3_000 * KB },
])('the manifest of $name', ({ sizeBytes, segments, ...most }) => {
  it.each(['crc32c', 'sha256'] as const)('with %s is small, opens from its first 4 KiB, and reads back', (algorithm) => {
    const manifest = rawManifest(sizeBytes, algorithm);
    const bytes = encodeManifest(manifest);
    expect(bytes.length).toBeLessThanOrEqual(most[algorithm]);
    const again = parseManifest(bytes);
    expect(again.segmentCount).toBe(segments);
    expect(segmentAt(again, segments - 1)).toEqual(segmentAt(manifest, segments - 1));
    const opening = readOpening(bytes.subarray(0, OPENING_PREFIX_BYTES));
    expect(opening?.opening[0]).toMatchObject({ isComplete: true, segments: [{ index: 0 }, { index: segments - 1 }] });
  });
});
