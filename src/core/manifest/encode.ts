/** From a manifest to bytes: ASCII JSON in a fixed order of keys, what a reader needs first in front. */
import { type CooperativeTask, runToCompletion } from '../text/cooperative-task.js';
import { asciiJson, base64EncodeSteps, latin1EncodeSteps } from '../text/text.js';
import { wireOpening } from './opening.js';
import { assertManifestSize } from './parse.js';
import { defined } from './read-rendition.js';
import type { ManifestRendition, PackedNumbers, RenditionOpening, SegmentTimes, VideoManifest } from './types.js';
import { FORMAT, VERSION, type WireColumn, type WireManifest, type WireRendition } from './wire.js';

/** What is written of a manifest; the rest is worked out from it. */
export type ManifestFacts = Omit<VideoManifest, 'version' | 'durationSeconds' | 'sizeBytes' | 'segmentCount'>;

/** The manifest as it is stored: ASCII JSON. Equal manifests give equal bytes. @throws {ReelwayError} MANIFEST_TOO_LARGE above 8,388,608 bytes */
export function encodeManifest(manifest: ManifestFacts): Uint8Array {
  return runToCompletion(encodeManifestSteps(manifest));
}

/** {@link encodeManifest} in steps, but for JSON.stringify, which is one native call. @throws {ReelwayError} as it does */
export function* encodeManifestSteps(manifest: ManifestFacts): CooperativeTask<Uint8Array> {
  const wire = yield* wireOf(manifest);
  const text = asciiJson(wire);
  assertManifestSize(text.length);
  yield;
  return yield* latin1EncodeSteps(text);
}

function* wireOf(manifest: ManifestFacts): CooperativeTask<WireManifest> {
  const { videoId, uploadId, layout, createdMs, source, opening, metadata, playlist, renditions } = manifest;
  const wires: WireRendition[] = [];
  for (const rendition of renditions) wires.push(yield* wireRendition(rendition));
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
    renditions: wires,
  };
}

function* wireRendition(rendition: ManifestRendition): CooperativeTask<WireRendition> {
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
    sizes: 'each' in sizes ? { each: sizes.each, last: sizes.last } : yield* wireColumn(sizes),
    ...defined({ times: times && (yield* wireTimes(times)), sync: yield* textOf(rendition.sync) }),
    hashes: defined({
      crc32c: yield* textOf(crc32c),
      md5: yield* textOf(md5),
      sha256: yield* textOf(sha256),
    }),
  };
}

function* wireTimes({ timescale, end, starts, durations }: SegmentTimes): CooperativeTask<NonNullable<WireRendition['times']>> {
  const column = durations && (yield* wireColumn(durations));
  return { timescale, end, starts: yield* wireColumn(starts), ...defined({ durations: column }) };
}

function* wireColumn({ width, values }: PackedNumbers): CooperativeTask<WireColumn> {
  return { width, values: yield* base64EncodeSteps(values) };
}

function* textOf(bytes: Uint8Array | undefined): CooperativeTask<string | undefined> {
  return bytes && (yield* base64EncodeSteps(bytes));
}
