/** What crosses between JavaScript and native code, measured, and base64 as native code makes it. */
import { base64Codec } from '../../src/adapter-kit/index.js';

/** Counts what crosses the bridge. */
export class BridgeMeter {
  /** Characters of the longest string that crossed, in either direction. */
  longestString = 0;
  /** Bytes of the largest file that native code has loaded whole to hash it. */
  largestLoaded = 0;
  /** Calls by name. */
  readonly calls = new Map<string, number>();

  called(name: string): void {
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
  }

  count(name: string): number {
    return this.calls.get(name) ?? 0;
  }

  loadedWhole(sizeBytes: number): void {
    this.largestLoaded = Math.max(this.largestLoaded, sizeBytes);
  }

  crossed(text: string): string {
    this.longestString = Math.max(this.longestString, text.length);
    return text;
  }
}

/** An error as React Native makes it from a promise that native code rejects. */
export function nativeError(code: string | null, message: string): Error {
  // React Native 0.79, ReactAndroid PromiseImpl.kt and RCTJSErrorFromCodeMessageAndNSError: a null code is EUNSPECIFIED.
  return Object.assign(new Error(message), { code: code ?? 'EUNSPECIFIED' });
}

interface HostBuffer {
  from(
    bytes: ArrayBuffer | string,
    offsetOrEncoding?: number | string,
    length?: number,
  ): Uint8Array & { toString(encoding: string): string };
}

const hostBuffer = (globalThis as { Buffer?: HostBuffer }).Buffer;
const codec = base64Codec();

/** Base64 by the host where it can, so that the fake does not check the codec under test against itself. */
export function encodeNative(bytes: Uint8Array): string {
  if (hostBuffer === undefined) return codec.encode(bytes);
  return hostBuffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** The bytes of a base64 text, white space skipped. */
export function decodeNative(text: string): Uint8Array {
  if (hostBuffer !== undefined) return new Uint8Array(hostBuffer.from(text, 'base64'));
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  return bytes.subarray(0, codec.decodeInto(text, bytes));
}

/** As Android's `Base64.DEFAULT` and MIME encoders do: a line feed behind every 76 characters. */
export function withLineBreaks(base64: string): string {
  return base64.replace(/.{76}/g, '$&\n');
}
