/**
 * 200,000 mutations of good manifests, of their bytes and of their structure. Each is refused with a code of the format, or is
 * a manifest that holds in every respect; nothing else is ever thrown, and a hang would run into the test's own limit.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asciiJson,
  createManifest,
  encodeManifest,
  latin1Decode,
  latin1Encode,
  parseManifest,
  readOpening,
  segmentAt,
  segmentIndexAt,
  type VideoManifest,
} from '../../src/core/index.js';
import { isReelwayError } from '../../src/errors/index.js';
import { fullDraft, rawManifest } from './manifests.js';

const BATCH = 10_000;
const REFUSALS = ['MANIFEST_INVALID', 'MANIFEST_TOO_LARGE', 'MANIFEST_VERSION_UNSUPPORTED', 'URL_NOT_ALLOWED'];

/** A small one of every kind, so that mutations hit something that matters. */
function seeds(): Uint8Array[] {
  const draft = fullDraft();
  const renditions = draft.renditions.map((rendition) => ({ ...rendition, segments: [...rendition.segments].slice(0, 9) }));
  const full = createManifest({ ...draft, metadata: { title: 'Grüße', custom: { a: 'b' } }, renditions });
  return [encodeManifest(rawManifest(2_000_000)), encodeManifest(rawManifest(0)), encodeManifest(full)];
}
const SEEDS = seeds();
const TEXTS = SEEDS.map(latin1Decode);

function refusalCode(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (isReelwayError(error) && REFUSALS.includes(error.code)) return error.code;
    throw error;
  }
}

function mustHold(condition: boolean, what: string): void {
  if (!condition) throw new Error(`An accepted manifest does not hold: ${what}`);
}

function checkAccepted(manifest: VideoManifest): void {
  const again = encodeManifest(manifest);
  mustHold(latin1Decode(encodeManifest(parseManifest(again))) === latin1Decode(again), 'encoding is not stable');
  for (const rendition of manifest.renditions) {
    let position = 0;
    for (let index = 0; index < rendition.segmentCount; index += 1) {
      const segment = segmentAt(manifest, index, rendition.id);
      mustHold(segment.range.start === position && segment.size > 0, 'segments do not tile');
      mustHold(segmentIndexAt(manifest, position, rendition.id) === index, 'offsets do not lead to their segments');
      mustHold(/^[A-Za-z0-9._/-]+$/.test(segment.url) && !segment.url.includes('..'), 'an address leads away');
      mustHold(segment.startTime >= 0 && segment.duration >= 0, 'time runs backwards');
      position = segment.range.end;
    }
    mustHold(position === rendition.sizeBytes, 'sizes do not add up');
  }
  mustHold(manifest.layout !== 'raw' || manifest.sizeBytes === manifest.source.sizeBytes, 'a raw file of another size');
}

/** Whether it was accepted. The opening is read alone too where the whole is good, and of every fourth of the others. */
function tryBytes(bytes: Uint8Array): boolean {
  const whole = refusalCode(() => {
    checkAccepted(parseManifest(bytes));
  });
  if (whole !== undefined && bytes.length % 4 !== 0) return false;
  const opening = refusalCode(() => readOpening(bytes));
  if (whole === undefined) mustHold(opening === undefined, 'its opening is refused');
  return whole === undefined;
}

const anyByte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(...[...'{}[]",:\\0123456789eE+-.tfnu/ \n'].map((character) => character.charCodeAt(0))),
);
const byteEdit = fc.record({
  kind: fc.constantFrom('set', 'insert', 'remove', 'repeat', 'cut'),
  at: fc.nat(),
  length: fc.integer({ min: 1, max: 40 }),
  byte: anyByte,
});
type ByteEdit = typeof byteEdit extends fc.Arbitrary<infer Edit> ? Edit : never;

function editBytes(bytes: Uint8Array, { kind, at, length, byte }: ByteEdit): Uint8Array {
  const position = at % (bytes.length + 1);
  if (kind === 'set') return spliced(bytes, position, 1, Uint8Array.of(byte));
  if (kind === 'insert') return spliced(bytes, position, 0, Uint8Array.of(byte));
  if (kind === 'remove') return spliced(bytes, position, length, new Uint8Array(0));
  if (kind === 'repeat') return spliced(bytes, position, 0, bytes.subarray(position, position + length));
  return bytes.subarray(0, position);
}

function spliced(bytes: Uint8Array, position: number, removed: number, added: Uint8Array): Uint8Array {
  const after = bytes.subarray(position + removed);
  const edited = new Uint8Array(position + added.length + after.length);
  edited.set(bytes.subarray(0, position));
  edited.set(added, position);
  edited.set(after, position + added.length);
  return edited;
}

const HOSTILE: readonly string[] = [
  '0',
  '-0',
  '-1',
  '1',
  '1.5',
  '1e999',
  '-1e999',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '65536',
  '65537',
  '1e15',
  'null',
  'true',
  '""',
  '"x"',
  '"AAAA"',
  '"AA=="',
  '"u1/{n}"',
  '"../x"',
  '"//evil"',
  '"\\u0000"',
  '"__proto__"',
  '[]',
  '{}',
  '[[0,1]]',
  '[[0,1],[1,2]]',
  '[[[[[[[[[[0]]]]]]]]]]',
  '{"__proto__":1}',
  '{"constructor":{"prototype":{}}}',
  '{"each":1,"last":1}',
  '{"width":1,"values":"AQ=="}',
  '{"width":6,"values":"AAAAAAAAAAA="}',
  '{"crc32c":"AAAAAA=="}',
];

interface Place {
  readonly holder: { [name: string]: unknown };
  readonly name: string;
}

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  const holder = value as { [name: string]: unknown };
  for (const name of Object.keys(holder)) {
    found.push({ holder, name });
    placesOf(holder[name], found);
  }
  return found;
}

const structureEdit = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'remove', 'copy', 'rename', 'nudge', 'double'),
  place: fc.nat(),
  other: fc.nat(),
  hostile: fc.nat(HOSTILE.length - 1),
});
type StructureEdit = typeof structureEdit extends fc.Arbitrary<infer Edit> ? Edit : never;

/** A number one higher or lower, anything else as it is. */
function nudged(value: unknown, up: boolean): unknown {
  return typeof value === 'number' ? value + (up ? 1 : -1) : value;
}

function applyEdit(root: unknown, { kind, place, other, hostile }: StructureEdit, mark: (text: string) => string): void {
  const places = placesOf(root);
  if (places.length === 0) return;
  const { holder, name } = places[place % places.length] as Place;
  const from = places[other % places.length] as Place;
  const edits = {
    replace: () => mark(HOSTILE[hostile] as string),
    remove: () => undefined,
    copy: () => JSON.parse(JSON.stringify(from.holder[from.name] ?? null)) as unknown,
    nudge: () => nudged(holder[name], hostile % 2 === 0),
    double: () => mark(`0,${asciiJson(name)}:0`),
    rename: () => {
      holder[`${name}x`] = holder[name];
      return undefined;
    },
  };
  // What is undefined is not written.
  holder[name] = edits[kind]();
}

/** Hostile values go in as text, behind marks, since most of them no JSON.stringify would write. */
function editStructure(root: unknown, edits: readonly StructureEdit[]): string {
  const inserted: string[] = [];
  const mark = (text: string): string => `MARK${inserted.push(text) - 1}MARK`;
  for (const edit of edits) applyEdit(root, edit, mark);
  return asciiJson(root).replace(/"MARK(\d+)MARK"/g, (_whole, index: string) => inserted[Number(index)] as string);
}

describe('mutated manifests', () => {
  it('start from manifests that are good', () => {
    for (const bytes of SEEDS) expect(tryBytes(bytes)).toBe(true);
  });

  it.each([101, 102, 103, 104, 105, 106, 107, 108])('of bytes, batch %i: a typed refusal or a good manifest', (seed) => {
    let accepted = 0;
    const edits = fc.array(byteEdit, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.nat(SEEDS.length - 1), edits, (which, list) => {
        if (tryBytes(list.reduce(editBytes, SEEDS[which] as Uint8Array))) accepted += 1;
      }),
      { seed, numRuns: BATCH },
    );
    // Some hit a title or a hash and are harmless; most are not.
    expect(accepted).toBeGreaterThan(50);
    expect(accepted).toBeLessThan(BATCH / 2);
  });

  it.each([201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212])(
    'of structure, batch %i: a typed refusal or a good manifest',
    (seed) => {
      let accepted = 0;
      const edits = fc.array(structureEdit, { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(fc.nat(SEEDS.length - 1), edits, (which, list) => {
          const text = editStructure(JSON.parse(TEXTS[which] as string), list);
          if (tryBytes(latin1Encode(text))) accepted += 1;
        }),
        { seed, numRuns: BATCH },
      );
      expect(accepted).toBeGreaterThan(50);
      expect(accepted).toBeLessThan(BATCH / 2);
    },
  );
});
