/** Checks that the transports of browsers and phones share: addresses and headers that their hosts refuse. */
import { originOf } from '../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { HttpRequest } from '../../src/ports/index.js';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,200}$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Checked here, since the host's own error shows the refused value, which may be a secret. @throws {TypeError} */
export function assertSendable({ url, headers }: HttpRequest): void {
  if (originOf(url) === undefined) throw new TypeError('The address must be an http: or https: URL in visible ASCII without credentials');
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) throw new TypeError('A header name contains a character that HTTP does not allow');
    if (!HEADER_VALUE.test(value)) throw new TypeError(`The value of the header ${name} contains a character that HTTP does not allow`);
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

/** Drops the headers that browsers set themselves and do not accept from pages. */
export function pageHeaders(headers: HttpRequest['headers']): [string, string][] {
  return Object.entries(headers).filter(([name]) => !BROWSERS_OWN.includes(name.toLowerCase()));
}

const CODE_BY_NAME: { readonly [name: string]: 'NETWORK' | 'TIMEOUT' | undefined } = { NetworkError: 'NETWORK', TimeoutError: 'TIMEOUT' };

/** Whether the host failed to parse the address; each has rules beyond those of {@link assertSendable}. */
export function isBadAddress(error: unknown): boolean {
  const { name, code, cause } = (error ?? {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly cause?: { readonly code?: unknown };
  };
  return name === 'SyntaxError' || code === 'ERR_INVALID_URL' || cause?.code === 'ERR_INVALID_URL';
}

/** The caller's mistake: the host cannot parse the address. */
export function badAddress(): TypeError {
  return new TypeError('The host cannot parse the address');
}

/** The error for a request that the host refused to send. Only the name is passed on: the text may contain the signed address. */
export function refusalOf(error: unknown, key: string): unknown {
  if (isReelwayError(error)) return error;
  if (isBadAddress(error)) return badAddress();
  const { name } = (error ?? {}) as { readonly name?: unknown };
  const word = typeof name === 'string' && /^[A-Za-z]{1,40}$/.test(name) ? name : 'unknown';
  return new ReelwayError(CODE_BY_NAME[word] ?? 'NOT_SUPPORTED', { message: `The host refused the request: ${word}`, context: { key } });
}
