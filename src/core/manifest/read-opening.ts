/** Reads the opening from the first bytes of a manifest, before the rest is there. */
import * as z from 'zod/mini';
import type { Hashes } from '../hash/hashes.js';
import { type ByteRange, subtractRanges } from '../segments/byte-range.js';
import { latin1Decode } from '../text/text.js';
import type { Layout } from '../video/video.js';
import { checkRanges } from './opening.js';
import { checkHead, checkVersion, refused } from './parse.js';
import { defined, readInit } from './read-rendition.js';
import { type Refuse, refuseManifest } from './refusal.js';
import { parseJson, scanJson } from './scan.js';
import type { InitSegment, ManifestSource } from './types.js';
import { assertUrlTemplate, hasPlaceholder, urlOf } from './urls.js';
import { headSchema, type WireOpening } from './wire.js';

/** Bytes that are looked at for an opening at most: 32 renditions with all that they may spell out. */
const MAX_PREFIX = 131_072;
const CLOSE = '}';

/** A segment that holds a part of an opening. */
export interface OpeningSegment {
  /** From 0. */
  readonly index: number;
  /** The blob's key, relative to the manifest's folder. */
  readonly url: string;
  /** Where it lies in the rendition. */
  readonly range: ByteRange;
  /** Where it lies in its blob; absent where the blob is the segment. */
  readonly blobRange?: ByteRange;
  readonly hashes: Hashes;
}

/** The opening of one rendition. */
export interface OpeningPart {
  readonly renditionId: string;
  /** In the rendition's bytes, in order, apart from each other. */
  readonly ranges: readonly ByteRange[];
  readonly init?: InitSegment;
  /** The segments that hold the ranges, in order; the first 16 of them. */
  readonly segments: readonly OpeningSegment[];
  /** Whether `segments` hold all of `ranges`; false: the rest is in the whole manifest. */
  readonly isComplete: boolean;
}

/** What the first bytes of a manifest contain. */
export interface ManifestOpening {
  readonly version: 1;
  readonly videoId: string;
  readonly uploadId: string;
  readonly layout: Layout;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly source: ManifestSource;
  /** One for each rendition, the default one first. */
  readonly opening: readonly OpeningPart[];
}

/**
 * The opening, from the first bytes of an encoded manifest (4 KiB do for every usual video) or from all of them;
 * `undefined` where they do not hold it, so that the whole manifest is wanted. Whether the rest of the manifest is sound
 * is not known yet.
 *
 * @throws {ReelwayError} MANIFEST_INVALID, MANIFEST_VERSION_UNSUPPORTED, URL_NOT_ALLOWED
 */
export function readOpening(prefix: Uint8Array): ManifestOpening | undefined {
  const bytes = prefix.subarray(0, MAX_PREFIX);
  let end = 0;
  scanJson(bytes, refuseManifest, (key, position) => {
    if (key === 'opening') end = position;
    return end > 0;
  });
  if (end === 0) return undefined;
  const value = parseJson(latin1Decode(bytes.subarray(0, end)) + CLOSE, refuseManifest);
  checkVersion(value, refuseManifest);
  const result = z.safeParse(headSchema, value);
  if (!result.success) throw refused(result.error.issues, refuseManifest);
  const { videoId, uploadId, layout, createdMs, source, opening } = result.data;
  checkHead({ videoId }, refuseManifest);
  const parts = opening.map((entry, index) => partOf(entry, `opening.${index}`, refuseManifest));
  return { version: 1, videoId, uploadId, layout, createdMs, source, opening: parts };
}

function partOf(entry: WireOpening, field: string, refuse: Refuse): OpeningPart {
  const template = assertUrlTemplate(entry.urlTemplate, `${field}.urlTemplate`);
  const ranges = entry.ranges.map(([start, end]) => ({ start, end }));
  checkRanges(ranges, Number.MAX_SAFE_INTEGER, `${field}.ranges`, refuse);
  const firstByte = entry.firstByte ?? 0;
  let before = 0;
  const segments = entry.segments.map(({ n, start, sizeBytes, hashes }): OpeningSegment => {
    const end = start + sizeBytes;
    if (start < before || !Number.isSafeInteger(firstByte + end)) throw refuse(`${field}.segments`, 'are not in order');
    before = end;
    const blobRange = hasPlaceholder(template) ? undefined : { start: firstByte + start, end: firstByte + end };
    return { index: n, url: urlOf(template, n), range: { start, end }, ...defined({ blobRange }), hashes: defined({ ...hashes }) };
  });
  const held = segments.map(({ range }) => range);
  const isComplete = ranges.every((range) => subtractRanges(range, held).length === 0);
  const init = entry.init && readInit(entry.init, `${field}.init`);
  return { renditionId: entry.rendition, ranges, ...defined({ init }), segments, isComplete };
}
