/** What all adapters share. */
import { describe, expect, it } from 'vitest';
import {
  abortReason,
  assertBlobKey,
  assertBlobPrefix,
  assertRecordKey,
  assertRecordValue,
  bytesReader,
  exactBytes,
  MAX_PIECE_BYTES,
  MAX_RECORD_CHARACTERS,
  onAbort,
  openBlob,
  openBody,
  spareBuffers,
  throwIfAborted,
  withSize,
} from '../../src/adapter-kit/index.js';
import type { AbortSignalLike, BlobReader, PieceReader } from '../../src/ports/index.js';

/** As React Native has it: no reason, no `throwIfAborted`. */
class PlainSignal implements AbortSignalLike {
  aborted = false;
  readonly listeners = new Set<() => void>();
  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }
  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }
}

function readerOf(...sizes: number[]): PieceReader & { closed: number } {
  const left = [...sizes];
  return {
    closed: 0,
    async next() {
      const size = left.shift();
      return size === undefined ? undefined : new Uint8Array(size);
    },
    async close() {
      this.closed += 1;
    },
  };
}

async function sizesOf(reader: PieceReader): Promise<number[]> {
  const sizes: number[] = [];
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) sizes.push(piece.length);
  return sizes;
}

describe('aborts', () => {
  it('carry the reason, or ABORTED where the host has none', () => {
    const reason = new RangeError('enough');
    expect(abortReason(AbortSignal.abort(reason))).toBe(reason);
    const signal = new PlainSignal();
    expect(() => throwIfAborted(signal)).not.toThrow();
    expect(() => throwIfAborted(undefined)).not.toThrow();
    signal.aborted = true;
    expect(() => throwIfAborted(signal)).toThrow(expect.objectContaining({ code: 'ABORTED' }));
  });

  it('are told once, at once if they have happened, and leave no listener behind', () => {
    const controller = new AbortController();
    let told = 0;
    const listener = (): void => {
      told += 1;
    };
    const plain = new PlainSignal();
    onAbort(plain, listener)();
    expect(plain.listeners.size).toBe(0);
    onAbort(undefined, listener)();
    onAbort(controller.signal, listener);
    expect(told).toBe(0);
    controller.abort();
    expect(told).toBe(1);
    onAbort(controller.signal, listener)();
    expect(told).toBe(2);
  });
});

describe('readers', () => {
  it('over bytes give pieces of at most 524,288, each a view of them', async () => {
    const bytes = new Uint8Array(1_048_577);
    expect(await sizesOf(bytesReader(bytes))).toEqual([524_288, 524_288, 1]);
    expect((await bytesReader(bytes).next())?.buffer).toBe(bytes.buffer);
    const closed = bytesReader(bytes);
    await closed.close();
    expect(await closed.next()).toBeUndefined();
    expect(await sizesOf(bytesReader(new Uint8Array(0)))).toEqual([]);
  });

  it('over a body open it, and one with a size tells it', async () => {
    expect(await sizesOf(await openBody({ kind: 'bytes', sizeBytes: 3, bytes: new Uint8Array(3) }))).toEqual([3]);
    const stream = readerOf(1, 2);
    const reader = withSize(await openBody({ kind: 'stream', sizeBytes: 3, open: async () => stream }), 3);
    expect([reader.sizeBytes, await sizesOf(reader)]).toEqual([3, [1, 2]]);
    await reader.close();
    expect(stream.closed).toBe(1);
  });

  it('held to their word pass on what is right', async () => {
    expect(await sizesOf(exactBytes(readerOf(1, MAX_PIECE_BYTES, 2), MAX_PIECE_BYTES + 3))).toEqual([1, MAX_PIECE_BYTES, 2]);
    expect(await sizesOf(exactBytes(readerOf(), 0))).toEqual([]);
    const below = readerOf(1);
    await exactBytes(below, 1).close();
    expect(below.closed).toBe(1);
  });

  it.each([
    ['one byte short', [5, 4], 10],
    ['one byte long', [5, 6], 10],
    ['long only in a piece of its own', [10, 1], 10],
    ['empty', [], 1],
    ['with an empty piece', [5, 0, 5], 10],
    ['with a piece too large', [MAX_PIECE_BYTES + 1], MAX_PIECE_BYTES + 1],
  ])('held to their word reject when %s', async (_name, sizes, sizeBytes) => {
    await expect(sizesOf(exactBytes(readerOf(...sizes), sizeBytes))).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });
});

describe('the pool', () => {
  it('lends what was given back, and keeps no more than it should', () => {
    const pool = spareBuffers(1);
    const [one, two] = [pool.take(), pool.take()];
    expect([one.length, two.length, one === two]).toEqual([MAX_PIECE_BYTES, MAX_PIECE_BYTES, false]);
    pool.give(one);
    pool.give(two);
    expect(spareBuffers(1, 100).take().length).toBe(100);
    expect(pool.take() === one).toBe(true);
    expect(pool.take() === two).toBe(false);
  });
});

describe('keys and values', () => {
  it('that are legal pass', () => {
    for (const key of ['a', 'A/b.c', '..a/...', `${'x'.repeat(510)}/y`]) expect(() => assertBlobKey(key)).not.toThrow();
    for (const prefix of ['', '/', 'a/', '..']) expect(() => assertBlobPrefix(prefix)).not.toThrow();
    for (const key of ['a', '/', '..', 'x'.repeat(200)]) expect(() => assertRecordKey(key)).not.toThrow();
    for (const value of ['', '\0\x7f', 'x'.repeat(MAX_RECORD_CHARACTERS)]) expect(() => assertRecordValue('k', value)).not.toThrow();
  });

  it('that are not are a TypeError', () => {
    for (const key of ['', '.', '..', 'a/../b', 'a/./b', '/a', 'a/', 'a//b', 'a b', 'a\n', 'ä', '%41', `${'x'.repeat(511)}/y`]) {
      expect(() => assertBlobKey(key)).toThrow(TypeError);
    }
    for (const prefix of ['a b', '%', 'a\n']) expect(() => assertBlobPrefix(prefix)).toThrow(TypeError);
    for (const key of ['', 'A', 'a b', 'a\n', 'x'.repeat(201)]) expect(() => assertRecordKey(key)).toThrow(TypeError);
    for (const value of ['\x80', 'ä', 'x'.repeat(MAX_RECORD_CHARACTERS + 1)])
      expect(() => assertRecordValue('k', value)).toThrow(TypeError);
  });
});

describe('openBlob over a transport that does not stream', () => {
  it('closes a part that arrives after the reader was closed', async () => {
    const closed: number[] = [];
    let arrive = (): void => undefined;
    const openPart = async ({ start }: { readonly start: number } = { start: 0 }): Promise<BlobReader> => {
      if (start > 0) {
        await new Promise<void>((resolve) => {
          arrive = resolve;
        });
      }
      const pieces = readerOf(MAX_PIECE_BYTES);
      const close = async (): Promise<void> => void closed.push(start);
      return { sizeBytes: 2 * MAX_PIECE_BYTES, next: () => pieces.next(), close };
    };
    const transport = { accepts: ['bytes'], streamsReplies: false, send: () => Promise.reject(new TypeError('not used')) } as const;
    const range = { start: 0, end: 2 * MAX_PIECE_BYTES };
    const reader = await openBlob({ transport, openPart, head: async () => undefined }, range, {});
    await reader.next();
    const second = reader.next();
    await new Promise((resolve) => setImmediate(resolve));
    await reader.close();
    arrive();
    expect(await second).toBeUndefined();
    expect(closed).toContain(MAX_PIECE_BYTES);
  });
});
