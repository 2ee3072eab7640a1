/** What MD5 and SHA-256 share: blocks of 64 bytes, then the length in bits. */
import { hexEncode } from '../text/text.js';
import type { IncrementalHash } from './types.js';

const BLOCK = 64;

/** One of the two functions at work. */
export interface BlockFunction {
  /** Whether words and the length are big-endian. */
  readonly bigEndian: boolean;
  /** Its words so far; the digest is made of them. */
  readonly state: Int32Array;
  /** Takes in `count` whole blocks of `bytes` from `at` on. */
  compress(bytes: Uint8Array, at: number, count: number): void;
}

/** A hash under way by this function. */
export function createBlockHash(by: BlockFunction): IncrementalHash {
  const rest = new Uint8Array(BLOCK);
  let held = 0;
  let total = 0;
  const update = (bytes: Uint8Array): void => {
    let at = 0;
    if (held > 0) {
      at = Math.min(BLOCK - held, bytes.length);
      rest.set(bytes.subarray(0, at), held);
      held += at;
      if (held === BLOCK) by.compress(rest, 0, 1);
      held %= BLOCK;
    }
    const count = Math.floor((bytes.length - at) / BLOCK);
    if (count > 0) by.compress(bytes, at, count);
    at += count * BLOCK;
    rest.set(bytes.subarray(at), held);
    held += bytes.length - at;
    total += bytes.length;
  };
  return {
    update,
    digest() {
      update(padding(total, by.bigEndian));
      const view = new DataView(new ArrayBuffer(by.state.length * 4));
      by.state.forEach((word, index) => {
        view.setInt32(index * 4, word, !by.bigEndian);
      });
      return hexEncode(new Uint8Array(view.buffer));
    },
  };
}

/** A one bit, zeros up to 8 bytes before the end of a block, and the length in bits. */
function padding(total: number, bigEndian: boolean): Uint8Array {
  const zeros = (2 * BLOCK - 9 - (total % BLOCK)) % BLOCK;
  const tail = new Uint8Array(1 + zeros + 8);
  tail[0] = 0x80;
  const view = new DataView(tail.buffer);
  const low = (total * 8) % 2 ** 32;
  const high = Math.floor(total / 2 ** 29);
  view.setUint32(1 + zeros + (bigEndian ? 4 : 0), low, !bigEndian);
  view.setUint32(1 + zeros + (bigEndian ? 0 : 4), high, !bigEndian);
  return tail;
}
