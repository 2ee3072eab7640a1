/** The raw layout: slices of the file, as they are. Any file, byte for byte. */
import { MAX_SEGMENT_BYTES, planRawSegments, type RawPlan } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import { readFully } from '../internal/index.js';
import type { PackageReader, Packaging, ReadHandle } from '../ports/index.js';

/** Options of {@link rawPackaging}. */
export interface RawPackagingOptions {
  /** Bytes of every segment but the last, an integer, 1 to 524,288. @default 524,288 */
  readonly segmentBytes?: number;
}

const CONTENT_TYPE = 'application/octet-stream';
const VERSION = /^raw-1-(\d{1,6})$/;
/** Players read these bytes first. Where the index lies at the end of the file, they ask for it next. */
const OPENING_BYTES = MAX_SEGMENT_BYTES;

/** Packs any file as byte slices. @throws {ReelwayError} INVALID_CONFIG */
export function rawPackaging(options: RawPackagingOptions = {}): Packaging {
  const { segmentBytes } = planRawSegments(0, options.segmentBytes);
  return {
    open: async (source, sizeBytes) => {
      const plan = planRawSegments(sizeBytes, segmentBytes);
      return {
        layout: 'raw',
        version: `raw-1-${segmentBytes}`,
        count: plan.count,
        opening: sizeBytes === 0 ? [] : [{ start: 0, end: Math.min(OPENING_BYTES, sizeBytes) }],
        describe: (index) => {
          const range = plan.segmentAt(index);
          return { name: String(index), role: 'segment', contentType: CONTENT_TYPE, sizeBytes: range.end - range.start, range };
        },
        read: (index) => readSlice(source, plan, index),
      };
    },
  };
}

/** The raw packaging of a stored version, so that an upload keeps its segment size. `undefined` for other versions. */
export function rawPackagingOf(version: string): Packaging | undefined {
  const segmentBytes = Number(VERSION.exec(version)?.[1] ?? 0);
  return segmentBytes >= 1 && segmentBytes <= MAX_SEGMENT_BYTES ? rawPackaging({ segmentBytes }) : undefined;
}

function readSlice(source: ReadHandle, plan: RawPlan, index: number): PackageReader {
  const { start, end } = plan.segmentAt(index);
  let position = start;
  return {
    fill: async (buffer) => {
      const want = Math.min(end - position, buffer.length);
      const filled = await readFully(source, buffer.subarray(0, want), position);
      position += filled;
      if (filled === want) return filled;
      throw new ReelwayError('SOURCE_CHANGED', {
        message: `The source ends at byte ${position}, expected ${end} bytes or more`,
        context: { segmentIndex: index },
      });
    },
  };
}
