/** Packs a draft's segments into columns while they pass by, so that they never exist all at once. */
import { HASH_ALGORITHMS, HASH_DIGITS, isDigest } from '../hash/hash-service.js';
import type { HashAlgorithm, Hashes } from '../hash/hashes.js';
import { MAX_SEGMENTS } from '../limits.js';
import type { CooperativeTask } from '../text/cooperative-task.js';
import { hexDecode } from '../text/text.js';
import { markSizes, packNumbers } from './columns.js';
import { refuseDraft } from './refusal.js';
import type { HashColumns, ManifestRendition, SegmentTimes } from './types.js';
import { MAX_COLUMN_VALUE } from './wire.js';

/** One segment of a draft. */
export interface SegmentDraft {
  /** ≥ 1. */
  readonly sizeBytes: number;
  /** Seconds, ≥ 0, never falling; for all segments or for none. */
  readonly startSeconds?: number;
  /** Seconds, ≥ 0; together with `startSeconds`. */
  readonly durationSeconds?: number;
  /** Whether it starts with a sync sample. For all segments or for none. */
  readonly sync?: boolean;
  /** The same algorithms for all segments. */
  readonly hashes: Hashes;
}

/** What the columns hold together. */
export type PackedSegments = Pick<ManifestRendition, 'segmentCount' | 'sizeBytes' | 'sizes' | 'times' | 'sync' | 'hashes'>;

/** Columns under way. */
interface Columns {
  readonly sizes: number[];
  readonly starts: number[];
  readonly ends: number[];
  readonly sync: number[];
  readonly hashes: { readonly algorithm: HashAlgorithm; bytes: Uint8Array }[];
}

/** Walks the segments once. @throws {ReelwayError} INVALID_CONFIG */
export function* packSegments(segments: Iterable<SegmentDraft>, timescale: number, field: string): CooperativeTask<PackedSegments> {
  const columns: Columns = { sizes: [], starts: [], ends: [], sync: [], hashes: [] };
  let shape: string | undefined;
  let index = 0;
  for (const segment of segments) {
    const at = `${field}.${index}`;
    if (index === MAX_SEGMENTS) throw refuseDraft(field, `are more than ${MAX_SEGMENTS}`);
    if (shape === undefined) prepare(columns, segment);
    shape ??= shapeOf(segment);
    if (shapeOf(segment) !== shape) throw refuseDraft(at, 'has not the same facts as the segments before it');
    columns.sizes.push(whole(segment.sizeBytes, 1, `${at}.sizeBytes`));
    addTimes(columns, segment, timescale, at);
    if (segment.sync !== undefined) columns.sync.push(segment.sync ? 1 : 0);
    addHashes(columns, segment.hashes, index, `${at}.hashes`);
    index += 1;
    yield;
  }
  return yield* finish(columns, timescale);
}

/** Which optional facts a segment has: all segments of a rendition must have the same. */
function shapeOf({ startSeconds, durationSeconds, sync, hashes }: SegmentDraft): string {
  const facts = [startSeconds !== undefined, durationSeconds !== undefined, sync !== undefined];
  return [...facts, ...HASH_ALGORITHMS.map((algorithm) => hashes[algorithm] !== undefined)].join();
}

function prepare(columns: Columns, first: SegmentDraft): void {
  for (const algorithm of HASH_ALGORITHMS) {
    if (first.hashes[algorithm] !== undefined) columns.hashes.push({ algorithm, bytes: new Uint8Array(0) });
  }
}

function addTimes(columns: Columns, { startSeconds, durationSeconds }: SegmentDraft, timescale: number, field: string): void {
  if (startSeconds === undefined && durationSeconds === undefined) return;
  if (startSeconds === undefined || durationSeconds === undefined) throw refuseDraft(field, 'has a start or a duration, but not both');
  const least = columns.starts[columns.starts.length - 1] ?? 0;
  const start = whole(Math.round(startSeconds * timescale), least, `${field}.startSeconds`);
  columns.starts.push(start);
  columns.ends.push(whole(Math.round((startSeconds + durationSeconds) * timescale), start, `${field}.durationSeconds`));
}

function addHashes(columns: Columns, hashes: Hashes, index: number, field: string): void {
  for (const column of columns.hashes) {
    const digest = hashes[column.algorithm];
    if (!isDigest(column.algorithm, digest)) throw refuseDraft(`${field}.${column.algorithm}`, 'must be a digest');
    const bytes = hexDecode(digest);
    const start = index * bytes.length;
    if (column.bytes.length === start) {
      const larger = new Uint8Array(Math.max(start * 2, 64 * bytes.length));
      larger.set(column.bytes);
      column.bytes = larger;
    }
    column.bytes.set(bytes, start);
  }
}

function* finish(columns: Columns, timescale: number): CooperativeTask<PackedSegments> {
  const segmentCount = columns.sizes.length;
  const { sizes, total } = yield* markSizes(yield* packNumbers(columns.sizes), segmentCount);
  const hashes: { [Algorithm in HashAlgorithm]?: Uint8Array } = {};
  for (const { algorithm, bytes } of columns.hashes) {
    hashes[algorithm] = bytes.subarray(0, (segmentCount * HASH_DIGITS[algorithm]) / 2);
  }
  return {
    segmentCount,
    sizeBytes: total,
    sizes: uniform(columns.sizes) ?? sizes,
    ...(columns.starts.length > 0 ? { times: yield* packTimes(columns, timescale) } : {}),
    ...(columns.sync.length > 0 ? { sync: packBits(columns.sync) } : {}),
    hashes: hashes as HashColumns,
  };
}

function uniform(sizes: readonly number[]): { readonly each: number; readonly last: number } | undefined {
  const [each] = sizes;
  const last = sizes[sizes.length - 1];
  if (each === undefined || last === undefined || last > each) return undefined;
  return sizes.every((size, index) => size === each || index === sizes.length - 1) ? { each, last } : undefined;
}

function* packTimes({ starts, ends }: Columns, timescale: number): CooperativeTask<SegmentTimes> {
  const end = ends.reduce((latest, at) => Math.max(latest, at));
  // A tick more or less is rounding, not a gap.
  const isSeamless = ends.every((at, index) => Math.abs(at - (starts[index + 1] ?? end)) <= 1);
  const durations = isSeamless ? undefined : yield* packNumbers(ends.map((at, index) => at - (starts[index] as number)));
  return { timescale, end, starts: yield* packNumbers(starts), ...(durations === undefined ? {} : { durations }) };
}

function packBits(flags: readonly number[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(flags.length / 8));
  flags.forEach((flag, index) => {
    bits[index >> 3] = (bits[index >> 3] as number) | (flag << (index & 7));
  });
  return bits;
}

function whole(value: number, least: number, field: string): number {
  if (Number.isInteger(value) && value >= least && value <= MAX_COLUMN_VALUE) return value;
  throw refuseDraft(field, `must be a number from ${least} that a column can hold`);
}
