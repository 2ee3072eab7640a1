/** Numbers in a box, big-endian. A field behind the end of the bytes is damage, never zero. */
import { ReelwayError } from '../errors/index.js';

/** Bytes of a box, read field by field. */
export class Fields {
  /** How many bytes there are. */
  readonly length: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(at: number): number {
    return this.need(at, 1).getUint8(at);
  }

  u16(at: number): number {
    return this.need(at, 2).getUint16(at);
  }

  u32(at: number): number {
    return this.need(at, 4).getUint32(at);
  }

  i32(at: number): number {
    return this.need(at, 4).getInt32(at);
  }

  f64(at: number): number {
    return this.need(at, 8).getFloat64(at);
  }

  /** Exact up to 2^53; above that it is rounded, and no offset or size of a real file. */
  u64(at: number): number {
    return this.u32(at) * 2 ** 32 + this.u32(at + 4);
  }

  i64(at: number): number {
    return this.i32(at) * 2 ** 32 + this.u32(at + 4);
  }

  /** Four characters, such as a box type. */
  code(at: number): string {
    return String.fromCharCode(this.u8(at), this.u8(at + 1), this.u8(at + 2), this.u8(at + 3));
  }

  private need(at: number, bytes: number): DataView {
    if (at < 0 || at + bytes > this.length) throw damaged(`A field at byte ${at} lies behind the end of its box (${this.length} bytes)`);
    return this.view;
  }
}

/** The error of a damaged file. `field` is the box at fault. */
export function damaged(message: string, field?: string): ReelwayError {
  return new ReelwayError('MEDIA_INVALID', { message, ...(field !== undefined && { context: { field } }) });
}
