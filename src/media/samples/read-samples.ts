/** The samples of a track, wherever they are listed. */

import type { MediaReader } from '../boxes/media-reader.js';
import type { MediaTrack, VideoIndex } from '../types.js';
import { readFragmentSamples } from './fragment-samples.js';
import type { SampleReader } from './sample-reader.js';
import { readTableSamples } from './table-samples.js';

/** What of an index {@link readSamples} needs. */
export type SampleIndex = Pick<VideoIndex, 'tracks' | 'firstFragment'>;

/**
 * The samples of a track in decoding order, in memory that does not grow with the video. Samples that the file does not hold, since
 * it is truncated, are left out. Of PCM, a sample is up to 1,024 frames.
 */
export function readSamples(reader: MediaReader, index: SampleIndex, track: MediaTrack): SampleReader {
  const { tracks, firstFragment } = index;
  const listed = readTableSamples(reader, track);
  if (firstFragment === undefined) return listed;
  // A recorder may begin with samples in `moov` and go on with fragments.
  const range = { start: firstFragment, end: reader.sizeBytes, startTicks: listed.endTicks };
  const fragments = readFragmentSamples(reader, tracks, track, range);
  return { next: async () => (await listed.next()) ?? fragments.next() };
}
