/** One rendition's columns, decoded and checked against each other. */
import { HASH_ALGORITHMS, HASH_DIGITS } from '../hash/hash-service.js';
import type { HashAlgorithm } from '../hash/hashes.js';
import type { CooperativeTask } from '../text/cooperative-task.js';
import { base64DecodeSteps } from '../text/text.js';
import { isStep, markSizes, numberAt } from './columns.js';
import type { Refuse } from './refusal.js';
import type { HashColumns, InitSegment, ManifestRendition, PackedNumbers, SegmentTimes } from './types.js';
import { assertRelativeUrl, assertUrlTemplate, hasPlaceholder } from './urls.js';
import type { WireColumn, WireRendition } from './wire.js';

/** One rendition, checked; `field` is where it stands. */
export function* readRendition(wire: WireRendition, field: string, refuse: Refuse): CooperativeTask<ManifestRendition> {
  const { id, bandwidth, width, height, codecs, playlist, segmentCount, sizeBytes } = wire;
  const urlTemplate = assertUrlTemplate(wire.urlTemplate, `${field}.urlTemplate`);
  const times = wire.times && (yield* readTimes(wire.times, segmentCount, `${field}.times`, refuse));
  const sync = wire.sync === undefined ? undefined : yield* readSync(wire.sync, segmentCount, `${field}.sync`, refuse);
  return {
    id,
    ...defined({ bandwidth, width, height, codecs }),
    urlTemplate,
    firstByte: readFirstByte(wire, `${field}.firstByte`, refuse),
    ...defined({ playlist: playlist === undefined ? undefined : assertRelativeUrl(playlist, `${field}.playlist`) }),
    ...defined({ init: wire.init && readInit(wire.init, `${field}.init`) }),
    segmentCount,
    sizeBytes,
    sizes: yield* readSizes(wire, `${field}.sizes`, refuse),
    ...defined({ times, sync }),
    hashes: yield* readHashes(wire, `${field}.hashes`, refuse),
  };
}

/** Only the keys that have a value: an absent fact and an undefined one are not the same to a reader. */
export function defined<T extends object>(facts: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

/** The init segment; its address checked. */
export function readInit(wire: NonNullable<WireRendition['init']>, field: string): InitSegment {
  const { crc32c, md5, sha256 } = wire.hashes;
  return { url: assertRelativeUrl(wire.url, `${field}.url`), sizeBytes: wire.sizeBytes, hashes: defined({ crc32c, md5, sha256 }) };
}

function readFirstByte(wire: WireRendition, field: string, refuse: Refuse): number {
  const firstByte = wire.firstByte ?? 0;
  if (firstByte > 0 && hasPlaceholder(wire.urlTemplate)) throw refuse(field, 'has no meaning where each segment has a blob of its own');
  if (!Number.isSafeInteger(firstByte + wire.sizeBytes)) throw refuse(field, 'is too large');
  return firstByte;
}

function* readSizes(wire: WireRendition, field: string, refuse: Refuse): CooperativeTask<ManifestRendition['sizes']> {
  const { sizes, segmentCount, sizeBytes } = wire;
  if ('each' in sizes) {
    const total = sizes.each * (segmentCount - 1) + sizes.last;
    if (segmentCount === 0 || sizes.last > sizes.each || total !== sizeBytes) throw refuse(field, 'do not add up to sizeBytes');
    return sizes;
  }
  const marked = yield* markSizes(yield* readNumbers(sizes, segmentCount, field, refuse), segmentCount);
  if (marked.least < 1) throw refuse(field, 'have a segment without bytes');
  if (marked.total !== sizeBytes) throw refuse(field, 'do not add up to sizeBytes');
  return marked.sizes;
}

function* readTimes(
  wire: NonNullable<WireRendition['times']>,
  count: number,
  field: string,
  refuse: Refuse,
): CooperativeTask<SegmentTimes> {
  const { timescale, end } = wire;
  const starts = yield* readNumbers(wire.starts, count, `${field}.starts`, refuse);
  let before = 0;
  for (let index = 0; index < count; index += 1) {
    if (isStep(index)) yield;
    const start = numberAt(starts, index);
    if (start < before) throw refuse(`${field}.starts`, 'fall');
    before = start;
  }
  if (before > end) throw refuse(`${field}.end`, 'lies before the last start');
  if (wire.durations === undefined) return { timescale, end, starts };
  const durations = yield* readNumbers(wire.durations, count, `${field}.durations`, refuse);
  for (let index = 0; index < count; index += 1) {
    if (isStep(index)) yield;
    if (numberAt(starts, index) + numberAt(durations, index) > end) throw refuse(`${field}.durations`, 'reach beyond the end');
  }
  return { timescale, end, starts, durations };
}

function* readSync(text: string, count: number, field: string, refuse: Refuse): CooperativeTask<Uint8Array> {
  const bits = yield* readColumn(text, Math.ceil(count / 8), field, refuse);
  const stray = count % 8 === 0 ? 0 : (bits[bits.length - 1] as number) >> (count % 8);
  if (stray !== 0) throw refuse(field, 'has bits behind the last segment');
  return bits;
}

function* readHashes(wire: WireRendition, field: string, refuse: Refuse): CooperativeTask<HashColumns> {
  const columns: { [Algorithm in HashAlgorithm]?: Uint8Array } = {};
  for (const algorithm of HASH_ALGORITHMS) {
    const text = wire.hashes[algorithm];
    const bytes = (wire.segmentCount * HASH_DIGITS[algorithm]) / 2;
    if (text !== undefined) columns[algorithm] = yield* readColumn(text, bytes, `${field}.${algorithm}`, refuse);
  }
  return columns;
}

function* readNumbers(wire: WireColumn, count: number, field: string, refuse: Refuse): CooperativeTask<PackedNumbers> {
  return { width: wire.width, values: yield* readColumn(wire.values, count * wire.width, field, refuse) };
}

/** Decodes base64 of exactly so many bytes; the length of the text is looked at first. */
function* readColumn(text: string, sizeBytes: number, field: string, refuse: Refuse): CooperativeTask<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    if (text.length === Math.ceil(sizeBytes / 3) * 4) bytes = yield* base64DecodeSteps(text);
  } catch {
    // Told below, as one fault with a wrong length.
  }
  if (bytes === undefined || bytes.length !== sizeBytes) throw refuse(field, `is not base64 of ${sizeBytes} bytes`);
  return bytes;
}
