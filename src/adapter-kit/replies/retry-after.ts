/** Retry-After and the dates of HTTP, also in the two obsolete forms that recipients must accept (RFC 9110, 5.6.7). */

const LONGEST_RETRY_AFTER_S = 86_400;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const TIME = '(\\d{2}):(\\d{2}):(\\d{2})';
const IMF_DATE = new RegExp(`^[A-Z][a-z]{2}, (\\d{2}) ([A-Z][a-z]{2}) (\\d{4}) ${TIME} GMT$`);
const RFC_850_DATE = new RegExp(`^[A-Z][a-z]{5,8}, (\\d{2})-([A-Z][a-z]{2})-(\\d{2}) ${TIME} GMT$`);
const ASCTIME_DATE = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${TIME} (\\d{4})$`);

/** The headers of a reply that determine the wait. */
export interface RetryAfterHeaders {
  readonly retryAfter: string | undefined;
  /** The time of the server, `Date`. */
  readonly date: string | undefined;
}

/**
 * Milliseconds until the next attempt, at most a day. A date counts from the reply's own `Date`, since the device's clock may be wrong; without
 * one from `wallMs`. Other text and the past are `undefined`.
 */
export function readRetryAfter({ retryAfter, date }: RetryAfterHeaders, wallMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const trimmed = retryAfter.trim();
  const nowMs = parseHttpDate(date ?? '', wallMs) ?? wallMs;
  const seconds = /^\d{1,20}$/.test(trimmed) ? Number(trimmed) : ((parseHttpDate(trimmed, nowMs) ?? Number.NaN) - nowMs) / 1000;
  return seconds >= 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1000 : undefined;
}

/** Milliseconds since 1970. Not by `Date.parse`, which accepts much other text. `nowMs` gives the century of a year with two digits. */
function parseHttpDate(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  const imf = IMF_DATE.exec(trimmed);
  if (imf !== null) return utcMs(imf[3], imf[2], imf[1], imf.slice(4));
  const asctime = ASCTIME_DATE.exec(trimmed);
  if (asctime !== null) return utcMs(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6));
  const rfc850 = RFC_850_DATE.exec(trimmed);
  return rfc850 === null ? undefined : utcMs(String(fullYear(Number(rfc850[3]), nowMs)), rfc850[2], rfc850[1], rfc850.slice(4));
}

/** A year that appears to be more than 50 years in the future is one of the past. */
function fullYear(twoDigits: number, nowMs: number): number {
  const year = new Date(nowMs).getUTCFullYear();
  const full = year - (year % 100) + twoDigits;
  return full > year + 50 ? full - 100 : full;
}

function utcMs(year = '', month = '', day = '', time: readonly string[]): number | undefined {
  const index = MONTHS.indexOf(month) / 3;
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number);
  if (!Number.isInteger(index) || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const ms = Date.UTC(Number(year), index, Number(day), hours, minutes, seconds);
  return new Date(Date.UTC(Number(year), index, Number(day))).getUTCDate() === Number(day) ? ms : undefined;
}
