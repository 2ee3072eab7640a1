/** What the transports of browsers and phones share: addresses and headers that their hosts refuse. */
import { originOf } from '../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { HttpRequest } from '../../src/ports/index.js';

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

const CODE_BY_NAME: { readonly [name: string]: 'NETWORK' | 'TIMEOUT' | undefined } = { NetworkError: 'NETWORK', TimeoutError: 'TIMEOUT' };

/** Whether a host says by this error that it cannot read the address; each has its own rules beyond those of {@link assertSendable}. */
export function isBadAddress(error: unknown): boolean {
  const { name, code, cause } = (error ?? {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly cause?: { readonly code?: unknown };
  };
  return name === 'SyntaxError' || code === 'ERR_INVALID_URL' || cause?.code === 'ERR_INVALID_URL';
}

/** What an address is that the host cannot read: the caller's mistake. */
export function badAddress(): TypeError {
  return new TypeError('The host cannot read the address');
}

/** What a host threw instead of sending. Nothing of it is told but its name: its text may hold the address, and with it a signature. */
export function refusalOf(error: unknown, key: string): unknown {
  if (isReelwayError(error)) return error;
  if (isBadAddress(error)) return badAddress();
  const { name } = (error ?? {}) as { readonly name?: unknown };
  const word = typeof name === 'string' && /^[A-Za-z]{1,40}$/.test(name) ? name : 'unknown';
  return new ReelwayError(CODE_BY_NAME[word] ?? 'NOT_SUPPORTED', { message: `The host refused the request: ${word}.`, context: { key } });
}
