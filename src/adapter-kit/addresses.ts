/**
 * Addresses, read by rule: React Native's own `URL` has no `origin`, and parsers differ over backslashes, tabs and credentials, so that an
 * address which could be read in two ways is none.
 */

const ADDRESS = /^(https?):\/\/(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?(?=[/?#]|$)/i;
const VISIBLE_ASCII = /^[!-~]{1,16384}$/;
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/** Scheme, host and port, such as `https://cdn.example:443`; `undefined` where it is no address of http or https, or one with credentials. */
export function originOf(address: string): string | undefined {
  if (!VISIBLE_ASCII.test(address) || address.includes('\\')) return undefined;
  const match = ADDRESS.exec(address);
  if (match === null) return undefined;
  const [, scheme = '', host = '', port] = match;
  if (Number(port ?? 0) > 65_535) return undefined;
  const isSecure = scheme.toLowerCase() === 'https';
  return `${scheme}://${host}:${port === undefined ? (isSecure ? 443 : 80) : Number(port)}`.toLowerCase();
}

/** The address below which keys are, with a `/` at its end. @throws {TypeError} */
export function baseOf(baseUrl: string): string {
  if (originOf(baseUrl) === undefined) {
    throw new TypeError('baseUrl must be an http: or https: address in visible ASCII, without credentials (give them as headers)');
  }
  if (/[?#]/.test(baseUrl)) throw new TypeError('baseUrl must have no query and no fragment');
  if (baseUrl.split('/').some((name) => DOT_SEGMENT.test(name))) throw new TypeError('baseUrl must have no "." or ".." in its path');
  return baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
}
