/** Codec strings of RFC 6381, from the configuration boxes of a sample entry. */
import type { Fields } from './fields.js';

/** A sample entry's configuration boxes, by type. */
export type Configurations = ReadonlyMap<string, Fields>;

const hex = (value: number, digits = 2): string => value.toString(16).padStart(digits, '0');
const decimal = (value: number): string => String(value).padStart(2, '0');

/** The codec string of a sample entry; the entry's own four characters where there is no more to say. */
export function codecString(format: string, boxes: Configurations): string {
  const { box, describe } = DESCRIBERS[format] ?? {};
  const fields = boxes.get(box ?? '');
  const detail = fields === undefined ? undefined : describe?.(fields);
  // Outside of these characters are only codes of QuickTime, such as `raw ` and `.mp3`.
  const name = format.replace(/[^A-Za-z0-9._+-]/g, '');
  return detail === undefined ? name || 'unknown' : `${name}.${detail}`;
}

interface Describer {
  readonly box: string;
  readonly describe: (fields: Fields) => string | undefined;
}

const avc: Describer = { box: 'avcC', describe: (fields) => hex(fields.u8(1)) + hex(fields.u8(2)) + hex(fields.u8(3)) };
const hevc: Describer = { box: 'hvcC', describe: describeHevc };
const dolby: Describer = {
  box: 'dvcC',
  describe: (fields) => dolbyVision(fields).map(decimal).join('.'),
};
const esds: Describer = { box: 'esds', describe: describeElementaryStream };
const vp: Describer = {
  box: 'vpcC',
  describe: (fields) => [fields.u8(4), fields.u8(5), fields.u8(6) >> 4].map(decimal).join('.'),
};

const DESCRIBERS: { readonly [format: string]: Describer | undefined } = {
  avc1: avc,
  avc3: avc,
  hvc1: hevc,
  hev1: hevc,
  dvh1: dolby,
  dvhe: dolby,
  vp08: vp,
  vp09: vp,
  av01: { box: 'av1C', describe: describeAv1 },
  mp4a: esds,
  mp4v: esds,
};

/** Profile and level of Dolby Vision. */
export function dolbyVision(fields: Fields): [number, number] {
  const bits = fields.u16(2);
  return [bits >> 9, (bits >> 3) & 63];
}

function describeHevc(fields: Fields): string {
  const profile = fields.u8(1);
  let flags = 0;
  for (let bit = 0, all = fields.u32(2); bit < 32; bit++) flags = flags * 2 + ((all >>> bit) & 1);
  let constraints = '';
  for (let at = 11; at >= 6; at--) {
    const byte = fields.u8(at);
    if (byte > 0 || constraints !== '') constraints = `.${byte.toString(16).toUpperCase()}${constraints}`;
  }
  const space = ['', 'A', 'B', 'C'][profile >> 6];
  const tier = profile & 32 ? 'H' : 'L';
  return `${space}${profile & 31}.${flags.toString(16).toUpperCase()}.${tier}${fields.u8(12)}${constraints}`;
}

function describeAv1(fields: Fields): string {
  const profile = fields.u8(1);
  const bits = fields.u8(2);
  const depth = bits & 64 ? (bits & 32 ? 12 : 10) : 8;
  return `${profile >> 5}.${decimal(profile & 31)}${bits & 128 ? 'H' : 'M'}.${decimal(depth)}`;
}

/** Descriptors of ISO/IEC 14496-1: the object type, and for AAC and MPEG-4 video what its configuration begins with. */
function describeElementaryStream(fields: Fields): string | undefined {
  let objectType: string | undefined;
  for (let at = 4; at + 2 <= fields.length; ) {
    const tag = fields.u8(at++);
    let size = 0;
    for (let more = 128; more >= 128; ) {
      more = fields.u8(at++);
      size = size * 128 + (more & 127);
    }
    if (tag === 3) at += descriptorHeader(fields.u8(at + 2), fields, at);
    else if (tag === 4) {
      objectType = hex(fields.u8(at)).toUpperCase();
      at += 13;
    } else if (tag === 5 && size > 1 && objectType === '40') return `40.${audioObjectType(fields.u16(at))}`;
    else if (tag === 5 && size > 4 && objectType === '20' && fields.u32(at) === 0x1b0) return `20.${fields.u8(at + 4)}`;
    else at += size;
  }
  return objectType;
}

/** Bytes before the descriptors inside an ES descriptor. */
function descriptorHeader(flags: number, fields: Fields, at: number): number {
  const url = flags & 64 ? 1 + fields.u8(at + 3 + (flags & 128 ? 2 : 0)) : 0;
  return 3 + (flags & 128 ? 2 : 0) + url + (flags & 32 ? 2 : 0);
}

function audioObjectType(bits: number): number {
  const type = bits >> 11;
  return type === 31 ? 32 + ((bits >> 5) & 63) : type;
}
