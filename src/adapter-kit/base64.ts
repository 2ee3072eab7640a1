/**
 * Base64 for hosts whose bridges carry no bytes. Each call does one slice at once, so callers choose slices that an engine
 * without a compiler does within a frame. `atob` and `btoa` are taken where the host has them: natively they are five times as fast.
 */
import { ReelwayError } from '../errors/index.js';

/** The two functions that newer hosts have. */
export interface Base64Host {
  readonly atob?: ((base64: string) => string) | undefined;
  readonly btoa?: ((binary: string) => string) | undefined;
}

/** Bytes to base64 and back. */
export interface Base64Codec {
  /** The base64 of `bytes`, with padding and without line breaks. */
  encode(bytes: Uint8Array): string;
  /** Decodes into the start of `buffer`, skipping white space; how many bytes the text holds, of which those that do not fit are dropped. @throws {ReelwayError} FILE_UNREADABLE for what is no base64 */
  decodeInto(text: string, buffer: Uint8Array): number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** What is no digit has this bit set. */
const NO_DIGIT = 64;
/** Arguments that every engine takes in one call. */
const ARGUMENTS = 8_192;

/** A codec over what `host` has, by default over the host's own globals. */
export function base64Codec(host: Base64Host = globalThis as Base64Host): Base64Codec {
  const { atob, btoa } = host;
  const values = digitValues();
  return {
    encode: btoa === undefined ? encodeByHand : (bytes) => btoa(binaryOf(bytes)),
    decodeInto: (text, buffer) => {
      const binary = atob === undefined ? undefined : tried(atob, text);
      return binary === undefined ? decodeByHand(text, buffer, values) : copyBinary(binary, buffer);
    },
  };
}

function tried(atob: (base64: string) => string, text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    // Some hosts' own refuse white space: the loop below decides whether it is that.
    return undefined;
  }
}

function copyBinary(binary: string, buffer: Uint8Array): number {
  const length = Math.min(binary.length, buffer.length);
  for (let index = 0; index < length; index += 1) buffer[index] = binary.charCodeAt(index);
  return binary.length;
}

function binaryOf(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += ARGUMENTS) {
    binary += String.fromCharCode.apply(null, bytes.subarray(at, at + ARGUMENTS) as unknown as number[]);
  }
  return binary;
}

function digitValues(): Uint8Array {
  const values = new Uint8Array(256).fill(NO_DIGIT);
  for (let value = 0; value < DIGITS.length; value += 1) values[DIGITS.charCodeAt(value)] = value;
  return values;
}

function encodeByHand(bytes: Uint8Array): string {
  const at = (index: number): number => bytes[index] ?? 0;
  const digit = (bits: number): string => DIGITS.charAt(bits & 63);
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const bits = (at(index) << 16) | (at(index + 1) << 8) | at(index + 2);
    text += digit(bits >> 18) + digit(bits >> 12) + digit(bits >> 6) + digit(bits);
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return missing === 0 ? text : text.slice(0, -missing) + '=='.slice(0, missing);
}

function decodeByHand(text: string, buffer: Uint8Array, values: Uint8Array): number {
  const digits = withoutPadding(text);
  const lengthBytes = (digits.length * 3) >> 2;
  const valueAt = (index: number): number => values[digits.charCodeAt(index)] ?? NO_DIGIT;
  const whole = digits.length - (digits.length % 4);
  let wrong = 0;
  let to = 0;
  for (let from = 0; from < whole; from += 4) {
    const [a, b, c, d] = [valueAt(from), valueAt(from + 1), valueAt(from + 2), valueAt(from + 3)];
    wrong |= a | b | c | d;
    buffer[to] = (a << 2) | (b >> 4);
    buffer[to + 1] = (b << 4) | (c >> 2);
    buffer[to + 2] = (c << 6) | d;
    to += 3;
  }
  if (digits.length > whole) wrong |= decodeTail(digits, whole, to, buffer, valueAt);
  if ((wrong & NO_DIGIT) !== 0) throw new ReelwayError('FILE_UNREADABLE', { message: 'Expected base64 from the host, got other text' });
  return lengthBytes;
}

/** The last two or three digits. */
function decodeTail(digits: string, from: number, to: number, buffer: Uint8Array, valueAt: (index: number) => number): number {
  const a = valueAt(from);
  const b = from + 1 < digits.length ? valueAt(from + 1) : NO_DIGIT;
  buffer[to] = (a << 2) | (b >> 4);
  if (digits.length - from < 3) return a | b;
  const c = valueAt(from + 2);
  buffer[to + 1] = (b << 4) | (c >> 2);
  return a | b | c;
}

/** Hosts that break lines are rare, so the text is only searched for white space where its length is that of no unbroken text. */
function withoutPadding(text: string): string {
  const clean = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (clean.endsWith('==')) return clean.slice(0, -2);
  return clean.endsWith('=') ? clean.slice(0, -1) : clean;
}
