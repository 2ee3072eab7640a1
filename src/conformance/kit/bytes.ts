/** Bytes that the suites write and expect back. */
import { copyBytes } from '../../core/index.js';
import type { PieceReader } from '../../ports/index.js';

/** The largest read, write or piece of any port, in bytes. */
export const MAX_PIECE_BYTES = 524_288;

/** Bytes that differ from place to place and from seed to seed, so that a shifted, repeated or mixed read shows. */
export function patternBytes(sizeBytes: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let index = 0; index < sizeBytes; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

/**
 * The bytes with the `slice` of a Node `Buffer`, which gives a view of the same memory, where that of a Uint8Array gives a copy. Its views are
 * the same. Hosts without `Buffer` try it too.
 */
function asNodeBuffer(bytes: Uint8Array): Uint8Array {
  const view = (start?: number, end?: number): Uint8Array => asNodeBuffer(Uint8Array.prototype.subarray.call(bytes, start, end));
  return Object.defineProperties(bytes, { slice: { value: view }, subarray: { value: view } });
}

/** Ways of lending bytes; `name` is a part of a key. */
export const LENDING: readonly { readonly name: string; readonly lend: (bytes: Uint8Array) => Uint8Array }[] = [
  { name: 'lent', lend: copyBytes },
  { name: 'nodebuffer', lend: (bytes) => asNodeBuffer(copyBytes(bytes)) },
];

/** All pieces in one, each copied as it comes; closes the reader. */
export async function readAll(reader: PieceReader): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(copyBytes(piece));
  } finally {
    await reader.close();
  }
  return joined(pieces);
}

/** One array of them all. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Lets work that was left behind run: turns of the microtask queue. */
export async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await undefined;
}
