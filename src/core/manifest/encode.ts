/** From a manifest to bytes: ASCII JSON in a fixed order of keys, what a reader needs first in front. */
import { asciiJson, base64Encode, latin1Encode } from '../text.js';
import { wireOpening } from './opening.js';
import { assertManifestSize } from './parse.js';
import { defined } from './read-rendition.js';
import type { ManifestRendition, PackedNumbers, RenditionOpening, SegmentTimes, VideoManifest } from './types.js';
import { FORMAT, VERSION, type WireColumn, type WireManifest, type WireRendition } from './wire.js';

/** What is written of a manifest; the rest is worked out from it. */
export type ManifestFacts = Omit<VideoManifest, 'version' | 'durationSeconds' | 'sizeBytes' | 'segmentCount'>;

/** The manifest as it is stored: ASCII JSON. Equal manifests give equal bytes. @throws {ReelwayError} MANIFEST_TOO_LARGE above 8,388,608 bytes */
export function encodeManifest(manifest: ManifestFacts): Uint8Array {
  const text = asciiJson(wireOf(manifest));
  assertManifestSize(text.length);
  return latin1Encode(text);
}

function wireOf(manifest: ManifestFacts): WireManifest {
  const { videoId, uploadId, layout, createdMs, source, opening, metadata, playlist, renditions } = manifest;
  return {
    format: FORMAT,
    version: VERSION,
    videoId,
    uploadId,
    layout,
    createdMs,
    source: { sizeBytes: source.sizeBytes, contentType: source.contentType },
    opening: renditions.map((rendition, index) => wireOpening(rendition, (opening[index] as RenditionOpening).ranges)),
    metadata,
    ...defined({ playlist }),
    renditions: renditions.map(wireRendition),
  };
}

function wireRendition(rendition: ManifestRendition): WireRendition {
  const { id, bandwidth, width, height, codecs, urlTemplate, firstByte, playlist, init, segmentCount, sizeBytes, sizes, times } = rendition;
  const { crc32c, md5, sha256 } = rendition.hashes;
  return {
    id,
    ...defined({ bandwidth, width, height, codecs }),
    urlTemplate,
    ...(firstByte > 0 ? { firstByte } : {}),
    ...defined({ playlist }),
    ...(init === undefined ? {} : { init: { url: init.url, sizeBytes: init.sizeBytes, hashes: init.hashes } }),
    segmentCount,
    sizeBytes,
    sizes: 'each' in sizes ? { each: sizes.each, last: sizes.last } : wireColumn(sizes),
    ...defined({ times: times && wireTimes(times), sync: rendition.sync && base64Encode(rendition.sync) }),
    hashes: defined({
      crc32c: crc32c && base64Encode(crc32c),
      md5: md5 && base64Encode(md5),
      sha256: sha256 && base64Encode(sha256),
    }),
  };
}

function wireTimes({ timescale, end, starts, durations }: SegmentTimes): NonNullable<WireRendition['times']> {
  const column = durations && wireColumn(durations);
  return { timescale, end, starts: wireColumn(starts), ...defined({ durations: column }) };
}

function wireColumn({ width, values }: PackedNumbers): WireColumn {
  return { width, values: base64Encode(values) };
}
