/**
 * The envelope of every journal record: version, sequence number and checksum before the body, all of it ASCII. The first
 * line stays as it is for ever, so that an older release can tell a newer record from a damaged one.
 */
import { createHash, latin1Encode } from '../../core/index.js';

const VERSION = 1;
const HEAD = /^reelway\/(\d{1,6}) ([0-9a-z]{1,11}) ([0-9a-f]{8})\n/;
/** Values that iOS' AsyncStorage keeps in files of their own instead of rewriting one for all. */
const MIN_PAGE_CHARACTERS = 1_040;

/** A stored text, decoded. */
export type Decoded =
  | { readonly kind: 'record'; readonly sequence: number; readonly body: string }
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'newer'; readonly version: number };

/** A record as text; `body` is ASCII. */
export function encodeRecord(sequence: number, body: string): string {
  const count = sequence.toString(36);
  return `reelway/${VERSION} ${count} ${checksum(count, body)}\n${body}`;
}

/** The record in a text. A newer one is recognized by its version alone, since its checksum may be made another way. */
export function decodeRecord(text: string): Decoded {
  const head = HEAD.exec(text);
  if (head === null) return { kind: 'corrupt' };
  const [whole, version = '', count = '', sum] = head;
  if (Number(version) > VERSION) return { kind: 'newer', version: Number(version) };
  const body = text.slice(whole.length);
  const sequence = Number.parseInt(count, 36);
  // mutation-point: compare-record-checksum
  const intact = Number(version) === VERSION && Number.isSafeInteger(sequence) && checksum(count, body) === sum;
  return intact ? { kind: 'record', sequence, body } : { kind: 'corrupt' };
}

/** The same body, with blanks behind it up to a length at which stores keep it apart. */
export function padBody(body: string): string {
  return body.padEnd(MIN_PAGE_CHARACTERS, ' ');
}

function checksum(count: string, body: string): string {
  const hash = createHash('crc32c');
  hash.update(latin1Encode(`${count}\n${body}`));
  return hash.digest();
}
