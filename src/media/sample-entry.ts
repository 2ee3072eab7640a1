/** The sample description of a track: codec, dimensions, colour, channels. */
import { type Box, findBox, readBox, readChildren, readContent } from './boxes.js';
import { codecString, dolbyVision } from './codec-string.js';
import { damaged, Fields } from './fields.js';
import type { MediaReader } from './media-reader.js';
import type { MediaColor, MediaTrack } from './types.js';

/** What a sample description says of its track. */
export interface SampleEntry extends Pick<MediaTrack, 'codec' | 'isEncrypted' | 'width' | 'height' | 'color' | 'channels' | 'sampleRateHz'> {
  /** Bytes of one PCM frame; only of PCM. */
  readonly frameBytes?: number;
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
  const isLater = (await reader.read(stsd.body, 1)).u8(0) > 0;
  const fixedBytes = kind === 'video' ? VISUAL_BYTES : audioHeaderBytes(fields, isLater);
  const boxes = await readConfigurations(reader, entry, entry.body + fixedBytes);
  const original = boxes.get('frma')?.code(0);
  const isEncrypted = /^enc/.test(entry.type);
  const codec = codecString(isEncrypted ? (original ?? entry.type) : entry.type, boxes);
  return { codec, isEncrypted, ...(kind === 'video' ? readPicture(fields, boxes) : readSound(entry.type, fields)) };
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
    const isNumbers = type !== 'colr' || /^ncl/.test((await readContent(reader, box, 4)).code(0));
    if (isNumbers && !found.has(type)) found.set(type, await readContent(reader, box, CONFIGURATION_BYTES));
  }
  return found;
}

function readPicture(fields: Fields, boxes: Map<string, Fields>): Pick<SampleEntry, 'width' | 'height' | 'color'> {
  const color = readColor(boxes);
  return { width: fields.u16(24), height: fields.u16(26), ...(color !== undefined && { color }) };
}

function readColor(boxes: Map<string, Fields>): MediaColor | undefined {
  const [colr, mdcv, clli, dovi] = ['colr', 'mdcv', 'clli', 'dvcC'].map((type) => boxes.get(type));
  if (colr === undefined && mdcv === undefined && clli === undefined && dovi === undefined) return undefined;
  const transfer = colr?.u16(6);
  return {
    ...(colr && { primaries: colr.u16(4), transfer: colr.u16(6), matrix: colr.u16(8) }),
    ...(colr?.code(0) === 'nclx' && { isFullRange: colr.u8(10) > 127 }),
    isHdr: transfer === 16 || transfer === 18 || dovi !== undefined,
    ...(mdcv && {
      mastering: {
        chromaticities: [0, 2, 4, 6, 8, 10, 12, 14].map((at) => mdcv.u16(at)),
        maxLuminance: mdcv.u32(16),
        minLuminance: mdcv.u32(20),
      },
    }),
    ...(clli && { lightLevel: { max: clli.u16(0), average: clli.u16(2) } }),
    ...(dovi && { dolbyVision: dolbyVision(dovi).join('.') }),
  };
}

/** QuickTime has longer sound descriptions, of versions 1 and 2. Where the box itself has a later version, they are those of ISO. */
function audioHeaderBytes(fields: Fields, isLater: boolean): number {
  return AUDIO_BYTES + (isLater ? 0 : ([0, 16, 36][fields.u16(8)] ?? 0));
}

function readSound(format: string, fields: Fields): Pick<SampleEntry, 'channels' | 'sampleRateHz' | 'frameBytes'> {
  const isLong = fields.u16(8) === 2;
  const channels = isLong ? fields.u32(40) : fields.u16(16);
  const rate = isLong ? fields.f64(32) : fields.u16(24);
  const frameBytes = isLong ? fields.u32(56) : (channels * fields.u16(18)) >> 3;
  return {
    ...(channels > 0 && { channels }),
    ...(rate >= 1 && { sampleRateHz: Math.round(rate) }),
    ...(PCM.test(format) && frameBytes > 0 && { frameBytes }),
  };
}
