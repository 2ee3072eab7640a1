/** Manifests to test with: the usual raw one, and one that uses every field. */
import { createManifest, type ManifestDraft, planRawSegments, type SegmentDraft, type VideoManifest } from '../../src/core/index.js';

/** A digest that differs for every index, as hex of so many digits. */
export function digest(index: number, digits: number): string {
  const word = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return word.repeat(digits / 8);
}

/** A raw manifest of a file of this size, with CRC-32C or another hash. */
export function rawDraft(sizeBytes: number, algorithm: 'crc32c' | 'md5' | 'sha256' = 'crc32c', segmentBytes?: number): ManifestDraft {
  const plan = planRawSegments(sizeBytes, segmentBytes);
  const digits = { crc32c: 8, md5: 32, sha256: 64 }[algorithm];
  const opening = plan.count === 0 ? [] : [plan.segmentAt(0), plan.segmentAt(plan.count - 1)];
  function* segments(): Generator<SegmentDraft> {
    for (let index = 0; index < plan.count; index += 1) {
      const { start, end } = plan.segmentAt(index);
      yield { sizeBytes: end - start, hashes: { [algorithm]: digest(index, digits) } };
    }
  }
  return {
    videoId: 'clip',
    uploadId: '0f3a9k2m1z7c4v8b5n6q',
    layout: 'raw',
    createdMs: 1_790_000_000_000,
    source: { sizeBytes, contentType: 'video/mp4' },
    metadata: { title: 'Sunset', durationSeconds: 60 },
    renditions: [{ urlTemplate: '0f3a9k2m1z7c4v8b5n6q/{n}', opening, segments: segments() }],
  };
}

/** The usual raw manifest. */
export function rawManifest(sizeBytes: number, algorithm?: 'crc32c' | 'md5' | 'sha256', segmentBytes?: number): VideoManifest {
  return createManifest(rawDraft(sizeBytes, algorithm, segmentBytes));
}

/** Two renditions with everything that a rendition can have; the second one in one blob, with gaps between its segments' times. */
export function fullDraft(): ManifestDraft {
  const first: SegmentDraft[] = [];
  const second: SegmentDraft[] = [];
  for (let index = 0; index < 150; index += 1) {
    const hashes = { crc32c: digest(index, 8), md5: digest(index, 32), sha256: digest(index, 64) };
    first.push({
      sizeBytes: 1_000 + ((index * 7_919) % 90_000),
      startSeconds: index * 2,
      durationSeconds: 2,
      sync: index % 3 === 0,
      hashes,
    });
    if (index < 10) second.push({ sizeBytes: 300 + index, startSeconds: index * 2, durationSeconds: 1.5, hashes: {} });
  }
  return {
    videoId: 'clip',
    uploadId: 'u1',
    layout: 'hls',
    createdMs: 1_790_000_000_000,
    source: { sizeBytes: 123_456_789, contentType: 'video/quicktime' },
    metadata: { title: 'Grüße 🌊', description: 'x'.repeat(9_000), width: 1_920, custom: { größe: 'L' } },
    playlist: 'u1/master.m3u8',
    renditions: [
      {
        id: 'high',
        bandwidth: 5_000_000,
        width: 1_920,
        height: 1_080,
        codecs: 'avc1.640028,mp4a.40.2',
        urlTemplate: 'u1/high/{n}.m4s',
        playlist: 'u1/high.m3u8',
        init: { url: 'u1/high/init.mp4', sizeBytes: 900, hashes: { crc32c: '0000abcd' } },
        opening: [{ start: 0, end: 2_000 }],
        segments: first,
      },
      {
        id: 'low',
        bandwidth: 400_000,
        urlTemplate: 'u1/low.mp4',
        firstByte: 800,
        init: { url: 'u1/low.mp4', sizeBytes: 800, hashes: {} },
        timescale: 1_000,
        opening: [{ start: 0, end: 10 }],
        segments: second,
      },
    ],
  };
}
