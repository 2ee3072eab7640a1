/** The samples of a track, wherever they are listed. */
import { readFragmentSamples } from './fragment-samples.js';
import type { MediaReader } from './media-reader.js';
import { readTableSamples, type SampleReader } from './table-samples.js';
import type { MediaTrack, VideoIndex } from './types.js';

/**
 * The samples of a track in decoding order, in memory that does not grow with the video. Samples that the file does not hold, since
 * it is truncated, are left out. Of PCM, a sample is up to 1,024 frames.
 */
export function readSamples(
  reader: MediaReader,
  index: Pick<VideoIndex, 'tracks' | 'firstFragment' | 'sizeBytes'>,
  track: MediaTrack,
): SampleReader {
  const { tracks, firstFragment } = index;
  const listed = readTableSamples(reader, track);
  if (firstFragment === undefined) return listed;
  // A recorder may begin with samples in `moov` and go on with fragments.
  const fragments = readFragmentSamples(reader, track, { tracks, start: firstFragment, end: index.sizeBytes, startTicks: listed.endTicks });
  return { next: async () => (await listed.next()) ?? fragments.next() };
}
