/** Small movies, box by box: what no tool writes, and what ffmpeg does not write here. */

/** Bytes in any of the forms that are handy to write. */
export type Bytes = Uint8Array | string | readonly number[];

function bytesOf(part: Bytes): Uint8Array {
  if (part instanceof Uint8Array) return part;
  return typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part as readonly number[]);
}

/** All parts, one behind the other. */
export function join(...parts: readonly Bytes[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map(bytesOf)));
}

/** Big-endian numbers of 16, 32 and 64 bits. */
export const n16 = (...values: readonly number[]): number[] => values.flatMap((value) => [(value >> 8) & 255, value & 255]);
export const n32 = (...values: readonly number[]): number[] => values.flatMap((value) => n16(value >>> 16, value & 65_535));
export const n64 = (...values: readonly number[]): number[] => values.flatMap((value) => n32(Math.floor(value / 2 ** 32), value % 2 ** 32));

/** A box of a type. */
export function box(type: string, ...parts: readonly Bytes[]): Uint8Array {
  const content = join(...parts);
  return join(n32(content.length + 8), type, content);
}

/** A box with version and flags. */
export function full(type: string, version: number, flags: number, ...parts: readonly Bytes[]): Uint8Array {
  return box(type, n32(((version << 24) | flags) >>> 0), ...parts);
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
const UNITY = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/** A visual sample entry with its configuration boxes. */
export function visual(format: string, ...boxes: readonly Bytes[]): Uint8Array {
  return box(format, zeros(6), n16(1), zeros(16), n16(640, 360), zeros(50), ...boxes);
}

/** A sound sample entry with its configuration boxes. */
export function sound(format: string, ...boxes: readonly Bytes[]): Uint8Array {
  return box(format, zeros(6), n16(1), zeros(8), n16(2, 16), zeros(4), n32(48_000 * 65_536), ...boxes);
}

/** What a track is made from. */
export interface TrackOptions {
  readonly id?: number;
  readonly handler?: string;
  readonly entry?: Uint8Array;
  /** Of the media; the movie has 1,000. @default 1,000 */
  readonly timescale?: number;
  readonly matrix?: readonly number[];
  readonly language?: number;
  /** Boxes behind `tkhd`, and behind `hdlr`. */
  readonly afterHeader?: readonly Uint8Array[];
  readonly afterHandler?: readonly Uint8Array[];
  /** Replaces boxes of the sample table, by type. */
  readonly tables?: { readonly [type: string]: Uint8Array | undefined };
  /** Sizes of the samples; they lie one behind the other, in one chunk, from `offset`. */
  readonly sizes?: readonly number[];
  readonly offset?: number;
}

/** `stbl` of samples of 100 ticks each, in one chunk. */
function sampleTable(options: TrackOptions): Uint8Array {
  const { sizes = [10, 20, 30], offset = 0, entry = visual('avc1') } = options;
  const count = sizes.length;
  const tables: { [type: string]: Uint8Array | undefined } = {
    stsd: full('stsd', 0, 0, n32(1), entry),
    stts: full('stts', 0, 0, n32(1, count, 100)),
    stsc: full('stsc', 0, 0, n32(1, 1, count, 1)),
    stsz: full('stsz', 0, 0, n32(0, count, ...sizes)),
    stco: full('stco', 0, 0, n32(1, offset)),
    ...options.tables,
  };
  return box('stbl', ...Object.values(tables).flatMap((table) => table ?? []));
}

/** `trak`. */
export function track(options: TrackOptions = {}): Uint8Array {
  const { id = 1, handler = 'vide', timescale = 1_000, matrix = UNITY, language = 0x55c4 } = options;
  const duration = (options.sizes ?? [0, 0, 0]).length * 100;
  const header = full('tkhd', 0, 3, zeros(8), n32(id, 0, duration), zeros(16), n32(...matrix), n32(640 * 65_536, 360 * 65_536));
  const times = full('mdhd', 0, 0, zeros(8), n32(timescale, duration), n16(language, 0));
  const kind = full('hdlr', 0, 0, zeros(4), handler, zeros(13));
  const media = box('mdia', times, kind, ...(options.afterHandler ?? []), box('minf', sampleTable(options)));
  return box('trak', header, ...(options.afterHeader ?? []), media);
}

/** `moov` of tracks, in a timescale of 1,000. */
export function movie(...boxes: readonly Uint8Array[]): Uint8Array {
  return box('moov', full('mvhd', 0, 0, zeros(8), n32(1_000, 300), zeros(80)), ...boxes);
}

/** `ftyp`: 16 bytes. */
export const FTYP = box('ftyp', 'isom', n32(0));

/** A file: `ftyp`, `mdat` with `media` bytes, `moov`. Media begins at byte 24. */
export function moovLast(media: number, ...boxes: readonly Uint8Array[]): Uint8Array {
  return join(FTYP, box('mdat', zeros(media)), movie(...boxes));
}

/** What a track fragment is made from. */
export interface FragmentOptions {
  readonly id?: number;
  readonly time?: number;
  /** Bytes before each run's media data, counted from `moof`; absent: none is stated. */
  readonly dataOffset?: number;
  readonly sizes: readonly number[];
  /** @default 0x20000: data offsets are counted from `moof` */
  readonly flags?: number;
}

/** `traf` with one run of sizes, each sample of 100 ticks by the track's defaults. */
export function trackFragment({ id = 1, time, dataOffset, sizes, flags = 0x20000 }: FragmentOptions): Uint8Array {
  const decoded = time === undefined ? [] : [full('tfdt', 1, 0, n64(time))];
  const runFlags = 0x200 | (dataOffset === undefined ? 0 : 1);
  const run = full('trun', 0, runFlags, n32(sizes.length), dataOffset === undefined ? [] : n32(dataOffset), n32(...sizes));
  return box('traf', full('tfhd', 0, flags, n32(id)), ...decoded, run);
}

/** `moof`. */
export function fragment(...boxes: readonly Uint8Array[]): Uint8Array {
  return box('moof', full('mfhd', 0, 0, n32(1)), ...boxes);
}

/** `mvex`: samples of 100 ticks, no sync samples but for the first flags. */
export function extend(...ids: readonly number[]): Uint8Array {
  return box('mvex', ...ids.map((id) => full('trex', 0, 0, n32(id, 1, 100, 7, 0x10000))));
}

/** Tables of a track without samples in `moov`. */
export const EMPTY_TABLES = {
  stts: full('stts', 0, 0, n32(0)),
  stsc: full('stsc', 0, 0, n32(0)),
  stco: full('stco', 0, 0, n32(0)),
};
