/** Clauses on abort. */
import type { AbortSignalLike } from '../../ports/index.js';
import { TestSignal } from '../kit/abort.js';
import { LENDING, patternBytes, someTurns } from '../kit/bytes.js';
import { settled } from '../kit/check.js';
import {
  type BlobStoreClause,
  type BlobStoreFixture,
  bytesBody,
  expectBlob,
  expectNothing,
  OLD_BYTES,
  PLAIN,
  putBytes,
  ScriptedBody,
  takes,
} from './given.js';

const CONTENT_BYTES = 200_000;

interface Aborted {
  readonly signal: TestSignal;
  readonly reason: object;
}

function waitingSignal(): Aborted {
  return { signal: new TestSignal(), reason: { because: 'the test says so' } };
}

function abortedSignal(): Aborted {
  const aborted = waitingSignal();
  aborted.signal.abort(aborted.reason);
  return aborted;
}

/** Every operation that takes a signal, begun with this one. */
function operations({ blobStore }: BlobStoreFixture, signal: AbortSignalLike): readonly { name: string; run: () => Promise<unknown> }[] {
  const readers = [
    { name: 'get', run: () => blobStore.get('present', { signal }) },
    { name: 'head', run: () => blobStore.head('present', signal) },
    { name: 'remove', run: () => blobStore.remove(['present'], signal) },
  ];
  const list = blobStore.list?.bind(blobStore);
  return list === undefined ? readers : [...readers, { name: 'list', run: () => list('', undefined, signal) }];
}

/** A stream that aborts the signal before its third piece. */
function abortingBody(signal: TestSignal, reason: unknown): ScriptedBody {
  return new ScriptedBody(patternBytes(CONTENT_BYTES), {
    pieceBytes: 40_000,
    before: (piece) => {
      if (piece === 2) signal.abort(reason);
    },
  });
}

export const ABORTING_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.abort.put-before',
    wants: "a put whose signal is aborted already rejects with the signal's reason and stores nothing",
    why: 'a canceled upload must not begin another segment',
    run: async (given, check) => {
      const { signal, reason } = abortedSignal();
      await check.rejectsWith(putBytes(given, check, 'aborted', patternBytes(100), { ...PLAIN, signal }), reason, 'put');
      await expectNothing(given, check, 'aborted', 'after an aborted put');
    },
  },
  {
    id: 'blob.abort.put-during',
    wants: "a put that is aborted half way rejects with the signal's reason, and leaves what was there before",
    why: 'pause and cancel end what is in flight; a half segment under a final name is taken for whole',
    applies: takes('stream'),
    run: async (given, check) => {
      for (const old of [undefined, OLD_BYTES]) {
        if (old !== undefined) await putBytes(given, check, 'aborted', old);
        const signal = new TestSignal();
        const reason = { because: 'the test says so' };
        await check.rejectsWith(given.blobStore.put('aborted', abortingBody(signal, reason), { ...PLAIN, signal }), reason, 'put');
        if (old === undefined) await expectNothing(given, check, 'aborted', 'after an aborted put');
        else await expectBlob(given, check, 'aborted', old);
      }
    },
  },
  {
    id: 'blob.abort.put-settled',
    wants: 'an aborted put settles only when it is done with the body: its reader is closed, and nothing is asked of it afterwards',
    why: 'the buffer goes back to the pool when the put settles; bytes sent after that are those of another segment',
    applies: takes('stream'),
    run: async (given, check) => {
      const signal = new TestSignal();
      const body = abortingBody(signal, { because: 'the test says so' });
      await settled(given.blobStore.put('aborted', body, { ...PLAIN, signal }));
      const { nexts } = body;
      check.equal(body.closed, body.opened, `when the put settled, of ${body.opened} opened readers, those closed`);
      await someTurns();
      await given.blobStore.head('aborted');
      check.equal(body.nexts, nexts, 'the number of pieces asked for, some time after the put had settled');
    },
  },
  {
    id: 'blob.abort.put-bytes',
    wants: 'a put of bytes that is aborted while it runs rejects with the reason and stores nothing, or resolves and stores all',
    why: 'the buffer is filled again as soon as it settles; a late send would store another segment under this name',
    applies: takes('bytes'),
    run: async (given, check) => {
      for (const { name, lend } of LENDING) {
        const { signal, reason } = waitingSignal();
        const lent = lend(patternBytes(CONTENT_BYTES));
        const put = settled(given.blobStore.put(name, bytesBody(lent), { ...PLAIN, signal }));
        signal.abort(reason);
        const outcome = await put;
        lent.fill(0);
        await someTurns();
        if (!outcome.ok)
          check.that(outcome.thrown === reason, `the put rejects with ${String(outcome.thrown)}, expected the reason itself`);
        const late = await given.blobStore.head(name);
        // A request that the store has already taken in whole cannot be called back; but then it is whole.
        if (outcome.ok || late !== undefined) await expectBlob(given, check, name, patternBytes(CONTENT_BYTES));
      }
    },
  },
  {
    id: 'blob.abort.get-during',
    wants: "a reader whose signal is aborted rejects at the next call with the signal's reason",
    why: 'a swipe must end the download of a video that is no longer watched; with undefined the cut blob would look complete',
    run: async (given, check) => {
      await putBytes(given, check, 'present', patternBytes(CONTENT_BYTES));
      const signal = new TestSignal();
      const reason = { because: 'the test says so' };
      const reader = await given.blobStore.get('present', { signal });
      signal.abort(reason);
      await check.rejectsWith(reader.next(), reason, 'next after the abort');
      await reader.close();
    },
  },
  {
    id: 'blob.abort.others',
    wants: 'get, head, list and remove reject with the reason of a signal that is aborted already, and do nothing',
    why: 'whatever runs for an engine that was stopped would run into the next one',
    run: async (given, check) => {
      await putBytes(given, check, 'present', patternBytes(100));
      const { signal, reason } = abortedSignal();
      for (const { name, run } of operations(given, signal)) await check.rejectsWith(run(), reason, name);
      await expectBlob(given, check, 'present', patternBytes(100));
    },
  },
  {
    id: 'blob.abort.no-reason',
    wants: 'on hosts whose signals have no reason, an abort rejects with ABORTED',
    why: 'React Native up to 0.86 has no reasons; a rejection with undefined has no code, and is reported as a fault of the app',
    run: async (given, check) => {
      await putBytes(given, check, 'present', patternBytes(100));
      const signal = new TestSignal();
      signal.abort();
      await check.rejects(putBytes(given, check, 'aborted', patternBytes(100), { ...PLAIN, signal }), ['ABORTED'], 'put');
      for (const { name, run } of operations(given, signal)) await check.rejects(run(), ['ABORTED'], name);
    },
  },
  {
    id: 'blob.abort.listeners',
    wants: 'what has settled, or was closed, no longer listens to its signal',
    why: 'one signal is used for an upload of 20,000 segments: one listener per segment is a leak',
    run: async (given, check) => {
      const signal = new TestSignal();
      await putBytes(given, check, 'present', patternBytes(100), { ...PLAIN, signal });
      check.equal(signal.listening, 0, 'the number of listeners after a put');
      const reader = await given.blobStore.get('present', { signal });
      while ((await reader.next()) !== undefined);
      await reader.close();
      check.equal(signal.listening, 0, 'the number of listeners after a get was read and closed');
      for (const { name, run } of operations(given, signal)) {
        if (name === 'get') continue;
        await run();
        check.equal(signal.listening, 0, `the number of listeners after ${name}`);
      }
      await settled(given.blobStore.get('missing', { signal }));
      check.equal(signal.listening, 0, 'the number of listeners after a get that was rejected');
    },
  },
];
