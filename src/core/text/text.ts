/** Text and bytes without TextEncoder, btoa or Buffer, which not every host has. Decoders are strict: one text for one value. */
import { type CooperativeTask, runToCompletion } from './cooperative-task.js';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const HEX = '0123456789abcdef';
/** Arguments per call of fromCharCode: every engine takes as many, and strings stay few. */
const SLICE = 4_096;
/** Characters of one step of a loop in plain JavaScript. */
const STEP = 8_192;

/** ASCII or Latin-1 bytes as a string of as many characters. */
export function latin1Decode(bytes: Uint8Array): string {
  return runToCompletion(latin1DecodeSteps(bytes));
}

/** {@link latin1Decode} in steps. */
export function* latin1DecodeSteps(bytes: Uint8Array): CooperativeTask<string> {
  let text = '';
  for (let at = 0; at < bytes.length; at += SLICE) {
    // `apply` takes typed arrays as they are, ten times as fast as spreading them.
    text += String.fromCharCode.apply(undefined, bytes.subarray(at, at + SLICE) as unknown as number[]);
    yield;
  }
  return text;
}

/** The low byte of each character: exact for ASCII and Latin-1. */
export function latin1Encode(text: string): Uint8Array {
  return runToCompletion(latin1EncodeSteps(text));
}

/** {@link latin1Encode} in steps. */
export function* latin1EncodeSteps(text: string): CooperativeTask<Uint8Array> {
  const bytes = new Uint8Array(text.length);
  for (let start = 0; start < text.length; start += STEP) {
    const end = Math.min(start + STEP, text.length);
    for (let at = start; at < end; at += 1) bytes[at] = text.charCodeAt(at);
    yield;
  }
  return bytes;
}

/** UTF-8 of a text; half a surrogate pair becomes U+FFFD. */
export function utf8Encode(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    const point = wellFormed(character.codePointAt(0) as number);
    if (point < 0x80) {
      out[length++] = point;
    } else if (point < 0x800) {
      out[length++] = 0xc0 | (point >> 6);
      out[length++] = 0x80 | (point & 63);
    } else if (point < 0x10000) {
      out[length++] = 0xe0 | (point >> 12);
      out[length++] = 0x80 | ((point >> 6) & 63);
      out[length++] = 0x80 | (point & 63);
    } else {
      out[length++] = 0xf0 | (point >> 18);
      out[length++] = 0x80 | ((point >> 12) & 63);
      out[length++] = 0x80 | ((point >> 6) & 63);
      out[length++] = 0x80 | (point & 63);
    }
  }
  return out.slice(0, length);
}

function wellFormed(point: number): number {
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

/** The text of UTF-8 bytes. @throws {TypeError} where they are not UTF-8 */
export function utf8Decode(bytes: Uint8Array): string {
  let text = '';
  let points: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const length = sequenceLength(first);
    points.push(length === 1 ? first : codePoint(bytes, at, length));
    at += length;
    if (points.length === SLICE) {
      text += String.fromCodePoint(...points);
      points = [];
    }
  }
  return text + String.fromCodePoint(...points);
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  throw new TypeError('Not UTF-8');
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let point = (bytes[at] as number) & (0xff >> (length + 1));
  for (let next = 1; next < length; next += 1) {
    // Past the end reads as undefined, which is 0 here and so no continuation byte.
    const byte = Number(bytes[at + next] ?? 0);
    if ((byte & 0xc0) !== 0x80) throw new TypeError('Not UTF-8');
    point = (point << 6) | (byte & 63);
  }
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  if (point < least || point > 0x10ffff || wellFormed(point) !== point) throw new TypeError('Not UTF-8');
  return point;
}

/** Lower-case hex. */
export function hexEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return text;
}

/** The bytes of lower-case hex. @throws {TypeError} on anything else */
export function hexDecode(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new TypeError('Not lower-case hex');
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = (HEX.indexOf(text.charAt(at * 2)) << 4) | HEX.indexOf(text.charAt(at * 2 + 1));
  }
  return bytes;
}

/** Base64 with padding (RFC 4648, section 4). */
export function base64Encode(bytes: Uint8Array): string {
  return runToCompletion(base64EncodeSteps(bytes));
}

/** {@link base64Encode} in steps. */
export function* base64EncodeSteps(bytes: Uint8Array): CooperativeTask<string> {
  const text = yield* encodeBy(BASE64, bytes);
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}

/** The bytes of padded base64. @throws {TypeError} on any other character, missing padding or stray bits */
export function base64Decode(text: string): Uint8Array {
  return runToCompletion(base64DecodeSteps(text));
}

/** {@link base64Decode} in steps. @throws {TypeError} as it does */
export function* base64DecodeSteps(text: string): CooperativeTask<Uint8Array> {
  if (text.length % 4 !== 0) throw new TypeError('Not base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return yield* decodeBy(BASE64, text, text.length - padding);
}

/** Base64 for names and addresses, without padding (RFC 4648, section 5). */
export function base64UrlEncode(bytes: Uint8Array): string {
  return runToCompletion(encodeBy(BASE64_URL, bytes));
}

/** The bytes of unpadded base64url. @throws {TypeError} on any other character, padding or stray bits */
export function base64UrlDecode(text: string): Uint8Array {
  return runToCompletion(decodeBy(BASE64_URL, text, text.length));
}

function* encodeBy(alphabet: string, bytes: Uint8Array): CooperativeTask<string> {
  const digits = latin1Encode(alphabet);
  const whole = bytes.length - (bytes.length % 3);
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let out = 0;
  for (let at = 0; at < whole; at += 3) {
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    codes[out] = digits[group >> 18] as number;
    codes[out + 1] = digits[(group >> 12) & 63] as number;
    codes[out + 2] = digits[(group >> 6) & 63] as number;
    codes[out + 3] = digits[group & 63] as number;
    out += 4;
    if (out % STEP === 0) yield;
  }
  if (whole < bytes.length) {
    // One or two bytes are left; what lies behind the end counts as 0, and writing there does nothing.
    const group = ((bytes[whole] as number) << 16) | (Number(bytes[whole + 1] ?? 0) << 8);
    codes[out] = digits[group >> 18] as number;
    codes[out + 1] = digits[(group >> 12) & 63] as number;
    codes[out + 2] = digits[(group >> 6) & 63] as number;
  }
  return yield* latin1DecodeSteps(codes);
}

/** The value of each base64 digit by its code, 255 for everything else. */
function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(256).fill(255);
  for (let value = 0; value < 64; value += 1) values[alphabet.charCodeAt(value)] = value;
  return values;
}

function* decodeBy(alphabet: string, text: string, characters: number): CooperativeTask<Uint8Array> {
  if (characters % 4 === 1) throw new TypeError('Not base64');
  const values = valuesOf(alphabet);
  const bytes = new Uint8Array(Math.floor((characters * 3) / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let at = 0; at < characters; at += 1) {
    const value = values[text.charCodeAt(at)] ?? 255;
    if (value === 255) throw new TypeError('Not base64');
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[length++] = bits >> count;
    }
    if (at % STEP === 0) yield;
  }
  if ((bits & ((1 << count) - 1)) !== 0) throw new TypeError('Not base64: stray bits');
  return bytes;
}

/** JSON in ASCII: everything above U+007E is escaped, so that bytes and characters are one and the same. */
export function asciiJson(value: unknown): string {
  return (JSON.stringify(value) as string).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
