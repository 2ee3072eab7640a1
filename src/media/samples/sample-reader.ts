/** What walks over tables and over fragments have in common. */
import type { MediaReader } from '../boxes/media-reader.js';
import type { MediaSample, MediaTrack } from '../types.js';

/** Samples in decoding order, some at a time. */
export interface SampleReader {
  /** The next 1 to 64 samples; `undefined` at the end, and again at each call after it. @throws {ReelwayError} MEDIA_INVALID, SOURCE_CHANGED */
  next(): Promise<readonly MediaSample[] | undefined>;
}

/** Takes a sample, with times as the track's media has them. */
export type AddSample = (
  offset: number,
  sizeBytes: number,
  mediaTime: number,
  composition: number,
  duration: number,
  isSync: boolean,
) => void;

/** Reads batch by batch: `advance` adds some samples, perhaps none, and resolves with whether there may be more. */
export function readBatches(reader: MediaReader, { shiftTicks }: MediaTrack, advance: (add: AddSample) => Promise<boolean>): SampleReader {
  let isOpen = true;
  return {
    next: async () => {
      const batch: MediaSample[] = [];
      while (isOpen && batch.length === 0) {
        await reader.rest();
        isOpen = await advance((offset, sizeBytes, mediaTime, composition, duration, isSync) => {
          const dts = mediaTime + shiftTicks;
          // A sample of a truncated file may not be there any more.
          const isThere = offset >= 0 && offset + sizeBytes <= reader.sizeBytes;
          if (isThere) batch.push({ offset, sizeBytes, dts, pts: dts + composition, duration, isSync });
        });
      }
      return batch.length > 0 ? batch : undefined;
    },
  };
}
