/** The order in which a whole video is loaded. */
import type { VideoSegments } from './video-segments.js';

/** The part of a video that counts as its start. */
const START_PART = 0.1;
/** The part of a video that counts as its end, where many files keep their index. */
const END_PART = 0.05;

/**
 * Every segment once: the opening, then start → end → middle, each from the front. Start is the first tenth of the segments,
 * end the last twentieth, both rounded up. In the `hls` layout, which has no index at its end, the opening is followed by
 * the rest from the front.
 */
export function loadOrder(segments: VideoSegments): Uint32Array {
  const { count } = segments;
  const order = new Uint32Array(count);
  const isTaken = new Uint8Array(count);
  let length = 0;
  const add = (index: number): void => {
    if (isTaken[index] === 1) return;
    isTaken[index] = 1;
    order[length++] = index;
  };
  for (const index of segments.opening()) add(index);
  if (segments.manifest.layout !== 'hls') {
    const start = Math.ceil(count * START_PART);
    for (let index = 0; index < start; index += 1) add(index);
    for (let index = count - Math.ceil(count * END_PART); index < count; index += 1) add(index);
  }
  for (let index = 0; index < count; index += 1) add(index);
  return order;
}
