/** Codec strings of RFC 6381, from the configuration boxes of a sample entry. */
import { type Fields, u8, u16, u32 } from '../boxes/fields.js';

/** A sample entry's configuration boxes, by type. */
export type Configurations = ReadonlyMap<string, Fields>;

const hex = (value: number, digits = 2): string => value.toString(16).padStart(digits, '0');
const decimal = (value: number): string => String(value).padStart(2, '0');

/** What follows the four characters, by the box that says it; the first that is there counts. */
const DESCRIBERS: { readonly [box: string]: (fields: Fields) => string | undefined } = {
  dvcC: (fields) => dolbyVision(fields).map(decimal).join('.'),
  avcC: (fields) => hex(u32(fields, 0) % 2 ** 24, 6),
  hvcC: describeHevc,
  vpcC: (fields) => [u8(fields, 4), u8(fields, 5), u8(fields, 6) >> 4].map(decimal).join('.'),
  av1C: describeAv1,
  esds: describeElementaryStream,
};

/** The codec string of a sample entry; the entry's own four characters where there is no more to say. */
export function codecString(format: string, boxes: Configurations): string {
  // HEVC and AVC with Dolby Vision on top are also played without it.
  const box = Object.keys(DESCRIBERS).find((type) => boxes.has(type) && (type !== 'dvcC' || /^dv/.test(format)));
  const fields = boxes.get(box ?? '');
  const detail = fields && DESCRIBERS[box ?? '']?.(fields);
  // Outside of these characters are only codes of QuickTime, such as `raw ` and `.mp3`.
  const name = format.replace(/[^A-Za-z0-9._+-]/g, '') || 'unknown';
  return detail === undefined ? name : `${name}.${detail}`;
}

/** Profile and level of Dolby Vision. */
export function dolbyVision(fields: Fields): [number, number] {
  const bits = u16(fields, 2);
  return [bits >> 9, (bits >> 3) & 63];
}

function describeHevc(fields: Fields): string {
  const profile = u8(fields, 1);
  let flags = 0;
  for (let bit = 0, all = u32(fields, 2); bit < 32; bit++) flags = flags * 2 + ((all >>> bit) & 1);
  let constraints = '';
  for (let at = 11; at >= 6; at--) {
    const byte = u8(fields, at);
    if (byte > 0 || constraints !== '') constraints = `.${byte.toString(16).toUpperCase()}${constraints}`;
  }
  const space = ['', 'A', 'B', 'C'][profile >> 6];
  const tier = profile & 32 ? 'H' : 'L';
  return `${space}${profile & 31}.${flags.toString(16).toUpperCase()}.${tier}${u8(fields, 12)}${constraints}`;
}

function describeAv1(fields: Fields): string {
  const profile = u8(fields, 1);
  const bits = u8(fields, 2);
  const depth = bits & 64 ? (bits & 32 ? 12 : 10) : 8;
  return `${profile >> 5}.${decimal(profile & 31)}${bits & 128 ? 'H' : 'M'}.${decimal(depth)}`;
}

/** The object type, and for AAC and MPEG-4 video the profile. */
function describeElementaryStream(fields: Fields): string | undefined {
  const { objectType, config } = readElementaryStream(fields);
  if (objectType === 0x40 && config !== undefined) return `40.${audioObjectType(u16(fields, config))}`;
  if (objectType === 0x20 && config !== undefined && u32(fields, config) === 0x1b0) return `20.${u8(fields, config + 4)}`;
  return objectType === undefined ? undefined : hex(objectType).toUpperCase();
}

/** Channels by the configuration of AAC, which is right where the sample entry says 2 for everything; `undefined` where it is no help. */
export function aacChannels(esds: Fields): number | undefined {
  const { objectType, config } = readElementaryStream(esds);
  const bits = objectType === 0x40 && config !== undefined ? u16(esds, config) : 0;
  const channels = (bits >> 3) & 15;
  // Object types from 32 on and rates of their own move the field.
  return bits >> 11 === 31 || ((bits >> 7) & 15) === 15 || channels === 0 || channels > 7 ? undefined : channels === 7 ? 8 : channels;
}

/** Descriptors of ISO/IEC 14496-1: the object type, and where the decoder's configuration begins. */
function readElementaryStream(fields: Fields): { objectType?: number; config?: number } {
  let objectType: number | undefined;
  for (let at = 4; at + 2 <= fields.byteLength; ) {
    const tag = u8(fields, at++);
    let size = 0;
    for (let more = 128; more >= 128; ) {
      more = u8(fields, at++);
      size = size * 128 + (more & 127);
    }
    if (tag === 3) at += descriptorHeader(u8(fields, at + 2), fields, at);
    else if (tag === 4) {
      objectType = u8(fields, at);
      at += 13;
    } else if (tag === 5 && objectType !== undefined && size > 1) return { objectType, config: at };
    else at += size;
  }
  return objectType === undefined ? {} : { objectType };
}

/** Bytes before the descriptors inside an ES descriptor. */
function descriptorHeader(flags: number, fields: Fields, at: number): number {
  const url = flags & 64 ? 1 + u8(fields, at + 3 + (flags & 128 ? 2 : 0)) : 0;
  return 3 + (flags & 128 ? 2 : 0) + url + (flags & 32 ? 2 : 0);
}

function audioObjectType(bits: number): number {
  const type = bits >> 11;
  return type === 31 ? 32 + ((bits >> 5) & 63) : type;
}
