/** What outlives the process: its size, and what happens when it is torn, damaged, newer, or cannot be read. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSerialWriter } from '../../../src/internal/serial-writer.js';
import type { KeyValueStore } from '../../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../../src/testing/index.js';
import { rawPackaging } from '../../../src/upload/index.js';
import { leasedStore, openJournal, type UploadRecord } from '../../../src/upload/journal/index.js';
import { decodeRecord, encodeRecord } from '../../../src/upload/journal/record-envelope.js';
import { decodeItem, encodeItem } from '../../../src/upload/journal/upload-record.js';
import { codeOf, engineOn, isWhole, SEGMENT_SIZE, scripted, scriptedRecords, startOn } from '../support.js';

const RECORD: UploadRecord = {
  id: 'abc',
  videoId: 'a',
  metadata: { title: 'Sünset' },
  priority: 'normal',
  createdMs: 1,
  byHand: false,
  status: 'pending',
  source: { path: { path: '/a.mp4' }, sizeBytes: 5, modifiedMs: 1.5, samples: '00000000' },
  plan: { layout: 'raw', version: 'raw-1-524288', algorithm: 'crc32c', count: 1, totalBytes: 5 },
  retryCount: 0,
};

describe('records', () => {
  it('come back as they were, in ASCII', () => {
    const text = encodeRecord(7, encodeItem(RECORD));
    expect(/^[\0-\x7f]*$/.test(text)).toBe(true);
    const decoded = decodeRecord(text);
    expect(decoded).toMatchObject({ kind: 'record', sequence: 7 });
    expect(decodeItem((decoded as { readonly body: string }).body)).toEqual(RECORD);
  });

  it('are never taken for good after any change of one character, and never throw', () => {
    const text = encodeRecord(7, encodeItem(RECORD));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        fc.pre(changed !== text);
        expect(decodeRecord(changed).kind).not.toBe('record');
      }),
      { seed: 7, numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        const item = decodeItem(json);
        expect(item === undefined || typeof item.id === 'string').toBe(true);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });

  it('are written one at a time, the newest state last, sharing writes', async () => {
    const ports = createTestPorts();
    let state = 0;
    let writing = 0;
    const written: number[] = [];
    const writer = createSerialWriter(async () => {
      writing += 1;
      expect(writing).toBe(1);
      const now = state;
      await new Promise<void>((resolve) => void ports.clock.after(10, resolve));
      written.push(now);
      writing -= 1;
      if (now === 3) throw new Error('full');
    });
    const requests: Promise<void>[] = [];
    for (state = 1; state <= 3; state += 1) requests.push(writer.request());
    state = 3;
    const outcomes = await ports.clock.runUntil(Promise.allSettled(requests));
    expect(written).toEqual([1, 3]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    state = 4;
    await ports.clock.runUntil(Promise.all([writer.request(), writer.settled()]));
    expect(written).toEqual([1, 3, 4]);
  });
});

/** Acknowledges this many segments one by one; characters written, and keys left. */
async function measure(
  count: number,
  algorithm: 'crc32c' | 'sha256',
  eachBytes: number,
): Promise<{ readonly part: number; readonly keys: number }> {
  const ports = createTestPorts();
  let written = 0;
  const store = leasedStore(ports.keyValueStore, {
    assertLockHeld: () => undefined,
    onWrite: (characters) => {
      written += characters;
    },
  });
  const journal = await openJournal(store, 'anna', ports.clock);
  const totalBytes = count * eachBytes;
  const upload = journal.create({ ...RECORD, plan: { ...RECORD.plan, algorithm, count, totalBytes } });
  await upload.update((record) => record);
  for (let index = 0; index < count; index += 1) {
    await upload.acknowledge(index, index.toString(16).padStart(algorithm === 'crc32c' ? 8 : 64, '0'), true);
  }
  const keys = (await ports.keyValueStore.keys('')).filter((key) => key.includes('/page/'));
  for (const key of keys) expect((await ports.keyValueStore.get(key))?.length).toBeGreaterThan(1_024);
  const again = await openJournal(store, 'anna', ports.clock);
  expect(again.uploads[0]?.acks.acknowledgedCount).toBe(count);
  expect(again.uploads[0]?.acks.hashAt(count - 1)).toBe(upload.acks.hashAt(count - 1));
  return { part: written / totalBytes, keys: keys.length };
}

describe('the journal', () => {
  it.each([
    ['114 MB', 219, 'crc32c', 5],
    ['114 MB', 219, 'sha256', 10],
    ['10 GB', 20_480, 'crc32c', 90],
    ['10 GB', 20_480, 'sha256', 400],
  ] as const)('costs less than one percent of a video of %s in %i segments with %s', async (_size, count, algorithm, most) => {
    const { part, keys } = await measure(count, algorithm, SEGMENT_SIZE);
    expect(part).toBeLessThan(0.01);
    expect(keys).toBeLessThanOrEqual(most);
  });

  it('writes the acknowledgements that come during a write together in the next one, and none counts before', async () => {
    const ports = createTestPorts();
    const open: (() => void)[] = [];
    const slow: KeyValueStore = {
      ...ports.keyValueStore,
      set: async (key, value) => {
        if (key.includes('/page/')) await new Promise<void>((resolve) => open.push(resolve));
        await ports.keyValueStore.set(key, value);
      },
    };
    const journal = await openJournal(slow, 'anna', ports.clock);
    const upload = journal.create({ ...RECORD, plan: { ...RECORD.plan, count: 8, totalBytes: 8 * 16_384 } });
    const acknowledged: number[] = [];
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map(async (index) => {
      await upload.acknowledge(index, '0000000a', true);
      acknowledged.push(index);
    });
    await ports.clock.settle();
    expect(open).toHaveLength(1);
    expect(upload.acks.acknowledgedCount).toBe(0);
    open[0]?.();
    await ports.clock.settle();
    expect(acknowledged).toEqual([0]);
    expect(open).toHaveLength(2);
    open[1]?.();
    await Promise.all(all);
    expect(open).toHaveLength(2);
    expect(upload.acks.acknowledgedCount).toBe(8);
  });

  it('costs a page of about a kilobyte for each acknowledgement that comes alone, however small its object', async () => {
    const { part } = await measure(160, 'crc32c', 131_072);
    expect(part).toBeLessThan(0.012);
    const small = await measure(160, 'crc32c', 16_384);
    expect(small.part).toBeLessThan(0.09);
  });

  it('is counted by the engine in the same way', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', 16 * SEGMENT_SIZE);
    const engine = await startOn(ports);
    await ports.clock.runUntil((await engine.add('/a.mp4')).completed());
    const { journalBytes, peakBufferBytes } = engine.report();
    expect(journalBytes / (16 * SEGMENT_SIZE)).toBeLessThan(0.01);
    expect(peakBufferBytes).toBe(3 * SEGMENT_SIZE);
  });
});

const packaging = rawPackaging({ segmentBytes: 1_000 });

/** A paused upload of 30 segments, 10 of them acknowledged, and another one. */
async function half(): Promise<{ readonly ports: TestPorts; readonly id: string; readonly other: string }> {
  const ports = createTestPorts();
  await ports.addFile('/a.mp4', 30_000);
  await ports.addFile('/b.mp4', 3_000);
  const engine = await startOn(ports, { packaging });
  const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
  const other = await engine.add('/b.mp4', {}, { videoId: 'b', start: false });
  let count = 0;
  const paused = new Promise<void>((resolve) => {
    upload.on('segment', () => {
      count += 1;
      if (count === 10) resolve(upload.pause());
    });
  });
  await ports.clock.runUntil(paused);
  return { ports: ports.restart(), id: upload.id, other: other.id };
}

async function corrupt(ports: TestPorts, match: RegExp, change: (text: string) => string): Promise<void> {
  for (const key of await ports.keyValueStore.keys('')) {
    if (match.test(key)) await ports.keyValueStore.set(key, change((await ports.keyValueStore.get(key)) ?? ''));
  }
}

describe('a journal that is damaged', () => {
  it('in one place of a record uses the other', async () => {
    for (const slot of ['a', 'b']) {
      const { ports, id } = await half();
      await corrupt(ports, new RegExp(`item/${id}/${slot}`), (text) => text.slice(0, 60));
      const engine = await startOn(ports, { packaging });
      // The damaged place may be the one that held the pause.
      if (engine.get(id).state().status === 'paused') await engine.get(id).resume();
      await ports.clock.runUntil(engine.get(id).completed());
      expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
    }
  });

  it('in both sets the record aside, says so, and goes on with the others', async () => {
    const { ports, id, other } = await half();
    await corrupt(ports, new RegExp(`item/${id}/`), (text) => `${text.slice(0, -9)}!`);
    const engine = engineOn(ports, { packaging });
    const warnings: unknown[] = [];
    engine.on('warning', ({ error }) => warnings.push([error.code, error.context.uploadId]));
    await engine.start();
    expect(warnings).toEqual([['QUEUE_RECORD_CORRUPT', id]]);
    expect(engine.list().map((item) => item.id)).toEqual([other]);
    const keys = await ports.keyValueStore.keys('');
    expect(keys.filter((key) => key.includes(`set-aside/${id}/`))).toHaveLength(2);
    expect(keys.filter((key) => key.includes(`item/${id}/`))).toEqual([]);
    await engine.stop();
    const again = engineOn(ports.restart(), { packaging });
    again.on('warning', ({ error }) => warnings.push(error.code));
    await again.start();
    expect(warnings).toHaveLength(1);
  });

  it('by a newer release is left as it is', async () => {
    const { ports, id, other } = await half();
    await corrupt(ports, new RegExp(`item/${id}/b`), (text) => text.replace('reelway/1', 'reelway/9'));
    const before = new Map<string, string | undefined>();
    for (const key of await ports.keyValueStore.keys('')) before.set(key, await ports.keyValueStore.get(key));
    const engine = engineOn(ports, { packaging });
    const codes: string[] = [];
    engine.on('warning', ({ error }) => codes.push(error.code));
    await engine.start();
    expect(codes).toEqual(['QUEUE_RECORD_UNSUPPORTED']);
    expect(engine.list().map((item) => item.id)).toEqual([other]);
    for (const [key, value] of before) if (key.includes(id)) expect(await ports.keyValueStore.get(key)).toBe(value);
  });

  it('on a page of acknowledgements sends nothing again that the store has', async () => {
    const { ports, id } = await half();
    await corrupt(ports, /\/page\//, (text) => `${text.slice(0, 80)}#${text.slice(81)}`);
    const store = scripted(ports.blobStore, () => undefined);
    const engine = await startOn(ports, { packaging, blobStore: store });
    expect(engine.get(id).item().acknowledgedBytes).toBe(0);
    await engine.get(id).resume();
    await ports.clock.runUntil(engine.get(id).completed());
    const puts = store.asked.filter(({ method, key }) => method === 'put' && key.startsWith(`a/${id}`));
    expect(puts.length).toBeLessThanOrEqual(20);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });
});

describe('a journal that cannot be read', () => {
  it('is STORAGE_UNAVAILABLE at start, and never reset', async () => {
    const { ports, id } = await half();
    const before = await ports.keyValueStore.keys('');
    const broken = { ...ports.keyValueStore, get: () => Promise.reject(new Error('locked')) };
    const engine = engineOn(ports, { packaging, keyValueStore: broken });
    expect(await codeOf(engine.start())).toBe('STORAGE_UNAVAILABLE');
    expect(await ports.keyValueStore.keys('')).toEqual(before);
    const healed = engineOn(ports, { packaging });
    await healed.start();
    expect(healed.get(id).state().status).toBe('paused');
  });

  it('or written is told at start too, and a full one is still shown', async () => {
    const { ports, id } = await half();
    const locked = scriptedRecords(ports.keyValueStore, () => 'STORAGE_UNAVAILABLE');
    expect(await codeOf(engineOn(ports, { packaging, keyValueStore: locked }).start())).toBe('STORAGE_UNAVAILABLE');
    const full = scriptedRecords(ports.keyValueStore, () => 'STORAGE_FULL');
    const engine = engineOn(ports, { packaging, keyValueStore: full });
    await engine.start();
    expect(engine.get(id).state().status).toBe('paused');
  });

  it('for a while makes uploads wait, not fail', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', 30_000);
    let locked = false;
    const keyValueStore = scriptedRecords(ports.keyValueStore, () => (locked ? 'STORAGE_UNAVAILABLE' : undefined));
    const engine = await startOn(ports, { packaging, keyValueStore });
    const upload = await engine.add('/a.mp4', {}, { videoId: 'a' });
    const off = upload.on('segment', () => {
      locked = true;
    });
    await ports.clock.advance(3_600_000);
    off();
    expect(upload.state()).toMatchObject({ status: 'waiting' });
    locked = false;
    await ports.clock.runUntil(upload.completed());
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });
});

describe('what must not be remembered', () => {
  it('is in no record: words of a store that hold an address with a secret', async () => {
    const ports = createTestPorts();
    await ports.addFile('/a.mp4', 3_000);
    const { ReelwayError } = await import('../../../src/errors/index.js');
    const store = scripted(ports.blobStore, ({ method }) =>
      method === 'put'
        ? new ReelwayError('FORBIDDEN', { message: 'PUT https://b/?X-Amz-Signature=canary', context: { status: 403 } })
        : undefined,
    );
    const engine = await startOn(ports, { packaging, blobStore: store });
    const upload = await engine.add('/a.mp4');
    await ports.clock.runUntil(codeOf(upload.completed()));
    const next = ports.restart();
    const values = await Promise.all((await next.keyValueStore.keys('')).map((key) => next.keyValueStore.get(key)));
    expect(values.join()).not.toContain('canary');
    const again = await startOn(next);
    expect(again.get(upload.id).state()).toMatchObject({ status: 'failed', error: { code: 'FORBIDDEN', context: { status: 403 } } });
  });
});
