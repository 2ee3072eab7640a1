/** The kinds of faults, and the operations that they apply to. */

const FS = [
  'fs.stat',
  'fs.open',
  'fs.readInto',
  'fs.closeRead',
  'fs.create',
  'fs.write',
  'fs.closeWrite',
  'fs.rename',
  'fs.remove',
  'fs.list',
  'fs.makeDirectory',
  'fs.freeBytes',
  'fs.sliceToFile',
  'fs.hashFile',
  'fs.absolutePath',
  'fs.linkTarget',
  'fs.importFile',
] as const;
const KV = ['kv.get', 'kv.set', 'kv.remove', 'kv.keys'] as const;
const BLOB = [
  'blob.put',
  'blob.get',
  'blob.next',
  'blob.close',
  'blob.head',
  'blob.remove',
  'blob.list',
  'blob.getToFile',
  'blob.urlFor',
  'blob.pending',
  'blob.parts.begin',
  'blob.parts.putPart',
  'blob.parts.list',
  'blob.parts.complete',
  'blob.parts.abort',
] as const;
const EVERY = [...FS, ...KV, ...BLOB] as const;

/** Every operation that a plan counts: a method of a port, or of a handle or reader that it gave out. */
export type PortOperationName = (typeof EVERY)[number];

/**
 * What can go wrong.
 * - `fails`: rejects, without effect.
 * - `answer-lost`: takes effect, then rejects.
 * - `slow`: waits before it begins.
 * - `hangs`: never settles; where the operation has a signal, it rejects once that aborts.
 * - `late`: rejects at once, and takes effect later.
 * - `short-read`: fewer bytes than there are.
 * - `torn-write`: part of the bytes are written, then it rejects. For records and blobs a contract forbids this: it tests the checks of the engines.
 * - `lost-write`: resolves, without effect. A contract forbids this, as above.
 * - `flipped`: one bit is inverted; the values of records stay ASCII.
 * - `cut-body`: a blob ends early, without an error.
 * - `stale`: an outdated answer: no blob, an empty listing, no parts.
 */
export type FaultKind =
  | 'fails'
  | 'answer-lost'
  | 'slow'
  | 'hangs'
  | 'late'
  | 'short-read'
  | 'torn-write'
  | 'lost-write'
  | 'flipped'
  | 'cut-body'
  | 'stale';

/** The operations that each kind applies to. */
export const FITTING: { readonly [Kind in FaultKind]: readonly PortOperationName[] } = {
  fails: EVERY,
  'answer-lost': EVERY,
  slow: EVERY,
  hangs: EVERY,
  late: ['kv.set', 'kv.remove', 'blob.put', 'blob.remove'],
  'short-read': ['fs.readInto'],
  'torn-write': ['fs.write', 'kv.set', 'blob.put'],
  'lost-write': ['fs.write', 'kv.set', 'kv.remove', 'blob.put', 'blob.remove'],
  flipped: ['fs.readInto', 'fs.write', 'kv.get', 'kv.set', 'blob.next', 'blob.put'],
  'cut-body': ['blob.next'],
  stale: ['blob.head', 'blob.list', 'blob.parts.list'],
};
