/**
 * The opening: what a player needs for its first frame. It stands before everything that grows, with the few segments that
 * hold it spelled out, so that a reader of a feed asks for the first 4 KiB of each manifest and can start at once.
 */
import type { ByteRange } from '../segments/byte-range.js';
import { asciiJson } from '../text/text.js';
import type { Refuse } from './refusal.js';
import { hashesAt, rangeIn, segmentsIn } from './segments.js';
import type { ManifestRendition, VideoManifest } from './types.js';
import { MAX_OPENING_RANGES, MAX_OPENING_SEGMENTS, type WireOpening, type WireOpeningSegment } from './wire.js';

/** A rendition's opening as it stands in the file; all but the ranges is copied from the rendition. */
export function wireOpening(rendition: ManifestRendition, ranges: readonly ByteRange[]): WireOpening {
  const { id, urlTemplate, firstByte, init } = rendition;
  return {
    rendition: id,
    ranges: ranges.map(({ start, end }) => [start, end]),
    urlTemplate,
    ...(firstByte > 0 ? { firstByte } : {}),
    ...(init === undefined ? {} : { init: { url: init.url, sizeBytes: init.sizeBytes, hashes: { ...init.hashes } } }),
    segments: spelledOut(rendition, ranges),
  };
}

/** The first segments that hold the ranges, at most 16, each once. */
function spelledOut(rendition: ManifestRendition, ranges: readonly ByteRange[]): WireOpeningSegment[] {
  const segments: WireOpeningSegment[] = [];
  let next = 0;
  for (const range of ranges) {
    const span = segmentsIn(rendition, range);
    if (span === undefined) continue;
    for (let n = Math.max(span.first, next); n <= span.last && segments.length < MAX_OPENING_SEGMENTS; n += 1) {
      const { start, end } = rangeIn(rendition, n);
      segments.push({ n, start, sizeBytes: end - start, hashes: hashesAt(rendition.hashes, n) });
      next = n + 1;
    }
  }
  return segments;
}

/** Refuses an opening that differs from the renditions: two readers must never see two videos. */
export function checkOpening(wire: readonly WireOpening[], manifest: VideoManifest, refuse: Refuse): void {
  if (wire.length !== manifest.renditions.length) throw refuse('opening', 'has not one entry for each rendition');
  manifest.renditions.forEach((rendition, index) => {
    const entry = wire[index] as WireOpening;
    const { ranges } = manifest.opening[index] as VideoManifest['opening'][number];
    checkRanges(ranges, rendition.sizeBytes, `opening.${index}.ranges`, refuse);
    if (asciiJson(entry) !== asciiJson(wireOpening(rendition, ranges))) throw refuse(`opening.${index}`, 'does not match its rendition');
  });
}

/** Refuses ranges that are empty, out of order, touching, or outside of the rendition. */
export function checkRanges(ranges: readonly ByteRange[], sizeBytes: number, field: string, refuse: Refuse): void {
  let before = -1;
  for (const { start, end } of ranges) {
    if (start <= before || end <= start || end > sizeBytes) throw refuse(field, 'are not in order, apart and inside of the rendition');
    before = end;
  }
}

/** At most 16 ranges, in order, that hold at least the same bytes: the smallest gaps are closed first. */
export function coalesce(merged: readonly ByteRange[]): readonly ByteRange[] {
  const ranges = [...merged];
  while (ranges.length > MAX_OPENING_RANGES) {
    let smallest = 1;
    for (let at = 2; at < ranges.length; at += 1) if (gapBefore(ranges, at) < gapBefore(ranges, smallest)) smallest = at;
    const joined = { start: (ranges[smallest - 1] as ByteRange).start, end: (ranges[smallest] as ByteRange).end };
    ranges.splice(smallest - 1, 2, joined);
  }
  return ranges;
}

function gapBefore(ranges: readonly ByteRange[], at: number): number {
  return (ranges[at] as ByteRange).start - (ranges[at - 1] as ByteRange).end;
}
