/**
 * The format as it stands in buckets, for ever. The fixtures are version 1 as the first release wrote it: they are read by
 * every later release and never written again. Their bytes are also what this release writes for the same facts.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createManifest,
  encodeManifest,
  latin1Decode,
  OPENING_PREFIX_BYTES,
  openingOf,
  parseManifest,
  readOpening,
  segmentAt,
  segmentsOf,
} from '../../src/core/index.js';
import { fullDraft, rawDraft } from './manifests.js';

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../fixtures/manifests/${name}`, import.meta.url)));

describe('version 1', () => {
  it('of a raw file is read as it was meant', () => {
    const manifest = parseManifest(fixture('v1-raw.json'));
    expect(manifest).toMatchObject({
      version: 1,
      videoId: 'clip',
      uploadId: '0f3a9k2m1z7c4v8b5n6q',
      layout: 'raw',
      createdMs: 1_790_000_000_000,
      source: { sizeBytes: 2_000_000, contentType: 'video/mp4' },
      metadata: { title: 'Sunset', durationSeconds: 60 },
      segmentCount: 4,
      sizeBytes: 2_000_000,
      durationSeconds: 60,
    });
    expect([...segmentsOf(manifest)].map(({ url, range, hashes }) => [url, range.start, range.end, hashes.crc32c])).toEqual([
      ['0f3a9k2m1z7c4v8b5n6q/0', 0, 524_288, '9e3779b1'],
      ['0f3a9k2m1z7c4v8b5n6q/1', 524_288, 1_048_576, '3c6ef362'],
      ['0f3a9k2m1z7c4v8b5n6q/2', 1_048_576, 1_572_864, 'daa66d13'],
      ['0f3a9k2m1z7c4v8b5n6q/3', 1_572_864, 2_000_000, '78dde6c4'],
    ]);
  });

  it('of a raw file is written byte for byte so', () => {
    expect(latin1Decode(encodeManifest(createManifest(rawDraft(2_000_000))))).toBe(
      '{"format":"reelway.manifest","version":1,"videoId":"clip","uploadId":"0f3a9k2m1z7c4v8b5n6q","layout":"raw",' +
        '"createdMs":1790000000000,"source":{"sizeBytes":2000000,"contentType":"video/mp4"},' +
        '"opening":[{"rendition":"main","ranges":[[0,524288],[1572864,2000000]],"urlTemplate":"0f3a9k2m1z7c4v8b5n6q/{n}",' +
        '"segments":[{"n":0,"start":0,"sizeBytes":524288,"hashes":{"crc32c":"9e3779b1"}},' +
        '{"n":3,"start":1572864,"sizeBytes":427136,"hashes":{"crc32c":"78dde6c4"}}]}],' +
        '"metadata":{"title":"Sunset","durationSeconds":60},' +
        '"renditions":[{"id":"main","urlTemplate":"0f3a9k2m1z7c4v8b5n6q/{n}","segmentCount":4,"sizeBytes":2000000,' +
        '"sizes":{"each":524288,"last":427136},"hashes":{"crc32c":"njd5sTxu82Lapm0TeN3mxA=="}}]}',
    );
  });

  it.each([
    ['v1-raw.json', rawDraft(2_000_000)],
    ['v1-full.json', fullDraft()],
    ['v1-empty.json', rawDraft(0)],
  ])('%s is what this release writes, and what it reads', (name, draft) => {
    const manifest = createManifest(draft);
    expect(latin1Decode(fixture(name))).toBe(latin1Decode(encodeManifest(manifest)));
    expect(parseManifest(fixture(name))).toEqual(manifest);
  });

  it('with everything is read as it was meant', () => {
    const manifest = parseManifest(fixture('v1-full.json'));
    expect(manifest.metadata).toMatchObject({ title: 'Grüße 🌊', custom: { größe: 'L' } });
    expect(manifest.renditions.map(({ id, segmentCount }) => [id, segmentCount])).toEqual([
      ['high', 150],
      ['low', 10],
    ]);
    expect(segmentAt(manifest, 149)).toMatchObject({
      url: 'u1/high/149.m4s',
      startTime: 298,
      duration: 2,
      size: 1_000 + ((149 * 7_919) % 90_000),
      sync: false,
    });
    expect(segmentAt(manifest, 9, 'low')).toMatchObject({
      url: 'u1/low.mp4',
      blobRange: { start: 3_536, end: 3_845 },
      startTime: 18,
      duration: 1.5,
    });
    expect(manifest.renditions[0].init).toEqual({ url: 'u1/high/init.mp4', sizeBytes: 900, hashes: { crc32c: '0000abcd' } });
  });
});

describe('the opening', () => {
  it('stands in the first 4 KiB, before a long description', () => {
    const bytes = fixture('v1-full.json');
    expect(bytes.length).toBeGreaterThan(OPENING_PREFIX_BYTES);
    const opening = readOpening(bytes.subarray(0, OPENING_PREFIX_BYTES));
    expect(opening).toMatchObject({ version: 1, videoId: 'clip', uploadId: 'u1', layout: 'hls', source: { sizeBytes: 123_456_789 } });
    expect(opening).toEqual(readOpening(bytes));
  });

  it('tells what the whole manifest tells', () => {
    for (const name of ['v1-raw.json', 'v1-full.json', 'v1-empty.json']) {
      const manifest = parseManifest(fixture(name));
      const opening = readOpening(fixture(name));
      expect(opening?.opening.map(({ renditionId }) => renditionId)).toEqual(manifest.renditions.map(({ id }) => id));
      opening?.opening.forEach(({ renditionId, ranges, segments, init, isComplete }, index) => {
        expect(ranges).toEqual(openingOf(manifest, renditionId));
        expect(init).toEqual(manifest.renditions[index]?.init);
        expect(isComplete).toBe(true);
        for (const { index: n, url, range, blobRange, hashes } of segments) {
          const segment = segmentAt(manifest, n, renditionId);
          expect({ url, range, blobRange, hashes }).toEqual({
            url: segment.url,
            range: segment.range,
            blobRange: segment.blobRange,
            hashes: segment.hashes,
          });
        }
      });
    }
  });

  it('is there or not at every length of the prefix, and never half', () => {
    const bytes = fixture('v1-raw.json');
    const whole = readOpening(bytes);
    const end = latin1Decode(bytes).indexOf(',"metadata"');
    for (let length = 0; length <= bytes.length; length += 1) {
      expect(readOpening(bytes.subarray(0, length))).toEqual(length > end ? whole : undefined);
    }
  });

  it('of more than 16 segments says that it is not all', () => {
    const { renditions, ...draft } = rawDraft(20_000_000);
    const manifest = createManifest({
      ...draft,
      renditions: renditions.map((rendition) => ({ ...rendition, opening: [{ start: 100, end: 12_000_000 }] })),
    });
    const part = readOpening(encodeManifest(manifest))?.opening[0];
    expect(part?.segments).toHaveLength(16);
    expect(part?.isComplete).toBe(false);
    expect(part?.ranges).toEqual([{ start: 100, end: 12_000_000 }]);
  });

  it('spells each segment out once, however many ranges it holds', () => {
    const { renditions, ...draft } = rawDraft(2_000_000);
    const opening = [
      { start: 0, end: 10 },
      { start: 20, end: 600_000 },
      { start: 700_000, end: 700_001 },
    ];
    const manifest = createManifest({ ...draft, renditions: renditions.map((rendition) => ({ ...rendition, opening })) });
    const part = readOpening(encodeManifest(manifest))?.opening[0];
    expect(part?.segments.map(({ index }) => index)).toEqual([0, 1]);
    expect(part?.isComplete).toBe(true);
  });

  it('is refused where it cannot be', () => {
    const text = latin1Decode(fixture('v1-raw.json'));
    const bend = (from: string, to: string): Uint8Array => new TextEncoder().encode(text.replace(from, to));
    for (const bad of [
      bend('"start":1572864', '"start":5'),
      bend('"start":1572864', '"start":9007199254740991'),
      bend('[1572864,2000000]', '[0,5]'),
      bend('"n":3', '"n":-3'),
      bend('"layout":"raw"', '"layout":"tar"'),
      bend('"layout"', 'layout'),
      bend('"videoId"', '"version":1,"videoId"'),
    ]) {
      expect(() => readOpening(bad)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
    }
    expect(readOpening(new TextEncoder().encode('<!doctype html><title>404</title>'))).toBeUndefined();
    expect(readOpening(new TextEncoder().encode('[1,2,3]'))).toBeUndefined();
  });
});
