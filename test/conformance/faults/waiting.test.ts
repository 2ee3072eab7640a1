/** Lost answers, slow and hanging operations, and those that land late. */
import { describe, expect, test } from 'vitest';
import { memoryBlobStore } from '../../../adapters/memory/index.js';
import { createFaultPlan, faultyBlobStore } from '../../../src/conformance/index.js';
import type { BlobBody, BlobStore } from '../../../src/ports/index.js';
import { lendingBody } from '../../fakes/lent-buffer.js';
import { bytesBody } from '../plants/good-blob-store.js';
import { turns } from '../plants/plant.js';
import { BYTES, blobStore, handSignal, keyValueStore, PLAIN, readBlob, rejection } from './support.js';

describe('answer-lost', () => {
  test('does it, and rejects all the same', async () => {
    const blobs = blobStore({ kind: 'answer-lost', operation: 'blob.put' });
    await expect(blobs.store.put('a', bytesBody(BYTES), PLAIN)).rejects.toMatchObject(rejection('NETWORK'));
    expect(await readBlob(blobs.inner, 'a')).toEqual(BYTES);
    const records = keyValueStore({ kind: 'answer-lost', operation: 'kv.set' });
    await expect(records.store.set('a', '1')).rejects.toMatchObject(rejection('STORAGE_UNAVAILABLE'));
    expect(await records.inner.get('a')).toBe('1');
  });

  test('closes a reader that nobody will see', async () => {
    let closed = 0;
    const inner = memoryBlobStore();
    await inner.put('a', bytesBody(BYTES), PLAIN);
    const spied: BlobStore = {
      ...inner,
      get: async (key) => {
        const reader = await inner.get(key);
        return {
          next: () => reader.next(),
          close: async () => {
            closed += 1;
          },
        };
      },
    };
    const store = faultyBlobStore(spied, createFaultPlan({ rules: [{ kind: 'answer-lost', operation: 'blob.get' }] }));
    await expect(store.get('a')).rejects.toMatchObject(rejection('NETWORK'));
    expect(closed).toBe(1);
  });
});

describe('slow and hangs', () => {
  test('slow waits by the clock before it begins', async () => {
    const { store, inner, clock } = blobStore({ kind: 'slow', operation: 'blob.put', delayMs: 700 });
    const put = store.put('a', bytesBody(BYTES), PLAIN);
    await turns(20);
    expect(clock.waits).toEqual([700]);
    expect(await inner.head('a')).toBeUndefined();
    await clock.pass();
    await put;
    expect(await readBlob(inner, 'a')).toEqual(BYTES);
  });

  test.each(['slow', 'hangs'] as const)('%s ends with the abort of its signal, and leaves neither listener nor timer', async (kind) => {
    const { store, inner, clock } = blobStore({ kind, operation: 'blob.put' });
    const { signal, listeners, abort } = handSignal();
    const put = store.put('a', bytesBody(BYTES), { ...PLAIN, signal });
    await turns(20);
    abort('enough');
    await expect(put).rejects.toBe('enough');
    expect(clock.waits).toEqual([]);
    expect(listeners.size).toBe(0);
    expect(await inner.head('a')).toBeUndefined();
  });

  test('a signal that is aborted already ends the wait at once', async () => {
    const { store } = blobStore({ kind: 'hangs' });
    const { signal, abort } = handSignal();
    abort(undefined);
    await expect(store.head('a', signal)).rejects.toMatchObject(rejection('ABORTED'));
  });

  test('slow lets go of its signal once it goes on', async () => {
    const { store, clock } = blobStore({ kind: 'slow', operation: 'blob.head' });
    const { signal, listeners } = handSignal();
    const head = store.head('a', signal);
    await turns(20);
    await clock.pass();
    expect(await head).toBeUndefined();
    expect(listeners.size).toBe(0);
  });
});

function streamBody(bytes: Uint8Array): BlobBody {
  return {
    kind: 'stream',
    sizeBytes: bytes.length,
    open: async () => {
      const pieces = [bytes.subarray(0, 60), bytes.subarray(60)];
      return { next: async () => pieces.shift(), close: async () => undefined };
    },
  };
}

describe('late', () => {
  test.each<[string, Uint8Array, (bytes: Uint8Array) => BlobBody]>([
    ['bytes', new Uint8Array(100), bytesBody],
    ['bytes in a Node Buffer', Buffer.alloc(100), bytesBody],
    ['a stream', new Uint8Array(100), streamBody],
    ['a stream that lends one Node Buffer', new Uint8Array(100), (bytes) => lendingBody(bytes, 30)],
  ])('%s: rejects with TIMEOUT, and lands later with the bytes of then', async (_kind, lent, bodyOf) => {
    const { store, inner, clock, plan } = blobStore({ kind: 'late', operation: 'blob.put', delayMs: 20_000 });
    lent.set(BYTES);
    await expect(store.put('a', bodyOf(lent), PLAIN)).rejects.toMatchObject(rejection('TIMEOUT'));
    lent.fill(0);
    expect(clock.waits).toEqual([20_000]);
    expect(await inner.head('a')).toBeUndefined();
    await clock.pass();
    expect(await readBlob(inner, 'a')).toEqual(BYTES);
    expect(plan.landings).toEqual([{ operation: { index: 1, name: 'blob.put', target: 'a' } }]);
  });

  test('a landing that fails is told', async () => {
    const { store, inner, clock, plan } = blobStore({ kind: 'late', operation: 'blob.put' });
    await expect(store.put('a', bytesBody(BYTES), { ...PLAIN, ifAbsent: true })).rejects.toMatchObject(rejection('TIMEOUT'));
    await inner.put('a', bytesBody(BYTES), PLAIN);
    await clock.pass();
    expect(plan.landings).toMatchObject([{ error: { code: 'BLOB_EXISTS' } }]);
  });

  test('records and removals land late too, though their signal has aborted', async () => {
    const records = keyValueStore({ kind: 'late', operation: 'kv.set' });
    await expect(records.store.set('a', '1')).rejects.toMatchObject(rejection('TIMEOUT'));
    await records.clock.pass();
    expect(await records.inner.get('a')).toBe('1');
    const blobs = blobStore({ kind: 'late', operation: 'blob.remove' });
    await blobs.inner.put('a', bytesBody(BYTES), PLAIN);
    const { signal, abort } = handSignal();
    await expect(blobs.store.remove(['a'], signal)).rejects.toMatchObject(rejection('TIMEOUT'));
    abort('over');
    await blobs.clock.pass();
    expect(await blobs.inner.head('a')).toBeUndefined();
  });
});
