/** Manifests made, encoded, read back and looked at. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createManifest,
  encodeManifest,
  latin1Decode,
  type ManifestDraft,
  openingOf,
  parseManifest,
  type RenditionDraft,
  renditionOf,
  resolveSegmentKey,
  type SegmentDraft,
  segmentAt,
  segmentIndexAt,
  segmentIndexAtTime,
  segmentRange,
  segmentsOf,
  type VideoManifest,
} from '../../src/core/index.js';
import { digest, fullDraft, rawDraft, rawManifest } from './manifests.js';
import { codeOf, fieldOf } from './support.js';

/** A draft of one rendition in the hls layout. */
function draftOf(
  segments: readonly SegmentDraft[],
  rendition: Partial<RenditionDraft> = {},
  draft: Partial<ManifestDraft> = {},
): ManifestDraft {
  return {
    videoId: 'v',
    uploadId: 'u',
    layout: 'hls',
    createdMs: 0,
    source: { sizeBytes: 5, contentType: 'video/mp4' },
    metadata: {},
    renditions: [{ urlTemplate: 'u/{n}', ...rendition, segments }],
    ...draft,
  };
}

const plain = (sizeBytes: number): SegmentDraft => ({ sizeBytes, hashes: {} });

/** Every way of looking at a manifest tells one story, and it is the draft's. */
function expectConsistent(manifest: VideoManifest, sizes: readonly number[]): void {
  let position = 0;
  const listed = [...segmentsOf(manifest)];
  expect(listed.map(({ size }) => size)).toEqual(sizes);
  for (const segment of listed) {
    expect(segment.range).toEqual({ start: position, end: position + segment.size });
    expect(segmentAt(manifest, segment.index)).toEqual(segment);
    expect(segmentRange(manifest, segment.index)).toEqual(segment.range);
    expect(segmentIndexAt(manifest, position)).toBe(segment.index);
    expect(segmentIndexAt(manifest, position + segment.size - 1)).toBe(segment.index);
    position += segment.size;
  }
  expect(manifest.sizeBytes).toBe(position);
  expect(manifest.segmentCount).toBe(sizes.length);
}

describe('a raw manifest', () => {
  const manifest = rawManifest(114_381_456);

  it('says what apps ask for', () => {
    expect(manifest).toMatchObject({
      version: 1,
      videoId: 'clip',
      layout: 'raw',
      segmentCount: 219,
      sizeBytes: 114_381_456,
      durationSeconds: 60,
    });
    expect(segmentAt(manifest, 218)).toEqual({
      id: '0f3a9k2m1z7c4v8b5n6q/218',
      url: '0f3a9k2m1z7c4v8b5n6q/218',
      startTime: (114_294_784 / 114_381_456) * 60,
      duration: (86_672 / 114_381_456) * 60,
      size: 86_672,
      priority: 'high',
      index: 218,
      range: { start: 114_294_784, end: 114_381_456 },
      hashes: { crc32c: digest(218, 8) },
    });
    expect(openingOf(manifest)).toEqual([
      { start: 0, end: 524_288 },
      { start: 114_294_784, end: 114_381_456 },
    ]);
    expectConsistent(
      manifest,
      Array.from({ length: 219 }, (_, index) => (index < 218 ? 524_288 : 86_672)),
    );
  });

  it('ranks the opening high, the end normal, the rest low', () => {
    const priorities = [...segmentsOf(rawManifest(114_381_456))].map(({ priority }) => priority);
    expect(priorities[0]).toBe('high');
    expect(priorities[100]).toBe('low');
    // 2 % of the file are 2.3 MB: five segments, the last of which is in the opening, and a bit of a sixth.
    expect(priorities.slice(-7)).toEqual(['low', 'normal', 'normal', 'normal', 'normal', 'normal', 'high']);
    const small = [...segmentsOf(rawManifest(2_097_152, 'crc32c'))].map(({ priority }) => priority);
    expect(small).toEqual(['high', 'low', 'normal', 'high']);
  });

  it('guesses times by bytes where the length of the video is known, and 0 where not', () => {
    expect(segmentAt(manifest, 109).startTime).toBeCloseTo(29.98, 2);
    expect(segmentIndexAtTime(manifest, 29.99)).toBe(109);
    const { metadata: _metadata, ...rest } = rawDraft(1_000_000);
    const unknown = createManifest({ ...rest, metadata: {} });
    expect(unknown.durationSeconds).toBe(0);
    expect(segmentAt(unknown, 1)).toMatchObject({ startTime: 0, duration: 0 });
    expect(segmentIndexAtTime(unknown, 5)).toBe(1);
  });

  it('of an empty file has no segments', () => {
    const empty = rawManifest(0);
    expect(empty).toMatchObject({ segmentCount: 0, sizeBytes: 0 });
    expect([...segmentsOf(empty)]).toEqual([]);
    expect(segmentIndexAtTime(empty, 0)).toBe(-1);
    expect(() => segmentIndexAt(empty, 0)).toThrow(TypeError);
    expect(parseManifest(encodeManifest(empty))).toEqual(empty);
  });

  it.each([-1, 219, 1.5, Number.NaN])('has no segment %s', (index) => {
    expect(() => segmentAt(manifest, index)).toThrow(TypeError);
    expect(() => segmentRange(manifest, index)).toThrow(TypeError);
  });

  it.each([-1, 114_381_456, 0.5, Number.NaN])('has no byte %s', (offset) => {
    expect(() => segmentIndexAt(manifest, offset)).toThrow(TypeError);
  });

  it('can be walked more than once, and left in the middle', () => {
    const segments = segmentsOf(manifest);
    for (const segment of segments) if (segment.index === 3) break;
    expect([...segments]).toHaveLength(219);
  });
});

describe('a manifest with everything', () => {
  const manifest = createManifest(fullDraft());

  it('is the same after encoding and reading', () => {
    const bytes = encodeManifest(manifest);
    const again = parseManifest(bytes, { videoId: 'clip' });
    expect(again).toEqual(manifest);
    expect(encodeManifest(again)).toEqual(bytes);
    expect(latin1Decode(bytes)).toMatch(/^[\x20-\x7e]*$/);
  });

  it('keeps packed sizes, times, sync flags and hashes of each segment', () => {
    const draft = [...(fullDraft().renditions[0] as RenditionDraft).segments];
    expectConsistent(
      manifest,
      draft.map(({ sizeBytes }) => sizeBytes),
    );
    draft.forEach((segment, index) => {
      expect(segmentAt(manifest, index)).toMatchObject({
        url: `u1/high/${index}.m4s`,
        startTime: segment.startSeconds,
        duration: 2,
        sync: segment.sync,
        hashes: segment.hashes,
      });
    });
    expect(manifest.durationSeconds).toBe(300);
    expect(manifest.renditions[0].times?.durations).toBeUndefined();
  });

  it('finds segments by time', () => {
    expect(segmentIndexAtTime(manifest, 0)).toBe(0);
    expect(segmentIndexAtTime(manifest, 5.99)).toBe(2);
    expect(segmentIndexAtTime(manifest, 6)).toBe(3);
    expect(segmentIndexAtTime(manifest, -1)).toBe(0);
    expect(segmentIndexAtTime(manifest, 1e9)).toBe(149);
  });

  it('knows each rendition by its id, and ranges of one blob', () => {
    expect(renditionOf(manifest, 'low').segmentCount).toBe(10);
    expect(() => renditionOf(manifest, 'middle')).toThrow(TypeError);
    expect(segmentAt(manifest, 1, 'low')).toEqual({
      id: 'u1/low/1',
      url: 'u1/low.mp4',
      startTime: 2,
      duration: 1.5,
      size: 301,
      priority: 'low',
      index: 1,
      range: { start: 300, end: 601 },
      hashes: {},
      blobRange: { start: 1_100, end: 1_401 },
    });
    expect(segmentAt(manifest, 9, 'low').duration).toBe(1.5);
    expect(openingOf(manifest, 'low')).toEqual([{ start: 0, end: 10 }]);
    expect([...segmentsOf(manifest, 'low')]).toHaveLength(10);
  });

  it('leads to keys below its own folder', () => {
    expect(resolveSegmentKey('clip/manifest.json', segmentAt(manifest, 0).url)).toBe('clip/u1/high/0.m4s');
    expect(resolveSegmentKey('manifest.json', 'u1/0')).toBe('u1/0');
    expect(codeOf(() => resolveSegmentKey('clip/manifest.json', '../other/0'))).toBe('URL_NOT_ALLOWED');
    expect(() => resolveSegmentKey('/clip/manifest.json', 'u1/0')).toThrow(TypeError);
  });

  it('is refused where another video was asked for', () => {
    expect(codeOf(() => parseManifest(encodeManifest(manifest), { videoId: 'other' }))).toBe('MANIFEST_UNTRUSTED');
  });
});

describe('packing', () => {
  it('keeps any sizes, in any number, through encoding', () => {
    const size = fc.oneof(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.constantFrom(255, 256, 65_535, 65_536, 2 ** 40),
    );
    const sizes = fc.oneof(
      fc.array(size, { maxLength: 300 }),
      fc.tuple(size, fc.nat(150)).map(([each, count]) => new Array<number>(count).fill(each)),
    );
    fc.assert(
      fc.property(sizes, (list) => {
        const manifest = createManifest(draftOf(list.map(plain)));
        expectConsistent(parseManifest(encodeManifest(manifest)), list);
      }),
      { seed: 16, numRuns: 150 },
    );
  });

  it('keeps seamless times without durations and others with them', () => {
    const step = fc.record({ gap: fc.constantFrom(0, 0, 0, 0.5), duration: fc.integer({ min: 0, max: 40 }).map((ticks) => ticks / 10) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        let at = 0;
        const segments = steps.map(({ gap, duration }): SegmentDraft => {
          const startSeconds = at + gap;
          at = startSeconds + duration;
          return { sizeBytes: 1, startSeconds, durationSeconds: duration, hashes: {} };
        });
        const manifest = parseManifest(encodeManifest(createManifest(draftOf(segments))));
        segments.forEach((segment, index) => {
          const { startTime, duration } = segmentAt(manifest, index);
          expect(startTime).toBeCloseTo(segment.startSeconds as number, 4);
          expect(duration).toBeCloseTo(segment.durationSeconds as number, 4);
        });
        const hasGap = steps.some(({ gap }, index) => index > 0 && gap > 0);
        expect(manifest.renditions[0].times?.durations !== undefined).toBe(hasGap);
        expect(manifest.durationSeconds).toBeCloseTo(at, 4);
      }),
      { seed: 17, numRuns: 200 },
    );
  });

  it('keeps sync flags in any number', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (flags) => {
        const segments = flags.map((sync): SegmentDraft => ({ sizeBytes: 1, sync, hashes: {} }));
        const manifest = parseManifest(encodeManifest(createManifest(draftOf(segments))));
        expect([...segmentsOf(manifest)].map(({ sync }) => sync)).toEqual(flags);
      }),
      { seed: 18 },
    );
  });

  it('lets the end of the video be where the longest segment ends', () => {
    const overlapping = [
      { sizeBytes: 1, startSeconds: 0, durationSeconds: 9, hashes: {} },
      { sizeBytes: 1, startSeconds: 2, durationSeconds: 1, hashes: {} },
    ];
    const manifest = createManifest(draftOf(overlapping));
    expect(manifest.durationSeconds).toBe(9);
    expect([0, 1].map((index) => segmentAt(manifest, index).duration)).toEqual([9, 1]);
  });

  it('coalesces an opening of many ranges, the smallest gaps first, and loses no byte of it', () => {
    const opening = Array.from({ length: 40 }, (_, index) => ({ start: index * index * 10, end: index * index * 10 + 5 }));
    const manifest = createManifest(draftOf([plain(100_000)], { opening }));
    const ranges = openingOf(manifest);
    expect(ranges).toHaveLength(16);
    expect(ranges[0]).toEqual({ start: 0, end: 24 * 24 * 10 + 5 });
    expect(ranges[15]).toEqual(opening[39]);
    const backwards = opening.map(({ start, end }) => ({ start: 50_000 - end, end: 50_000 - start }));
    const mirrored = openingOf(createManifest(draftOf([plain(100_000)], { opening: backwards })));
    expect(mirrored[15]).toEqual({ start: 50_000 - 24 * 24 * 10 - 5, end: 50_000 });
  });

  const bad: [string, ManifestDraft][] = [
    ['renditions', draftOf([], {}, { renditions: [] })],
    ['videoId', draftOf([], {}, { videoId: '../x' })],
    ['uploadId', draftOf([], {}, { uploadId: 'a/b' })],
    ['createdMs', draftOf([], {}, { createdMs: -1 })],
    ['createdMs', draftOf([], {}, { createdMs: Number.NaN })],
    ['source.contentType', draftOf([], {}, { source: { sizeBytes: 1, contentType: 'x' } })],
    ['source.sizeBytes', draftOf([], {}, { source: { sizeBytes: 2 ** 53, contentType: 'video/mp4' } })],
    ['metadata.width', draftOf([], {}, { metadata: { width: 0 } })],
    ['renditions.0.bandwidth', draftOf([], { bandwidth: 0 })],
    ['renditions.0.codecs', draftOf([], { codecs: 'a"b' })],
    ['renditions.0.opening', draftOf([plain(5)], { opening: [{ start: 3, end: 1 }] })],
    ['opening.0.ranges', draftOf([plain(5)], { opening: [{ start: 0, end: 6 }] })],
    ['opening.0.ranges', draftOf([], { opening: [{ start: 0, end: 6 }] })],
    ['renditions.0.segments.0.sizeBytes', draftOf([plain(0)])],
    ['renditions.0.segments.1.sizeBytes', draftOf([plain(1), plain(1.5)])],
    ['renditions.0.segments.0.sizeBytes', draftOf([plain(2 ** 48)])],
    ['renditions.0.segments.0', draftOf([{ sizeBytes: 1, startSeconds: 0, hashes: {} }])],
    ['renditions.0.segments.0', draftOf([{ sizeBytes: 1, durationSeconds: 0, hashes: {} }])],
    ['renditions.0.segments.0.startSeconds', draftOf([{ sizeBytes: 1, startSeconds: -1, durationSeconds: 1, hashes: {} }])],
    ['renditions.0.segments.0.durationSeconds', draftOf([{ sizeBytes: 1, startSeconds: 0, durationSeconds: Number.NaN, hashes: {} }])],
    [
      'renditions.0.segments.1.startSeconds',
      draftOf([
        { sizeBytes: 1, startSeconds: 5, durationSeconds: 1, hashes: {} },
        { sizeBytes: 1, startSeconds: 4, durationSeconds: 1, hashes: {} },
      ]),
    ],
    ['renditions.0.segments.1', draftOf([plain(1), { sizeBytes: 1, hashes: { crc32c: '00000000' } }])],
    ['renditions.0.segments.1', draftOf([{ sizeBytes: 1, hashes: { crc32c: '00000000' } }, plain(1)])],
    ['renditions.0.segments.1', draftOf([plain(1), { sizeBytes: 1, sync: true, hashes: {} }])],
    ['renditions.0.segments.0.hashes.crc32c', draftOf([{ sizeBytes: 1, hashes: { crc32c: 'DEADBEEF' } }])],
    ['renditions.0.segments', draftOf(new Array<SegmentDraft>(65_537).fill(plain(1)))],
    ['renditions', { ...fullDraft(), renditions: [...fullDraft().renditions, ...fullDraft().renditions] }],
    ['renditions.0.sizeBytes', draftOf([plain(4)], {}, { layout: 'raw' })],
    [
      'renditions',
      draftOf(
        [],
        {},
        {
          layout: 'raw',
          renditions: [draftOf([]), draftOf([])].map((draft, n) => ({ ...(draft.renditions[0] as RenditionDraft), id: `r${n}` })),
        },
      ),
    ],
    ['renditions.0.urlTemplate', draftOf([plain(5)], { urlTemplate: 'u/all' }, { layout: 'raw' })],
    ['renditions.0.urlTemplate', draftOf([plain(5)], {}, { layout: 'object' })],
    ['renditions.0.firstByte', draftOf([plain(5)], { firstByte: 3 })],
    ['renditions.0.firstByte', draftOf([plain(5)], { firstByte: Number.MAX_SAFE_INTEGER, urlTemplate: 'u/all' })],
  ];
  it.each(bad)('refuses a draft with a wrong %s', (field, draft) => {
    expect(codeOf(() => createManifest(draft))).toBe('INVALID_CONFIG');
    expect(fieldOf(() => createManifest(draft))).toBe(field);
  });

  it('refuses a draft whose manifest would be larger than 8 MiB', () => {
    const hashes = { crc32c: digest(1, 8), md5: digest(1, 32), sha256: digest(1, 64) };
    const segments = new Array<SegmentDraft>(65_536).fill({ sizeBytes: 1, startSeconds: 2 ** 28, durationSeconds: 1, hashes });
    const manifest = createManifest(draftOf(segments));
    expect(encodeManifest(manifest).length).toBeLessThan(8_388_608);
    const huge = { ...manifest.renditions[0], sync: new Uint8Array(7_000_000) };
    expect(codeOf(() => encodeManifest({ ...manifest, renditions: [huge] }))).toBe('MANIFEST_TOO_LARGE');
  });
});
