/** The segments of each rendition of a manifest. */
import { describe, expect, it } from 'vitest';
import { createManifest, type VideoManifest } from '../../../src/core/index.js';
import { VideoSegments } from '../../../src/fetch/video/video-segments.js';
import { digest } from '../support/world.js';

const hashes = { crc32c: digest('crc32c', new Uint8Array(3)) };

function twoRenditions(): VideoManifest {
  return createManifest({
    videoId: 'clip',
    uploadId: 'up1',
    layout: 'hls',
    createdMs: 1,
    source: { sizeBytes: 90, contentType: 'video/mp4' },
    metadata: {},
    playlist: 'up1/main.m3u8',
    renditions: [
      {
        id: 'low',
        playlist: 'up1/low.m3u8',
        urlTemplate: 'up1/low/{n}',
        init: { url: 'up1/low/init', sizeBytes: 7, hashes },
        opening: [{ start: 0, end: 5 }],
        segments: [10, 20].map((sizeBytes) => ({ sizeBytes, hashes })),
      },
      {
        id: 'high',
        playlist: 'up1/high.m3u8',
        urlTemplate: 'up1/high/{n}',
        opening: [{ start: 30, end: 35 }],
        segments: [30, 40, 50].map((sizeBytes) => ({ sizeBytes, hashes })),
      },
    ],
  });
}

describe('VideoSegments', () => {
  it('describes the first rendition by default', () => {
    const segments = new VideoSegments(twoRenditions(), 'clip/manifest.json');
    expect(segments).toMatchObject({ rendition: 0, count: 3, sizeBytes: 37 });
    expect(segments.segmentAt(0)).toMatchObject({
      key: 'clip/up1/low/init',
      sizeBytes: 7,
    });
    expect(segments.segmentAt(2)).toMatchObject({
      key: 'clip/up1/low/1',
      sizeBytes: 20,
    });
    expect(segments.opening()).toEqual([0, 1]);
  });

  it('describes another rendition with its own sizes, keys and opening', () => {
    const segments = new VideoSegments(twoRenditions(), 'clip/manifest.json', 1);
    expect(segments).toMatchObject({ rendition: 1, count: 3, sizeBytes: 120 });
    expect(segments.segmentAt(1)).toMatchObject({
      key: 'clip/up1/high/1',
      sizeBytes: 40,
    });
    expect(segments.rangeOf(2)).toEqual({ start: 70, end: 120 });
    expect(segments.indexAt(69)).toBe(1);
    expect(segments.opening()).toEqual([1]);
    expect(segments.segmentIndexOf(2)).toBe(2);
  });

  it('gives all renditions of an upload the same build, and another upload another one', () => {
    const manifest = twoRenditions();
    const { build } = new VideoSegments(manifest, 'clip/manifest.json');
    expect(new VideoSegments(manifest, 'clip/manifest.json', 1).build).toBe(build);
    expect(new VideoSegments({ ...manifest, uploadId: 'up2' }, 'clip/manifest.json').build).not.toBe(build);
  });
});
