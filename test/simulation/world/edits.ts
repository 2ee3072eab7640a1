/** What may happen to the content of a source. */
import type { SimulatedFile } from './disk.js';

/** The slices of a large source that the engine compares at each start: so many, of so many bytes each. */
const SAMPLES = 8;
export const SAMPLE_BYTES = 4_096;

/** The smallest source with bytes that no sample covers. */
export const LARGE_BYTES = 36_000;

/** From some byte on, so that a mixture of both is no version of its own. */
export function edited(bytes: Uint8Array, kind: string, random: () => number): Uint8Array {
  if (kind === 'grown') return Uint8Array.from([...bytes, 1, 2, 3]);
  if (kind === 'shrunk') return bytes.slice(0, Math.floor(bytes.length / 2));
  const copy = bytes.slice();
  flip(copy, Math.floor(random() * copy.length), copy.length);
  return copy;
}

/** What is known of a source's contents. */
interface Versions {
  readonly versions: Uint8Array[];
  changed: boolean;
}

/** Edits a large source in place where no sample is, and keeps its size and time. Whether it did. */
export function editUnseen(file: SimulatedFile | undefined, known: Versions, random: () => number): boolean {
  const bytes = file === undefined ? undefined : editedOffSamples(file.bytes, random);
  if (file === undefined || bytes === undefined) return false;
  known.changed = true;
  known.versions.push(bytes);
  file.bytes = bytes;
  return true;
}

/** A source of which the samples have not changed; `undefined` where they cover all of it. */
function editedOffSamples(bytes: Uint8Array, random: () => number): Uint8Array | undefined {
  if (bytes.length < LARGE_BYTES) return undefined;
  const copy = bytes.slice();
  const startOf = (sample: number): number => Math.floor((sample * (bytes.length - SAMPLE_BYTES)) / (SAMPLES - 1));
  for (let gap = Math.floor(random() * (SAMPLES - 1)); gap < SAMPLES - 1; gap += 1)
    flip(copy, startOf(gap) + SAMPLE_BYTES, startOf(gap + 1));
  return copy;
}

function flip(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
}
