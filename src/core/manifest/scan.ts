/**
 * One pass over the bytes before JSON.parse sees them. JSON.parse is silent on double keys, overflows the stack on deep
 * nesting (in some engines) and builds whatever it is told to; this refuses all three while nothing has been built yet.
 */

import { type CooperativeTask, runToCompletion } from '../text/cooperative-task.js';
import { latin1Decode } from '../text/text.js';
import { isForbiddenName } from '../video/metadata.js';
import type { Refuse } from './refusal.js';

const MAX_DEPTH = 8;
/** Commas, keys, and objects and arrays, of each at most so many: 32 renditions with everything in them have half of that. */
const MAX_COUNT = 20_000;
/** Bytes of one step. */
const STEP = 8_192;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Called at a comma between the members of the outermost object, with the key before it; true ends the scan. */
export type AtComma = (key: string, position: number) => boolean;

/**
 * Refuses nesting above 8, double or forbidden keys, too many values and characters beyond ASCII. Faults of syntax are left
 * to JSON.parse.
 */
export function scanJson(bytes: Uint8Array, refuse: Refuse, atComma?: AtComma): void {
  runToCompletion(scanJsonSteps(bytes, refuse, atComma));
}

/** {@link scanJson} in steps. */
export function* scanJsonSteps(bytes: Uint8Array, refuse: Refuse, atComma?: AtComma): CooperativeTask<void> {
  const scanner = createScanner(bytes, refuse, atComma);
  let at = 0;
  let rested = 0;
  while (at < bytes.length) {
    if (at - rested >= STEP) {
      rested = at;
      yield;
    }
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      const end = yield* endOfString(bytes, at, refuse);
      scanner.string(at, end);
      at = end;
      continue;
    }
    if (byte === COMMA && scanner.comma(at)) return;
    if (byte >= OPEN_BRACKET) scanner.bracket(byte);
    at += 1;
  }
}

interface Scanner {
  /** Reads the string that lies here. */
  string(at: number, end: number): void;
  bracket(byte: number): void;
  /** Whether this is the end of the scan. */
  comma(at: number): boolean;
}

function createScanner(bytes: Uint8Array, refuse: Refuse, atComma: AtComma | undefined): Scanner {
  /** The keys of each open object, `undefined` for an open array. */
  const open: (Set<string> | undefined)[] = [];
  const [countComma, countKey, countBracket] = [counter(refuse), counter(refuse), counter(refuse)] as const;
  let lastKey = '';
  const take = (key: string, keys: Set<string>): void => {
    countKey();
    const shown = key.slice(0, 80);
    if (isForbiddenName(key)) throw refuse(shown, 'is a name that is not allowed');
    if (keys.has(key)) throw refuse(shown, 'stands there twice');
    keys.add(key);
    if (open.length === 1) lastKey = key;
  };
  return {
    string(at, end) {
      const keys = open[open.length - 1];
      if (keys !== undefined && isKey(bytes, end)) take(textOf(bytes, at, end, refuse), keys);
    },
    bracket(byte) {
      countBracket();
      if (byte === OPEN_BRACE) open.push(new Set());
      else if (byte === OPEN_BRACKET) open.push(undefined);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) open.pop();
      else if (byte > 0x7e) throw refuse('manifest', 'is not ASCII');
      if (open.length > MAX_DEPTH) throw refuse('manifest', `is nested deeper than ${MAX_DEPTH}`);
    },
    comma(at) {
      countComma();
      return open.length === 1 && atComma?.(lastKey, at) === true;
    },
  };
}

function counter(refuse: Refuse): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count > MAX_COUNT) throw refuse('manifest', `has more parts than any manifest (${MAX_COUNT})`);
  };
}

/** The position behind the string that starts here; the end of the bytes where it does not end. */
function* endOfString(bytes: Uint8Array, start: number, refuse: Refuse): CooperativeTask<number> {
  let at = start + 1;
  let rest = start + STEP;
  while (at < bytes.length) {
    if (at >= rest) {
      rest += STEP;
      yield;
    }
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte > 0x7e) throw refuse('manifest', 'is not ASCII');
    at += byte === BACKSLASH ? 2 : 1;
  }
  return bytes.length;
}

/** Whether a colon comes next. */
function isKey(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at += 1;
  return bytes[at] === COLON;
}

function textOf(bytes: Uint8Array, start: number, end: number, refuse: Refuse): string {
  const quoted = latin1Decode(bytes.subarray(start, end));
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  return parseJson(quoted, refuse) as string;
}

/** The value of a text of JSON, with −0 as 0. */
export function parseJson(text: string, refuse: Refuse): unknown {
  try {
    // Only a text with a minus can hold −0 (as `-1e-999` too), and looking at every value takes three times as long.
    return (text.includes('-') ? JSON.parse(text, positiveZero) : JSON.parse(text)) as unknown;
  } catch {
    throw refuse('manifest', 'is not JSON');
  }
}

function positiveZero(_key: string, value: unknown): unknown {
  return value === 0 ? 0 : value;
}
