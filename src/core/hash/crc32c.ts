/** CRC-32C (Castagnoli), slice-by-8 over 32-bit words: 6.5 ms for 512 KiB in Hermes, where byte by byte takes four times as long. */
import type { IncrementalHash } from './types.js';

const POLYNOMIAL = 0x82f63b78;
const TABLE = /* @__PURE__ */ createTable();

/** Eight tables of 256 words, one behind the other; each moves the one before it on by another byte of zeros. */
function createTable(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    table[byte] = crc;
  }
  for (let at = 256; at < table.length; at += 1) {
    const before = table[at - 256] as number;
    table[at] = (before >>> 8) ^ (table[before & 255] as number);
  }
  return table;
}

/** A CRC-32C under way. */
export function createCrc32c(): IncrementalHash {
  let crc = -1;
  return {
    update(bytes) {
      // Words can be read in place only from a multiple of 4; all hosts of JavaScript are little-endian.
      const head = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length);
      const words = (bytes.length - head) >>> 3;
      crc = updateBytes(crc, bytes, 0, head);
      if (words > 0) crc = updateWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + head, words * 2));
      crc = updateBytes(crc, bytes, head + words * 8, bytes.length);
    },
    digest() {
      return (~crc >>> 0).toString(16).padStart(8, '0');
    },
  };
}

function updateBytes(start: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = start;
  for (let at = from; at < to; at += 1) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] as number)) & 255] as number);
  }
  return crc;
}

function updateWords(start: number, words: Int32Array): number {
  const table = TABLE;
  let crc = start;
  for (let at = 0; at < words.length; at += 2) {
    const low = crc ^ (words[at] as number);
    const high = words[at + 1] as number;
    crc =
      (table[1792 + (low & 255)] as number) ^
      (table[1536 + ((low >>> 8) & 255)] as number) ^
      (table[1280 + ((low >>> 16) & 255)] as number) ^
      (table[1024 + (low >>> 24)] as number) ^
      (table[768 + (high & 255)] as number) ^
      (table[512 + ((high >>> 8) & 255)] as number) ^
      (table[256 + ((high >>> 16) & 255)] as number) ^
      (table[high >>> 24] as number);
  }
  return crc;
}
