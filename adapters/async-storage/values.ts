/**
 * Records as AsyncStorage can hold them. Versions 1 and 2 read an empty string as if nothing were there, so every value begins with
 * a mark; and control characters cross bridges of several makes, so those beyond tab and line ends are written as escapes.
 */

const PLAIN = '=';
const ESCAPED = '%';
const UNSAFE = /[^\t\n\r -~]/;
/** As above, and the percent sign. */
const TO_ESCAPE = /[^\t\n\r -$&-~]/g;

/** A value as it is stored: at most 196,609 characters for one of 65,536. */
export function encodeValue(value: string): string {
  if (!UNSAFE.test(value)) return PLAIN + value;
  return ESCAPED + value.replace(TO_ESCAPE, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The value in what is stored; what nobody has encoded is handed out as it is, since records carry checksums of their own. */
export function decodeValue(stored: string): string {
  const rest = stored.slice(1);
  if (stored.startsWith(PLAIN)) return rest;
  if (!stored.startsWith(ESCAPED)) return stored;
  return rest.replace(/%([0-9a-f]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
