/** Clauses on blobs that are put in parts, for stores that can. */
import type { BlobBody, BlobPart, BlobParts, BlobStore } from '../../ports/index.js';
import { joined, LENDING, MAX_PIECE_BYTES, patternBytes } from '../kit/bytes.js';
import { type Check, settled } from '../kit/check.js';
import { checkShape } from '../kit/shape.js';
import {
  type BlobStoreClause,
  type BlobStoreFixture,
  bodyOf,
  expectBlob,
  expectNothing,
  OLD_BYTES,
  putBytes,
  ScriptedBody,
} from './given.js';
import { expectTrueHashes, hashOf, wrongHashesOf } from './hashes.js';

const TYPE = { contentType: 'video/mp4' };
const SMALL_BYTES = 70_001;
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Whether the store puts blobs in parts. */
export function hasParts({ parts }: BlobStore): boolean {
  return parts !== undefined;
}

/** The store's parts. */
export function partsOf({ blobStore }: BlobStoreFixture, check: Check): BlobParts {
  if (blobStore.parts === undefined) check.fail('parts is not there, although it was');
  return blobStore.parts;
}

/** A body of a kind that the store accepts. */
export function partBody(given: BlobStoreFixture, check: Check, bytes: Uint8Array): Promise<BlobBody> {
  const { accepts } = given.blobStore;
  const kind = accepts.find((each) => each !== 'bytes' || bytes.length <= MAX_PIECE_BYTES);
  if (kind === undefined) check.fail(`accepts only ${accepts.join(', ')}, so no part of ${bytes.length} bytes can be put: leave parts out`);
  return bodyOf(given, check, kind, bytes);
}

/** Begins a session for the key. */
export function begun(given: BlobStoreFixture, check: Check, key: string): Promise<string> {
  return partsOf(given, check).begin(key, TYPE);
}

/** Puts one part. */
export async function putPart(
  given: BlobStoreFixture,
  check: Check,
  session: string,
  number: number,
  bytes: Uint8Array,
): Promise<BlobPart> {
  return partsOf(given, check).putPart(session, number, await partBody(given, check, bytes));
}

/** Expects that the session has these parts, and no others. */
export async function expectParts(given: BlobStoreFixture, check: Check, session: string, expected: readonly BlobPart[], when: string) {
  const found = await partsOf(given, check).list(session);
  const shown = (parts: readonly BlobPart[]): string =>
    parts.map(({ number, sizeBytes, tag }) => `${number}: ${sizeBytes} B ${tag}`).join('; ');
  check.equal(shown(found), shown(expected), `the list of parts ${when}`);
}

export const PARTS_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.parts.shape',
    wants: 'parts has every method, and bounds that a blob can be cut by',
    why: 'the size of parts is planned from the bounds before the first byte is sent, and cannot be changed afterwards',
    applies: hasParts,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      checkShape(check, parts, ['begin', 'putPart', 'list', 'complete', 'abort'], []);
      const { minPartBytes, maxPartBytes, maxParts } = parts;
      for (const bound of [minPartBytes, maxPartBytes, maxParts]) check.that(Number.isInteger(bound) && bound >= 1, `a bound is ${bound}`);
      check.that(minPartBytes <= maxPartBytes, `minPartBytes is ${minPartBytes}, and maxPartBytes ${maxPartBytes}`);
    },
  },
  {
    id: 'blob.parts.whole',
    wants:
      'a blob of two parts, put in any order and completed from what a journal kept, is exactly their bytes in the order of their numbers',
    why: 'this is how one large file gets into the bucket; parts in the order of their arrival would be a video that no player opens',
    applies: hasParts,
    run: async (given, check) => {
      const { minPartBytes } = partsOf(given, check);
      const contents = [patternBytes(minPartBytes, 1), patternBytes(SMALL_BYTES, 2)] as const;
      const session = await begun(given, check, 'whole');
      const second = await putPart(given, check, session, 2, contents[1]);
      const first = await putPart(given, check, session, 1, contents[0]);
      const kept = JSON.parse(JSON.stringify({ session, parts: [first, second] })) as { session: string; parts: BlobPart[] };
      const info = await partsOf(given, check).complete(kept.session, kept.parts);
      check.equal(info.key, 'whole', 'key');
      check.equal(info.sizeBytes, minPartBytes + SMALL_BYTES, 'sizeBytes');
      await expectBlob(given, check, 'whole', joined(contents));
      const head = await given.blobStore.head('whole');
      for (const { hashes } of [info, ...(head === undefined ? [] : [head])])
        expectTrueHashes(check, 'of the blob', hashes, joined(contents));
    },
  },
  {
    id: 'blob.parts.session',
    wants: 'a session is a printable ASCII string of 1 to 1,024 characters, another one each time',
    why: 'it is kept in the journal, whose records are ASCII and bounded, and it is all that a resume after a kill has',
    applies: hasParts,
    run: async (given, check) => {
      const sessions = [await begun(given, check, 'twice'), await begun(given, check, 'twice')];
      for (const session of sessions) {
        const fits = typeof session === 'string' && session.length <= 1024 && PRINTABLE.test(session);
        check.that(fits, `a session is ${String(session).slice(0, 80)}`);
      }
      check.that(sessions[0] !== sessions[1], 'two sessions for one key are the same string');
    },
  },
  {
    id: 'blob.parts.unseen',
    wants: 'until a session is completed the key is what it was: nothing, or the older blob',
    why: 'a reader must not find an incomplete video meanwhile',
    applies: hasParts,
    run: async (given, check) => {
      const fresh = await begun(given, check, 'fresh');
      await putPart(given, check, fresh, 1, patternBytes(SMALL_BYTES));
      await expectNothing(given, check, 'fresh', 'before a session is completed');
      await putBytes(given, check, 'older', OLD_BYTES);
      const session = await begun(given, check, 'older');
      const part = await putPart(given, check, session, 1, patternBytes(SMALL_BYTES));
      await expectBlob(given, check, 'older', OLD_BYTES);
      await partsOf(given, check).complete(session, [part]);
      await expectBlob(given, check, 'older', patternBytes(SMALL_BYTES));
    },
  },
  {
    id: 'blob.parts.put',
    wants: 'a part has its number, its exact size, a tag of 1 to 256 printable characters, and only hashes of its bytes',
    why: 'the journal records it as acknowledged; every resume relies on its fields',
    applies: hasParts,
    run: async (given, check) => {
      const session = await begun(given, check, 'put');
      const content = patternBytes(SMALL_BYTES);
      const part = await putPart(given, check, session, 3, content);
      check.equal(part.number, 3, 'number');
      check.equal(part.sizeBytes, SMALL_BYTES, 'sizeBytes');
      check.that(typeof part.tag === 'string' && part.tag.length <= 256 && PRINTABLE.test(part.tag), `tag is ${String(part.tag)}`);
      expectTrueHashes(check, 'of a part', part.hashes, content);
      for (const { hashes } of wrongHashesOf(content)) {
        const put = await settled(partsOf(given, check).putPart(session, 3, await partBody(given, check, content), { hashes }));
        const reported = [...(put.ok ? [put.value] : []), ...(await partsOf(given, check).list(session))];
        for (const info of reported) expectTrueHashes(check, 'of a part', info.hashes, content);
      }
    },
  },
  {
    id: 'blob.parts.hash-refused',
    wants: 'a part with a wrong hash of an attested algorithm rejects with BLOB_CORRUPT and is not there (claim checksHashes)',
    why: 'a flipped bit in one of a hundred parts breaks the whole blob, and is found cheaply only while its part is at hand',
    applies: ({ parts, attests }, { checksHashes }) => parts !== undefined && attests.length > 0 && checksHashes !== false,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const session = await begun(given, check, 'wrong');
      for (const algorithm of given.blobStore.attests) {
        const hashes = { [algorithm]: hashOf(algorithm, OLD_BYTES) };
        const put = parts.putPart(session, 1, await partBody(given, check, patternBytes(SMALL_BYTES)), { hashes });
        await check.rejects(put, ['BLOB_CORRUPT'], `a part with a wrong ${algorithm}`);
        await expectParts(given, check, session, [], `after a part with a wrong ${algorithm}`);
      }
      const hashes = Object.fromEntries(given.blobStore.attests.map((each) => [each, hashOf(each, patternBytes(9))]));
      await parts.putPart(session, 1, await partBody(given, check, patternBytes(9)), { hashes });
    },
  },
  {
    id: 'blob.parts.lent',
    wants:
      'a piece of a part is used before the next one is asked for: its bytes are lent until then, also those of a Node Buffer, whose slice is a view',
    why: 'parts of many MiB are streamed through one buffer of 512 KiB',
    applies: ({ parts, accepts }) => parts !== undefined && accepts.includes('stream'),
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const content = patternBytes(60_000);
      for (const { name, lend } of LENDING) {
        const session = await begun(given, check, name);
        const part = await parts.putPart(session, 1, new ScriptedBody(content, { pieceBytes: 10_000, lend }));
        await parts.complete(session, [part]);
        await expectBlob(given, check, name, content);
      }
    },
  },
];
