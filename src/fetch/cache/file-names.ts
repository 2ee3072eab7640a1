/**
 * File names of the cache. A name states the video, its upload, the rendition, the segment and the size in bytes. So the
 * directory is the index, and a kill cannot leave a second record that disagrees with it.
 * A name holds no id, only hashes and numbers of `[0-9a-z]`, which every file system accepts.
 */
import { safeName } from '../../core/index.js';

/** A file of the cache, as its name describes it. */
export interface CacheFile {
  /** See {@link videoKeyOf}. */
  readonly video: string;
  /** Distinguishes the uploads of one video: 8 of `[0-9a-f]`. */
  readonly build: string;
  /** Place of the rendition in the manifest, from 0; 0 for the copy of the manifest. */
  readonly rendition: number;
  /** Index of the segment in its rendition, or −1 for the copy of the manifest. */
  readonly index: number;
  readonly sizeBytes: number;
}

/** The index of the copy of the manifest. */
export const MANIFEST = -1;

/** A number has no leading 0: otherwise two names could mean one segment. */
const PATTERN = /^([0-9a-f]{24})-([0-9a-f]{8})-(?:m|r(0|[1-9a-z][0-9a-z]{0,3})-s(0|[1-9a-z][0-9a-z]{0,5}))\.(0|[1-9a-z][0-9a-z]{0,10})$/;

/** The key of a video in the cache: 24 of `[0-9a-f]`. */
export function videoKeyOf(videoId: string): string {
  return safeName(videoId).slice(0, 24);
}

export function nameOf({ video, build, rendition, index, sizeBytes }: CacheFile): string {
  const part = index === MANIFEST ? 'm' : `r${rendition.toString(36)}-s${index.toString(36)}`;
  return `${video}-${build}-${part}.${sizeBytes.toString(36)}`;
}

/** `undefined` for a name that is not the name of a finished file. */
export function parseName(name: string): CacheFile | undefined {
  const match = PATTERN.exec(name);
  if (match === null) return undefined;
  const [, video, build, rendition = '0', index, sizeBytes] = match;
  return {
    video: video as string,
    build: build as string,
    rendition: Number.parseInt(rendition, 36),
    index: index === undefined ? MANIFEST : Number.parseInt(index, 36),
    sizeBytes: Number.parseInt(sizeBytes as string, 36),
  };
}

/** The name of a file while it is written. */
export function temporaryName(number: number, random: () => number): string {
  return `t-${number.toString(36)}-${Math.floor(random() * 2 ** 32).toString(36)}.tmp`;
}
