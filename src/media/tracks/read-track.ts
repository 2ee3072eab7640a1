/** One `trak` box: what it is, and where its tables lie. */
import { type Box, findBox, readChildren, readContent, requireBox } from '../boxes/box.js';
import { code, damaged, either, type Fields, u8, u16, u32 } from '../boxes/fields.js';
import type { MediaReader } from '../boxes/media-reader.js';
import type { FragmentDefaults, MediaEdit, MediaTrack, RotationDegrees, SampleTables } from '../types.js';
import { readSampleEntry } from './sample-entry.js';
import { readTables } from './sample-tables.js';

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
/** Entries of `stts` that are read for an exact frame rate; above that the track's duration has to do. */
const MAX_SUMMED = 512;
const UNKNOWN = 2 ** 32 - 1;

/** Reads one track; `timescale` is that of the movie. @throws {ReelwayError} MEDIA_INVALID */
export async function readTrack(
  reader: MediaReader,
  trak: Box,
  timescale: number,
  defaults: ReadonlyMap<number, FragmentDefaults>,
): Promise<MediaTrack> {
  const boxes = await readChildren(reader, trak);
  const media = await readChildren(reader, requireBox(boxes, 'mdia'));
  const info = await readChildren(reader, requireBox(media, 'minf'));
  const tableBoxes = await readChildren(reader, requireBox(info, 'stbl'));
  const header = await readContent(reader, requireBox(boxes, 'tkhd'));
  const isLong = u8(header, 0) === 1;
  const id = u32(header, isLong ? 20 : 12);
  const kind = KINDS[code(await readContent(reader, requireBox(media, 'hdlr'), 12), 8)] ?? 'other';
  const { frameBytes, ...entry } = await readSampleEntry(reader, requireBox(tableBoxes, 'stsd'), kind);
  const tables = await readTables(reader, tableBoxes, frameBytes);
  const times = readTimes(await readContent(reader, requireBox(media, 'mdhd')));
  const edits = await readEdits(reader, boxes, timescale);
  const editedSeconds = edits.reduce((sum, edit) => sum + edit.durationSeconds, 0);
  return {
    id,
    kind,
    ...entry,
    ...times,
    sampleRateHz: kind === 'audio' ? (entry.sampleRateHz ?? times.timescale) : undefined,
    language: (await readLanguage(reader, findBox(media, 'elng'))) ?? times.language,
    durationSeconds: editedSeconds || times.durationSeconds,
    sampleCount: tables.sizes.count,
    syncSampleCount: tables.syncSamples?.count,
    edits,
    shiftTicks: shiftOf(edits, times.timescale),
    ...(kind === 'video' && {
      ...readRotation(header, isLong ? 52 : 40),
      frameRate: tables.sizes.count / ((await sumDurations(reader, tables)) / times.timescale || times.durationSeconds) || undefined,
    }),
    tables,
    defaults: defaults.get(id),
  };
}

/** A duration in ticks; 0 where it is not known. */
export function readDuration(fields: Fields, at: number, isLong: boolean): number {
  const value = either(fields, at, isLong);
  return value === UNKNOWN || value > Number.MAX_SAFE_INTEGER ? 0 : value;
}

/** Ticks a second, by `mvhd` and `mdhd`. */
export function readTimescale(fields: Fields): number {
  const timescale = u32(fields, u8(fields, 0) === 1 ? 20 : 12);
  if (timescale === 0) throw damaged('A timescale is 0');
  return timescale;
}

function readTimes(fields: Fields): Pick<MediaTrack, 'timescale' | 'durationSeconds' | 'language'> {
  const isLong = u8(fields, 0) === 1;
  const timescale = readTimescale(fields);
  const packed = u16(fields, isLong ? 32 : 20);
  const letters = String.fromCharCode(...[10, 5, 0].map((shift) => ((packed >> shift) & 31) + 96));
  // Below 0x400 it is a number of the old Macintosh, of which 0 is English.
  const language = packed === 0 ? 'eng' : /^(?!und)[a-z]{3}$/.test(letters) && packed >= 0x400 ? letters : undefined;
  return { timescale, durationSeconds: readDuration(fields, isLong ? 24 : 16, isLong) / timescale, language };
}

/** How long all samples last, in ticks; 0 where the table is too long to be read for that alone. */
async function sumDurations(reader: MediaReader, { durations: { position, count } }: SampleTables): Promise<number> {
  let ticks = 0;
  if (count > MAX_SUMMED) return ticks;
  const fields = await reader.window(position, count * 8);
  for (let at = 0; at < count * 8; at += 8) ticks += u32(fields, at) * u32(fields, at + 4);
  return ticks;
}

async function readLanguage(reader: MediaReader, elng: Box | undefined): Promise<string | undefined> {
  const fields = elng && (await readContent(reader, elng, 40));
  let text = '';
  for (let at = 4; fields && at < fields.byteLength; at++) text += String.fromCharCode(u8(fields, at));
  return /^[A-Za-z0-9-]{2,}/.exec(text)?.[0];
}

async function readEdits(reader: MediaReader, boxes: readonly Box[], timescale: number): Promise<MediaEdit[]> {
  const parent = findBox(boxes, 'edts');
  const box = parent && findBox(await readChildren(reader, parent), 'elst');
  const fields = box && (await readContent(reader, box));
  const edits: MediaEdit[] = [];
  const isLong = fields !== undefined && u8(fields, 0) === 1;
  const width = isLong ? 8 : 4;
  for (let at = 8; fields && edits.length < Math.min(u32(fields, 4), MAX_EDITS); at += width * 2 + 4) {
    const isPause = u32(fields, at + width) === UNKNOWN;
    const mediaTime = isPause ? -1 : either(fields, at + width, isLong);
    edits.push({ durationSeconds: either(fields, at, isLong) / timescale, mediaTime, rate: u32(fields, at + width * 2) / 65_536 });
  }
  return edits;
}

/** A pause in front moves the track back, and what the first edit cuts off moves it forward. */
function shiftOf(edits: readonly MediaEdit[], timescale: number): number {
  let pauseSeconds = 0;
  for (const edit of edits) {
    if (edit.mediaTime >= 0) return Math.round(pauseSeconds * timescale) - edit.mediaTime;
    pauseSeconds += edit.durationSeconds;
  }
  return 0;
}

function readRotation(header: Fields, matrix: number): Pick<MediaTrack, 'rotationDegrees' | 'isMirrored'> {
  const [a = 0, b = 0, c = 0, d = 0] = [0, 4, 12, 16].map((at) => u32(header, matrix + at) | 0);
  const quarters = Math.round(Math.atan2(b, a) / (Math.PI / 2));
  return { rotationDegrees: (((quarters + 4) % 4) * 90) as RotationDegrees, isMirrored: a * d < b * c };
}
