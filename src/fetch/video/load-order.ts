/** In which order a whole video is loaded. */
import type { VideoView } from './video-segments.js';

/** The part of a video that counts as its start. */
const START_PART = 0.1;
/** The part of a video that counts as its end, where many files keep their index. */
const END_PART = 0.05;

/**
 * Every part once: the opening, then start → end → middle, each from the front. Start is the first tenth of the parts,
 * end the last twentieth, both rounded up. In the `hls` layout, which has no index at its end, the opening is followed by
 * the rest from the front.
 */
export function loadOrder(view: VideoView): Uint32Array {
  const { count } = view;
  const order = new Uint32Array(count);
  const isTaken = new Uint8Array(count);
  let length = 0;
  const add = (index: number): void => {
    if (isTaken[index] === 1) return;
    isTaken[index] = 1;
    order[length++] = index;
  };
  for (const index of view.opening()) add(index);
  if (view.manifest.layout !== 'hls') {
    const start = Math.ceil(count * START_PART);
    for (let index = 0; index < start; index += 1) add(index);
    for (let index = count - Math.ceil(count * END_PART); index < count; index += 1) add(index);
  }
  for (let index = 0; index < count; index += 1) add(index);
  return order;
}
