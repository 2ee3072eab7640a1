/** How the raw layout cuts a file: slices of one size, computed and never listed, so that any file costs the same memory. */
import { ReelwayError } from '../../errors/index.js';
import { checkInteger } from '../check-option.js';
import { MAX_SEGMENT_BYTES, MAX_SEGMENTS } from '../limits.js';
import type { ByteRange } from './byte-range.js';

/** The slices of one file. */
export interface RawPlan {
  /** Bytes of the file, ≥ 0. */
  readonly sizeBytes: number;
  /** Bytes of every slice but the last, 1 to 524,288. */
  readonly segmentBytes: number;
  /** How many slices there are; 0 for an empty file. */
  readonly count: number;
  /** The slice with this index, 0 ≤ index < count. @throws {TypeError} outside of that */
  segmentAt(index: number): ByteRange;
}

/**
 * Plans the slices of a file of `sizeBytes` (≥ 0).
 *
 * @param segmentBytes an integer, 1 to 524,288. @default 524,288
 * @throws {ReelwayError} INVALID_CONFIG for a bad number; FILE_TOO_LARGE_FOR_ADAPTER where there would be more than 65,536
 * slices (32 GiB at the default)
 */
export function planRawSegments(sizeBytes: number, segmentBytes: number = MAX_SEGMENT_BYTES): RawPlan {
  checkInteger('segmentBytes', segmentBytes, 1, MAX_SEGMENT_BYTES);
  checkInteger('sizeBytes', sizeBytes, 0);
  const count = Math.ceil(sizeBytes / segmentBytes);
  if (count > MAX_SEGMENTS) {
    throw new ReelwayError('FILE_TOO_LARGE_FOR_ADAPTER', {
      message: `${sizeBytes} bytes make ${count} segments of ${segmentBytes} bytes; at most ${MAX_SEGMENTS} are possible`,
      context: { field: 'sizeBytes', sizeBytes, segmentBytes, maxSegments: MAX_SEGMENTS },
    });
  }
  return {
    sizeBytes,
    segmentBytes,
    count,
    segmentAt(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count) {
        throw new TypeError(`No segment ${index}: there are ${count}`);
      }
      return { start: index * segmentBytes, end: Math.min((index + 1) * segmentBytes, sizeBytes) };
    },
  };
}
