/** Numbers in a box, big-endian. A field behind the end of the bytes is damage, never zero. */
import { ReelwayError } from '../../errors/index.js';

/** Bytes of a box. */
export type Fields = DataView;

/** The error of a damaged file. `field` is the box at fault. */
export function damaged(message: string, field?: string): ReelwayError {
  return new ReelwayError('MEDIA_INVALID', { message, context: { ...(field && { field }) } });
}

function check(fields: Fields, at: number, bytes: number): void {
  if (at + bytes > fields.byteLength) throw damaged(`A field at byte ${at} ends behind its box`);
}

export function u8(fields: Fields, at: number): number {
  check(fields, at, 1);
  return fields.getUint8(at);
}

export function u16(fields: Fields, at: number): number {
  check(fields, at, 2);
  return fields.getUint16(at);
}

export function u32(fields: Fields, at: number): number {
  check(fields, at, 4);
  return fields.getUint32(at);
}

/** Exact up to 2^53; above that it is rounded, and no offset or size of a real file. */
export function u64(fields: Fields, at: number): number {
  return u32(fields, at) * 2 ** 32 + u32(fields, at + 4);
}

/** A number of 64 bits where the box is of version 1, else of 32. */
export function either(fields: Fields, at: number, isLong: boolean): number {
  return isLong ? u64(fields, at) : u32(fields, at);
}

/** Four characters, such as a box type. */
export function code(fields: Fields, at: number): string {
  return String.fromCharCode(u8(fields, at), u8(fields, at + 1), u8(fields, at + 2), u8(fields, at + 3));
}
