/** One `trak` box: what it is, and where its tables lie. */
import { latin1Decode } from '../core/index.js';
import { type Box, findBox, readChildren, readContent, requireBox } from './boxes.js';
import { damaged, type Fields } from './fields.js';
import type { MediaReader } from './media-reader.js';
import { readSampleEntry } from './sample-entry.js';
import { readTables } from './sample-tables.js';
import type { FragmentDefaults, MediaEdit, MediaTrack, RotationDegrees } from './types.js';

/** What the whole movie says to its tracks. */
export interface MovieFacts {
  /** Ticks a second, ≥ 1. */
  readonly timescale: number;
  /** `trex` by track. */
  readonly defaults: ReadonlyMap<number, FragmentDefaults>;
}

const KINDS: { readonly [handler: string]: MediaTrack['kind'] | undefined } = {
  vide: 'video',
  soun: 'audio',
  text: 'text',
  sbtl: 'text',
  subt: 'text',
  clcp: 'text',
  tmcd: 'timecode',
  meta: 'metadata',
};
/** Entries of an edit list that are read. */
const MAX_EDITS = 64;
/** In a duration field: not known. */
const UNKNOWN = 2 ** 32 - 1;

/** Reads one track. @throws {ReelwayError} MEDIA_INVALID */
export async function readTrack(reader: MediaReader, trak: Box, movie: MovieFacts): Promise<MediaTrack> {
  const boxes = await readChildren(reader, trak);
  const media = await readChildren(reader, requireBox(boxes, 'mdia'));
  const info = await readChildren(reader, requireBox(media, 'minf'));
  const tableBoxes = await readChildren(reader, requireBox(info, 'stbl'));
  const header = readHeader(await readContent(reader, requireBox(boxes, 'tkhd')));
  const times = readTimes(await readContent(reader, requireBox(media, 'mdhd')));
  const kind = KINDS[(await readContent(reader, requireBox(media, 'hdlr'), 12)).code(8)] ?? 'other';
  const { frameBytes, ...entry } = await readSampleEntry(reader, requireBox(tableBoxes, 'stsd'), kind);
  const tables = await readTables(reader, tableBoxes, frameBytes);
  const edits = await readEdits(reader, boxes, movie.timescale);
  const language = (await readLanguage(reader, media)) ?? times.language;
  const defaults = movie.defaults.get(header.id);
  const editedSeconds = edits.reduce((sum, edit) => sum + edit.durationSeconds, 0);
  const frameRate = kind === 'video' && times.duration > 0 ? (tables.sizes.count * times.timescale) / times.duration : 0;
  return {
    id: header.id,
    kind,
    ...entry,
    ...(language !== undefined && { language }),
    timescale: times.timescale,
    durationSeconds: editedSeconds || times.duration / times.timescale,
    sampleCount: tables.sizes.count,
    ...(tables.syncSamples && { syncSampleCount: tables.syncSamples.count }),
    edits,
    shiftTicks: shiftOf(edits, times.timescale),
    ...(kind === 'video' && readRotation(header.matrix)),
    ...(frameRate > 0 && { frameRate }),
    tables,
    ...(defaults && { defaults }),
  };
}

/** A duration in ticks; 0 where it is not known. */
export function readDuration(fields: Fields, at: number, isLong: boolean): number {
  const value = isLong ? fields.u64(at) : fields.u32(at);
  return value === UNKNOWN || value > Number.MAX_SAFE_INTEGER ? 0 : value;
}

function readHeader(fields: Fields): { id: number; matrix: readonly number[] } {
  const later = fields.u8(0) === 1 ? 8 : 0;
  const matrix = [0, 4, 12, 16].map((at) => fields.i32(40 + (later && 12) + at));
  return { id: fields.u32(12 + later), matrix };
}

function readTimes(fields: Fields): { timescale: number; duration: number; language: string | undefined } {
  const isLong = fields.u8(0) === 1;
  const timescale = fields.u32(isLong ? 20 : 12);
  if (timescale === 0) throw damaged('The timescale is 0', 'mdhd');
  const packed = fields.u16(isLong ? 32 : 20);
  // Below 0x400 it is a number of the old Macintosh, of which 0 is English.
  const letters = [10, 5, 0].map((shift) => ((packed >> shift) & 31) + 96);
  const code = packed < 0x400 ? (packed === 0 ? 'eng' : 'und') : String.fromCharCode(...letters);
  const language = /^[a-z]{3}$/.test(code) && code !== 'und' ? code : undefined;
  return { timescale, duration: readDuration(fields, isLong ? 24 : 16, isLong), language };
}

async function readLanguage(reader: MediaReader, media: readonly Box[]): Promise<string | undefined> {
  const box = findBox(media, 'elng');
  if (box === undefined) return undefined;
  const fields = await readContent(reader, box, 64);
  const bytes = new Uint8Array(Math.max(0, fields.length - 4)).map((_, at) => fields.u8(4 + at));
  return /^[A-Za-z0-9-]{2,}/.exec(latin1Decode(bytes))?.[0];
}

async function readEdits(reader: MediaReader, boxes: readonly Box[], timescale: number): Promise<MediaEdit[]> {
  const parent = findBox(boxes, 'edts');
  const box = parent && findBox(await readChildren(reader, parent), 'elst');
  if (box === undefined) return [];
  const fields = await readContent(reader, box);
  const isLong = fields.u8(0) === 1;
  const count = Math.min(fields.u32(4), MAX_EDITS);
  return Array.from({ length: count }, (_, index) => {
    const at = 8 + index * (isLong ? 20 : 12);
    const [duration, mediaTime, rate] = isLong
      ? [fields.u64(at), fields.i64(at + 8), fields.i32(at + 16)]
      : [fields.u32(at), fields.i32(at + 4), fields.i32(at + 8)];
    return { durationSeconds: duration / timescale, mediaTime, rate: rate / 65_536 };
  });
}

/** A pause in front moves the track back, and what the first edit cuts off moves it forward. */
function shiftOf(edits: readonly MediaEdit[], timescale: number): number {
  let pauseSeconds = 0;
  for (const edit of edits) {
    if (edit.mediaTime !== -1) return Math.round(pauseSeconds * timescale) - edit.mediaTime;
    pauseSeconds += edit.durationSeconds;
  }
  return 0;
}

function readRotation([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Pick<MediaTrack, 'rotationDegrees' | 'isMirrored'> {
  const degrees = Math.round(Math.atan2(b, a) / (Math.PI / 2)) * 90;
  return { rotationDegrees: ((degrees + 360) % 360) as RotationDegrees, isMirrored: a * d - b * c < 0 };
}
