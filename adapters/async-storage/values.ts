/**
 * Encodes records for AsyncStorage. Versions 1 and 2 read an empty string as a missing value, so every value begins with
 * a mark. Not every bridge preserves control characters, so all but tab and line ends are escaped.
 */

const PLAIN = '=';
const ESCAPED = '%';
const UNSAFE = /[^\t\n\r -~]/;
/** As above, and the percent sign. */
const TO_ESCAPE = /[^\t\n\r -$&-~]/g;

/** The stored form of a value: at most 196,609 characters for one of 65,536. */
export function encodeValue(value: string): string {
  if (!UNSAFE.test(value)) return PLAIN + value;
  return ESCAPED + value.replace(TO_ESCAPE, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Decodes a stored value. Unencoded text is returned unchanged, since records contain their own checksums. */
export function decodeValue(stored: string): string {
  const rest = stored.slice(1);
  if (stored.startsWith(PLAIN)) return rest;
  if (!stored.startsWith(ESCAPED)) return stored;
  return rest.replace(/%([0-9a-f]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
