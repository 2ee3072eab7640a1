/** What the transports of browsers and phones share: addresses and headers that their hosts refuse. */
import { originOf } from '../../src/internal/adapter-kit/index.js';
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
