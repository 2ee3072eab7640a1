/**
 * File names of the cache. They say all that the index needs (which video, which upload of it, which segment, how many
 * bytes), so that the directory itself is the index: there is no second record that a kill could leave out of step.
 * A name holds no id, only hashes and numbers of `[0-9a-z]`, so that it is safe on every file system.
 */
import { safeName } from '../../core/index.js';

/** What a file of the cache is. */
export interface CacheFile {
  /** See {@link videoKeyOf}. */
  readonly video: string;
  /** Tells uploads of one video apart: 8 of `[0-9a-f]`. */
  readonly build: string;
  /** The segment's index, or −1 for the copy of the manifest. */
  readonly index: number;
  readonly sizeBytes: number;
}

/** The index that stands for the copy of the manifest. */
export const MANIFEST = -1;

/** One text for one value: no number starts with a needless 0, or two files could stand for one segment. */
const PATTERN = /^([0-9a-f]{24})-([0-9a-f]{8})-(?:m|s(0|[1-9a-z][0-9a-z]{0,5}))\.(0|[1-9a-z][0-9a-z]{0,10})$/;

/** The name of a video inside the cache: 24 of `[0-9a-f]`. */
export function videoKeyOf(videoId: string): string {
  return safeName(videoId).slice(0, 24);
}

/** A file's name. */
export function nameOf({ video, build, index, sizeBytes }: CacheFile): string {
  return `${video}-${build}-${index === MANIFEST ? 'm' : `s${index.toString(36)}`}.${sizeBytes.toString(36)}`;
}

/** What a file is; `undefined` for one that is not a finished file of the cache. */
export function parseName(name: string): CacheFile | undefined {
  const match = PATTERN.exec(name);
  if (match === null) return undefined;
  const index = match[3];
  return {
    video: match[1] as string,
    build: match[2] as string,
    index: index === undefined ? MANIFEST : Number.parseInt(index, 36),
    sizeBytes: Number.parseInt(match[4] as string, 36),
  };
}

/** The name of a file that is still being written. */
export function temporaryName(number: number, random: () => number): string {
  return `t-${number.toString(36)}-${Math.floor(random() * 2 ** 32).toString(36)}.tmp`;
}
