/** The sample description of a track: codec, dimensions, colour, channels. */
import { type Box, findBox, readBox, readChildren, readContent } from '../boxes/box.js';
import { code, damaged, type Fields, u8, u16, u32 } from '../boxes/fields.js';
import type { MediaReader } from '../boxes/media-reader.js';
import type { MediaColor, MediaTrack } from '../types.js';
import { aacChannels, codecString, dolbyVision } from './codec-string.js';

/** What a sample description says of its track. */
export interface SampleEntry
  extends Pick<MediaTrack, 'codec' | 'isEncrypted' | 'width' | 'height' | 'color' | 'channels' | 'sampleRateHz'> {
  /** Bytes of one PCM frame; only of PCM. */
  readonly frameBytes?: number | undefined;
}

/** Bytes of a configuration box that are looked at, at most. */
const CONFIGURATION_BYTES = 1_024;
const VISUAL_BYTES = 78;
const AUDIO_BYTES = 28;
const PCM = /^(raw |twos|sowt|in24|in32|fl32|fl64|lpcm|ipcm|fpcm)$/;

/** Reads the first entry of `stsd`; further ones describe rare changes in the middle of a track. */
export async function readSampleEntry(reader: MediaReader, stsd: Box, kind: MediaTrack['kind']): Promise<SampleEntry> {
  const entry = await readBox(reader, stsd.body + 8, stsd.end);
  if (entry === undefined || entry.end > stsd.end) throw damaged('The first entry does not fit into its box', 'stsd');
  const fields = await readContent(reader, entry);
  if (kind !== 'video' && kind !== 'audio') return { codec: codecString(entry.type, new Map()), isEncrypted: false };
  const isLater = u8(await reader.window(stsd.body, 1), 0) > 0;
  const fixedBytes = kind === 'video' ? VISUAL_BYTES : audioHeaderBytes(fields, isLater);
  const boxes = await readConfigurations(reader, entry, entry.body + fixedBytes);
  const original = boxes.get('frma');
  const isEncrypted = /^enc/.test(entry.type);
  const codec = codecString(isEncrypted && original ? code(original, 0) : entry.type, boxes);
  return { codec, isEncrypted, ...(kind === 'video' ? readPicture(fields, boxes) : readSound(entry.type, fields, boxes.get('esds'))) };
}

/** All configuration boxes by type, those inside `sinf` and `wave` too. */
async function readConfigurations(reader: MediaReader, entry: Box, start: number): Promise<Map<string, Fields>> {
  const found = new Map<string, Fields>();
  const children = await readChildren(reader, entry, start);
  for (const type of ['sinf', 'wave']) {
    const nested = findBox(children, type);
    if (nested !== undefined) children.push(...(await readChildren(reader, nested)));
  }
  for (const box of children) {
    const type = box.type === 'dvvC' || box.type === 'dvwC' ? 'dvcC' : box.type;
    // A colour profile of ICC may stand beside the numbers.
    const isNumbers = type !== 'colr' || /^ncl/.test(code(await readContent(reader, box, 4), 0));
    if (isNumbers && !found.has(type)) found.set(type, await readContent(reader, box, CONFIGURATION_BYTES));
  }
  return found;
}

function readPicture(fields: Fields, boxes: Map<string, Fields>): Partial<SampleEntry> {
  return { width: u16(fields, 24), height: u16(fields, 26), color: readColor(boxes) };
}

function readColor(boxes: Map<string, Fields>): MediaColor | undefined {
  const [colr, mdcv, clli, dovi] = ['colr', 'mdcv', 'clli', 'dvcC'].map((type) => boxes.get(type));
  if (!(colr || mdcv || clli || dovi)) return undefined;
  const transfer = colr && u16(colr, 6);
  return {
    primaries: colr && u16(colr, 4),
    transfer,
    matrix: colr && u16(colr, 8),
    isFullRange: colr && code(colr, 0) === 'nclx' ? u8(colr, 10) > 127 : undefined,
    isHdr: transfer === 16 || transfer === 18 || dovi !== undefined,
    mastering: mdcv && {
      chromaticities: [0, 2, 4, 6, 8, 10, 12, 14].map((at) => u16(mdcv, at)),
      maxLuminance: u32(mdcv, 16),
      minLuminance: u32(mdcv, 20),
    },
    lightLevel: clli && { max: u16(clli, 0), average: u16(clli, 2) },
    dolbyVision: dovi && dolbyVision(dovi).join('.'),
  };
}

/** QuickTime has longer sound descriptions, of versions 1 and 2. Where the box itself has a later version, they are those of ISO. */
function audioHeaderBytes(fields: Fields, isLater: boolean): number {
  return AUDIO_BYTES + (isLater ? 0 : ([0, 16, 36][u16(fields, 8)] ?? 0));
}

function readSound(format: string, fields: Fields, esds: Fields | undefined): Partial<SampleEntry> {
  const isLong = u16(fields, 8) === 2;
  const channels = (esds && aacChannels(esds)) ?? (isLong ? u32(fields, 40) : u16(fields, 16));
  return {
    channels: channels || undefined,
    // Rates above 65,535 do not fit; the track's timescale has them.
    sampleRateHz: isLong ? undefined : u16(fields, 24) || undefined,
    frameBytes: PCM.test(format) ? (isLong ? u32(fields, 56) : (channels * u16(fields, 18)) >> 3) : undefined,
  };
}
