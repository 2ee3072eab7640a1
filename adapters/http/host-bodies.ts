/** What the transports of browsers and phones share: bodies that their hosts take, headers that they refuse, addresses. */
import { exactBytes } from '../../src/internal/adapter-kit/index.js';
import type { HttpRequest, StreamBody } from '../../src/ports/index.js';
import { originOf } from './addresses.js';

/** A `Blob` constructor by its shape. */
export type BlobLike = new (parts: readonly unknown[]) => { readonly size: number };

interface Host {
  readonly Blob?: BlobLike;
}

/** The host's `Blob`, where it can be made of bytes; React Native's cannot. */
export function blobOfBytes(): BlobLike | undefined {
  const { Blob: HostBlob } = globalThis as unknown as Host;
  try {
    return HostBlob !== undefined && new HostBlob([new Uint8Array(3)]).size === 3 ? HostBlob : undefined;
  } catch {
    // How React Native says that it cannot.
    return undefined;
  }
}

/** A stream's bytes as a `Blob`, which the host keeps outside the heap; each piece is copied when it is taken. */
export async function collectBlob(body: StreamBody, HostBlob: BlobLike): Promise<unknown> {
  const reader = exactBytes(await body.open(), body.sizeBytes);
  const parts: unknown[] = [];
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) parts.push(new HostBlob([piece]));
  } finally {
    await reader.close();
  }
  return new HostBlob(parts);
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,200}$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Looked at here, since hosts show what they refuse, secrets too. @throws {TypeError} */
export function assertSendable({ url, headers }: HttpRequest): void {
  if (originOf(url) === undefined)
    throw new TypeError('Only http: and https: addresses in visible ASCII, without credentials, can be asked');
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) throw new TypeError('A header has a name that HTTP does not allow');
    if (!HEADER_VALUE.test(value)) throw new TypeError(`The header ${name} has a value that HTTP does not allow`);
  }
}

const BROWSERS_OWN: readonly string[] = [
  'accept-encoding',
  'content-length',
  'host',
  'connection',
  'cookie',
  'origin',
  'referer',
  'user-agent',
];

/** Without what browsers set by themselves, and refuse loudly from pages. */
export function pageHeaders(headers: HttpRequest['headers']): [string, string][] {
  return Object.entries(headers).filter(([name]) => !BROWSERS_OWN.includes(name.toLowerCase()));
}
