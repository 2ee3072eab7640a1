/** Clauses on resuming, completing and aborting a blob that is put in parts. */

import { TestSignal } from '../kit/abort.js';
import { patternBytes } from '../kit/bytes.js';
import { type Check, settled } from '../kit/check.js';
import { type BlobStoreClause, type BlobStoreFixture, expectBlob, expectEmpty, expectNothing, ScriptedBody } from './given.js';
import { begun, expectParts, hasParts, partBody, partsOf, putPart } from './parts.js';

const ONE = /* @__PURE__ */ patternBytes(40_000, 1);
const TWO = /* @__PURE__ */ patternBytes(30_000, 2);
const TYPE = { contentType: 'video/mp4' };

/** Every operation of parts, begun with this signal. */
async function operations(given: BlobStoreFixture, check: Check, session: string, signal: TestSignal) {
  const parts = partsOf(given, check);
  const body = await partBody(given, check, ONE);
  const part = { number: 1, sizeBytes: ONE.length, hashes: {}, tag: 'x' };
  return [
    { name: 'begin', run: () => parts.begin('signal', { ...TYPE, signal }) },
    { name: 'putPart', run: () => parts.putPart(session, 1, body, { signal }) },
    { name: 'list', run: () => parts.list(session, signal) },
    { name: 'complete', run: () => parts.complete(session, [part], signal) },
    { name: 'abort', run: () => parts.abort(session, signal) },
  ];
}

export const PARTS_ENDING_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.parts.list',
    wants:
      'list returns every stored part, by number, as its put returned it; a number that was put again appears once, with its newest content',
    why: 'a resume goes on from the list, since the answer to a put may have been lost; a part that is missing there is sent again',
    applies: hasParts,
    run: async (given, check) => {
      const session = await begun(given, check, 'list');
      await expectParts(given, check, session, [], 'of a new session');
      const third = await putPart(given, check, session, 3, TWO);
      await putPart(given, check, session, 1, TWO);
      const first = await putPart(given, check, session, 1, ONE);
      await expectParts(given, check, session, [first, third], 'after three puts of two parts');
    },
  },
  {
    id: 'blob.parts.whole-or-absent',
    wants: 'a part whose body fails, or is not of its stated size, rejects and is not there; one that was there before stays',
    why: 'a cut part that is listed is taken for whole at the next resume',
    applies: ({ parts, accepts }) => parts !== undefined && accepts.includes('stream'),
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const session = await begun(given, check, 'part');
      const older = await putPart(given, check, session, 2, TWO);
      const failing = {
        before: (piece: number): void => {
          if (piece === 1) throw new TypeError('the reader fails');
        },
      };
      const bodies = [
        ['ends early', new ScriptedBody(ONE.subarray(1), { sizeBytes: ONE.length })],
        ['goes on', new ScriptedBody(ONE, { sizeBytes: ONE.length - 1 })],
        ['fails', new ScriptedBody(ONE, { pieceBytes: 15_000, ...failing })],
      ] as const;
      for (const [name, body] of bodies) {
        for (const number of [1, 2]) {
          await check.thrownBy(parts.putPart(session, number, body), `a part whose body ${name} resolves`);
          await expectParts(given, check, session, [older], `after a part whose body ${name}`);
        }
        check.equal(body.closed, body.opened, `of ${body.opened} opened readers of a body that ${name}, those closed`);
      }
    },
  },
  {
    id: 'blob.parts.left-out',
    wants: 'where complete leaves a stored part out, the blob is made without it, or complete rejects with BLOB_CORRUPT and stores nothing',
    why: 'an earlier attempt may have left parts beyond the end of what is sent now; mixed in, they would be the end of the video',
    applies: hasParts,
    run: async (given, check) => {
      const session = await begun(given, check, 'chosen');
      const first = await putPart(given, check, session, 1, ONE);
      await putPart(given, check, session, 2, TWO);
      const outcome = await settled(partsOf(given, check).complete(session, [first]));
      if (outcome.ok) return expectBlob(given, check, 'chosen', ONE);
      await check.rejects(Promise.reject(outcome.thrown), ['BLOB_CORRUPT'], 'complete without a part that is stored');
      await expectNothing(given, check, 'chosen', 'after a refused complete');
    },
  },
  {
    id: 'blob.parts.told-otherwise',
    wants: 'complete rejects with BLOB_CORRUPT where a part was replaced since, or never put; it stores nothing, and may be asked again',
    why: 'a journal that was written before the last put must not make a blob of other bytes than it says',
    applies: hasParts,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const session = await begun(given, check, 'otherwise');
      const stale = await putPart(given, check, session, 1, TWO);
      const newest = await putPart(given, check, session, 1, ONE);
      await check.rejects(parts.complete(session, [stale]), ['BLOB_CORRUPT'], 'complete with a part that was replaced');
      await expectNothing(given, check, 'otherwise', 'after a refused complete');
      const never = { ...newest, number: 2 };
      const large = await putPart(given, check, session, 1, patternBytes(parts.minPartBytes));
      await check.rejects(parts.complete(session, [large, never]), ['BLOB_CORRUPT'], 'complete with a part that was never put');
      await expectNothing(given, check, 'otherwise', 'after a refused complete');
      const last = await putPart(given, check, session, 1, ONE);
      await parts.complete(session, [last]);
      await expectBlob(given, check, 'otherwise', ONE);
    },
  },
  {
    id: 'blob.parts.too-small',
    wants: 'complete rejects with REQUEST_REFUSED where a part but the last is smaller than minPartBytes, and stores nothing',
    why: 'as a fault of the network it would be tried again for ever',
    applies: ({ parts }) => parts !== undefined && parts.minPartBytes > 1,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const session = await begun(given, check, 'small');
      const small = patternBytes(Math.min(parts.minPartBytes - 1, 1_000));
      const list = [await putPart(given, check, session, 1, small), await putPart(given, check, session, 2, TWO)];
      await check.rejects(parts.complete(session, list), ['REQUEST_REFUSED'], 'complete with a first part that is too small');
      await expectNothing(given, check, 'small', 'after a refused complete');
    },
  },
  {
    id: 'blob.parts.complete-again',
    wants: 'complete may be asked again: it resolves with the same key and size, and the blob stays as it is',
    why: 'an answer that was lost on the way must not look like a lost upload',
    applies: hasParts,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const session = await begun(given, check, 'again');
      const part = await putPart(given, check, session, 1, ONE);
      for (const _time of ['first', 'second']) {
        const info = await parts.complete(session, [part]);
        check.equal(info.key, 'again', 'key');
        check.equal(info.sizeBytes, ONE.length, 'sizeBytes');
        await expectBlob(given, check, 'again', ONE);
      }
    },
  },
  {
    id: 'blob.parts.separate',
    wants: 'two sessions for one key do not know of each other: parts do not mix, and to abort one leaves the other',
    why: 'an attempt that was killed and its successor are two sessions for one key',
    applies: hasParts,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const [old, fresh] = [await begun(given, check, 'both'), await begun(given, check, 'both')];
      await putPart(given, check, old, 1, TWO);
      const part = await putPart(given, check, fresh, 1, ONE);
      await expectParts(given, check, fresh, [part], 'of the other session');
      await parts.abort(old);
      await parts.complete(fresh, [part]);
      await expectBlob(given, check, 'both', ONE);
    },
  },
  {
    id: 'blob.parts.aborted',
    wants:
      'an aborted session leaves nothing: its parts are gone, putPart, list and complete reject with BLOB_NOT_FOUND; to abort again is success',
    why: 'invisible parts cost money forever; and a cancel is swept twice, since the last put of a killed process can land late',
    applies: hasParts,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const session = await begun(given, check, 'aborted');
      const part = await putPart(given, check, session, 1, ONE);
      await parts.abort(session);
      await parts.abort(session);
      await check.rejects(parts.list(session), ['BLOB_NOT_FOUND'], 'list of an aborted session');
      await check.rejects(putPart(given, check, session, 1, ONE), ['BLOB_NOT_FOUND'], 'a part for an aborted session');
      await check.rejects(parts.complete(session, [part]), ['BLOB_NOT_FOUND'], 'complete of an aborted session');
      await expectNothing(given, check, 'aborted', 'after an abort');
      await expectEmpty(given, check, 'after an abort');
    },
  },
  {
    id: 'blob.parts.completed',
    wants: 'a completed session is over: list and putPart reject with BLOB_NOT_FOUND, and to abort it is success and leaves the blob',
    why: 'the sweep after a cancel that came too late must not take a video away that is published',
    applies: hasParts,
    run: async (given, check) => {
      const parts = partsOf(given, check);
      const session = await begun(given, check, 'done');
      const part = await putPart(given, check, session, 1, ONE);
      await parts.complete(session, [part]);
      await check.rejects(parts.list(session), ['BLOB_NOT_FOUND'], 'list of a completed session');
      await check.rejects(putPart(given, check, session, 1, TWO), ['BLOB_NOT_FOUND'], 'a part for a completed session');
      await parts.abort(session);
      await expectBlob(given, check, 'done', ONE);
    },
  },
  {
    id: 'blob.parts.signal',
    wants:
      'each operation rejects with the reason of a signal that is aborted, does nothing, and no longer listens to its signal once settled',
    why: 'pause and cancel end what is in flight; a part of many MiB is in flight for long',
    applies: hasParts,
    run: async (given, check) => {
      const session = await begun(given, check, 'signal');
      const part = await putPart(given, check, session, 2, TWO);
      const reason = { because: 'the test says so' };
      const aborted = new TestSignal();
      aborted.abort(reason);
      for (const { name, run } of await operations(given, check, session, aborted)) await check.rejectsWith(run(), reason, name);
      await expectParts(given, check, session, [part], 'after operations that were aborted before they began');
      const quiet = new TestSignal();
      for (const { name, run } of await operations(given, check, session, quiet)) {
        if (name === 'complete') continue;
        await run();
        check.equal(quiet.listening, 0, `the number of listeners after ${name}`);
      }
    },
  },
  {
    id: 'blob.parts.abort-during',
    wants: 'a part that is aborted half way rejects with the reason when it is done with the body, and is not there',
    why: 'its buffer goes back to the pool when it settles, and a half part that is listed is taken for whole',
    applies: ({ parts, accepts }) => parts !== undefined && accepts.includes('stream'),
    run: async (given, check) => {
      const session = await begun(given, check, 'during');
      const signal = new TestSignal();
      const reason = { because: 'the test says so' };
      const body = new ScriptedBody(ONE, {
        pieceBytes: 10_000,
        before: (piece) => {
          if (piece === 2) signal.abort(reason);
        },
      });
      await check.rejectsWith(partsOf(given, check).putPart(session, 1, body, { signal }), reason, 'putPart');
      check.equal(body.closed, body.opened, `when it settled, of ${body.opened} opened readers, those closed`);
      check.equal(signal.listening, 0, 'the number of listeners');
      await expectParts(given, check, session, [], 'after a part that was aborted half way');
    },
  },
];
