/** The wrappers do to each port what their plan says, and nothing where it says nothing. */
import { describe, expect, test } from 'vitest';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } from '../../adapters/memory/index.js';
import {
  blobStoreSuite,
  createFaultPlan,
  type FaultPlanOptions,
  type FaultRule,
  faultyBlobStore,
  faultyFileSystem,
  faultyKeyValueStore,
  fileSystemSuite,
  keyValueStoreSuite,
  type PortOperation,
  runSuite,
} from '../../src/conformance/index.js';
import type { BlobBody, BlobStore, Clock } from '../../src/ports/index.js';
import { fileSystemClaims, goodFileSystem } from './plants/file-system.js';
import { blobStoreClaims, bytesBody, gathered, goodBlobStore } from './plants/good-blob-store.js';
import { goodKeyValueStore, keyValueStoreClaims } from './plants/key-value-store.js';
import { turns } from './plants/plant.js';

const PLAIN = { contentType: 'application/octet-stream' };
const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);

/** A clock that is moved by hand. */
function handClock(): Pick<Clock, 'after'> & { pass(): Promise<void>; readonly waits: number[] } {
  let due: { delayMs: number; run: () => void }[] = [];
  return {
    get waits() {
      return due.map(({ delayMs }) => delayMs);
    },
    after(delayMs, run) {
      const wait = { delayMs, run };
      due.push(wait);
      return () => {
        due = due.filter((other) => other !== wait);
      };
    },
    async pass() {
      for (const { run } of due.splice(0)) run();
      await turns(50);
    },
  };
}

/** A signal that is pulled by hand. */
function handSignal() {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_type: 'abort', listener: () => void) => listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: () => void) => listeners.delete(listener),
  };
  return {
    signal,
    listeners,
    abort: (reason: unknown) => {
      signal.aborted = true;
      signal.reason = reason;
      for (const listener of [...listeners]) listener();
    },
  };
}

function keyValueStore(...rules: FaultRule[]) {
  const inner = memoryKeyValueStore();
  const clock = handClock();
  const plan = createFaultPlan({ rules, clock, keepLog: true });
  return { inner, clock, plan, store: faultyKeyValueStore(inner, plan) };
}

function blobStore(...rules: FaultRule[]) {
  const inner = memoryBlobStore();
  const clock = handClock();
  const plan = createFaultPlan({ rules, clock, keepLog: true });
  return { inner, clock, plan, store: faultyBlobStore(inner, plan) };
}

async function fileSystem(...rules: FaultRule[]) {
  const inner = memoryFileSystem();
  await inner.makeDirectory('/d');
  const seed = await inner.create('/d/file');
  await seed.write(BYTES);
  await seed.close();
  const plan = createFaultPlan({ rules, keepLog: true });
  return { inner, plan, store: faultyFileSystem(inner, plan) };
}

async function readBlob(store: BlobStore, key: string): Promise<Uint8Array> {
  return gathered(await store.get(key));
}

const rejection = (code: string): object => ({ name: 'ReelwayError', code });

describe('with an empty plan', () => {
  test('a file system passes its suite', async () => {
    const create = async () => {
      const given = await goodFileSystem();
      return { ...given, fileSystem: faultyFileSystem(given.fileSystem, createFaultPlan()) };
    };
    const results = await runSuite((suiteTest) => fileSystemSuite({ name: 'wrapped', test: suiteTest, create, claims: fileSystemClaims }));
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });

  test('a key-value store passes its suite', async () => {
    const create = async () => {
      const given = await goodKeyValueStore();
      return { ...given, keyValueStore: faultyKeyValueStore(given.keyValueStore, createFaultPlan()) };
    };
    const results = await runSuite((suiteTest) =>
      keyValueStoreSuite({ name: 'wrapped', test: suiteTest, create, claims: keyValueStoreClaims }),
    );
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });

  test('a blob store passes its suite', async () => {
    const create = async () => {
      const given = await goodBlobStore();
      return { ...given, blobStore: faultyBlobStore(given.blobStore, createFaultPlan()) };
    };
    const results = await runSuite((suiteTest) => blobStoreSuite({ name: 'wrapped', test: suiteTest, create, claims: blobStoreClaims }));
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  test('optional methods are there exactly where the wrapped port has them', async () => {
    const plan = createFaultPlan();
    for (const inner of [memoryFileSystem(), (await goodFileSystem()).fileSystem]) {
      expect(Object.keys(faultyFileSystem(inner, plan)).sort()).toEqual(Object.keys(inner).sort());
    }
    const { list: _list, ...bare } = memoryBlobStore();
    for (const inner of [bare, memoryBlobStore(), (await goodBlobStore()).blobStore]) {
      expect(Object.keys(faultyBlobStore(inner, plan)).sort()).toEqual(Object.keys(inner).sort());
    }
  });
});

describe('fails', () => {
  test('rejects with the usual code of the port, and does nothing', async () => {
    const files = await fileSystem({ kind: 'fails', operation: 'fs.remove' });
    await expect(files.store.remove('/d/file')).rejects.toMatchObject(rejection('FILE_UNREADABLE'));
    expect(await files.inner.stat('/d/file')).toBeDefined();
    const records = keyValueStore({ kind: 'fails', operation: 'kv.set' });
    await expect(records.store.set('a', '1')).rejects.toMatchObject(rejection('STORAGE_UNAVAILABLE'));
    expect(await records.inner.get('a')).toBeUndefined();
    const blobs = blobStore({ kind: 'fails', operation: 'blob.put' });
    await expect(blobs.store.put('a', bytesBody(BYTES), PLAIN)).rejects.toMatchObject(rejection('NETWORK'));
    expect(await blobs.inner.head('a')).toBeUndefined();
  });

  test.each([
    ['THROTTLED', 429],
    ['UNAVAILABLE', 503],
    ['AUTH_REQUIRED', 401],
    ['FORBIDDEN', 403],
  ] as const)('with the code %s it carries the status %i and the wait that the store asks for', async (code, status) => {
    const { store } = blobStore({ kind: 'fails', code, retryAfterMs: 5_000 });
    await expect(store.head('folder/a')).rejects.toMatchObject({ code, context: { key: 'folder/a', status, retryAfterMs: 5_000 } });
  });

  test('a disk that is full at the n-th write', async () => {
    const { store, inner } = await fileSystem({ kind: 'fails', operation: 'fs.write', nth: 3, code: 'STORAGE_FULL' });
    const handle = await store.create('/d/new');
    await handle.write(BYTES);
    await handle.write(BYTES);
    await expect(handle.write(BYTES)).rejects.toMatchObject({ code: 'STORAGE_FULL', context: { path: '/d/new' } });
    await handle.close();
    expect(await inner.stat('/d/new')).toMatchObject({ sizeBytes: 200 });
  });

  test.each([
    ['fs.stat', (s) => s.stat('/d/file')],
    ['fs.open', (s) => s.open('/d/file')],
    ['fs.create', (s) => s.create('/d/other')],
    ['fs.rename', (s) => s.rename('/d/file', '/d/other')],
    ['fs.remove', (s) => s.remove('/d/file')],
    ['fs.list', (s) => s.list('/d')],
    ['fs.makeDirectory', (s) => s.makeDirectory('/d/e')],
    ['fs.freeBytes', async (s) => s.freeBytes?.('/d')],
    ['fs.sliceToFile', async (s) => s.sliceToFile?.('/d/file', { start: 0, end: 1 }, '/d/other')],
    ['fs.hashFile', async (s) => s.hashFile?.('/d/file', 'md5')],
    ['fs.importFile', async (s) => s.importFile?.('/d/file', '/d/other')],
    ['fs.readInto', async (s) => (await s.open('/documents/file')).readInto(new Uint8Array(1), 0)],
    ['fs.closeRead', async (s) => (await s.open('/documents/file')).close()],
    ['fs.write', async (s) => (await s.create('/documents/x')).write(BYTES)],
    ['fs.closeWrite', async (s) => (await s.create('/documents/x')).close()],
  ] as const satisfies [FaultRule['operation'], (s: ReturnType<typeof faultyFileSystem>) => Promise<unknown>][])(
    'strikes %s',
    async (operation, call) => {
      const { fileSystem: inner } = await goodFileSystem();
      await (await inner.create('/documents/file')).close();
      const plan = createFaultPlan({ rules: [{ kind: 'fails', operation }] });
      await expect(call(faultyFileSystem(inner, plan))).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining(operation),
      });
      expect(plan.struck()).toEqual({ fails: 1 });
    },
  );

  test.each([
    ['blob.put', (s) => s.put('a', bytesBody(BYTES), PLAIN)],
    ['blob.get', (s) => s.get('present')],
    ['blob.head', (s) => s.head('present')],
    ['blob.remove', (s) => s.remove(['present'])],
    ['blob.list', async (s) => s.list?.('')],
    ['blob.getToFile', async (s) => s.getToFile?.('present', '/files/x')],
    ['blob.urlFor', async (s) => s.urlFor?.('present', 1_000)],
    ['blob.pending', async (s) => s.pending?.()],
    ['blob.next', async (s) => (await s.get('present')).next()],
    ['blob.close', async (s) => (await s.get('present')).close()],
  ] as const satisfies [FaultRule['operation'], (s: BlobStore) => Promise<unknown>][])('strikes %s', async (operation, call) => {
    const { blobStore: inner } = await goodBlobStore();
    await inner.put('present', bytesBody(BYTES), PLAIN);
    const plan = createFaultPlan({ rules: [{ kind: 'fails', operation }] });
    await expect(call(faultyBlobStore(inner, plan))).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining(operation),
    });
    expect(plan.struck()).toEqual({ fails: 1 });
  });
});

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
        return { next: () => reader.next(), close: async () => void (closed += 1) };
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

describe('late', () => {
  test.each<[string, (bytes: Uint8Array) => BlobBody]>([
    ['bytes', (bytes) => bytesBody(bytes)],
    [
      'a stream',
      (bytes) => ({
        kind: 'stream',
        sizeBytes: bytes.length,
        open: async () => {
          const pieces = [bytes.subarray(0, 60), bytes.subarray(60)];
          return { next: async () => pieces.shift(), close: async () => undefined };
        },
      }),
    ],
  ])('%s: rejects with TIMEOUT, and lands later with the bytes of then', async (_kind, bodyOf) => {
    const { store, inner, clock, plan } = blobStore({ kind: 'late', operation: 'blob.put', delayMs: 20_000 });
    const lent = BYTES.slice();
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

describe('reads', () => {
  test.each([
    [undefined, 50],
    [30, 30],
    [0, 1],
    [1_000, 100],
  ])('a short read that keeps %s gives %i bytes', async (keep, count) => {
    const { store } = await fileSystem({ kind: 'short-read', ...(keep === undefined ? {} : { keep }) });
    const handle = await store.open('/d/file');
    const buffer = new Uint8Array(100);
    expect(await handle.readInto(buffer, 0)).toBe(count);
    expect(buffer.subarray(0, count)).toEqual(BYTES.subarray(0, count));
    await handle.close();
  });

  test('a flipped read differs by one bit, and only inside the count', async () => {
    const { store } = await fileSystem({ kind: 'flipped', operation: 'fs.readInto' });
    const handle = await store.open('/d/file');
    const buffer = new Uint8Array(200).fill(9);
    expect(await handle.readInto(buffer, 0)).toBe(100);
    expect(bitsApart(buffer.subarray(0, 100), BYTES)).toBe(1);
    expect(buffer.subarray(100)).toEqual(new Uint8Array(100).fill(9));
    await handle.close();
  });

  test('a flipped record differs by one bit, and stays ASCII; a missing and an empty one stay as they are', async () => {
    const { store, inner } = keyValueStore({ kind: 'flipped', operation: 'kv.get' });
    await inner.set('a', 'value');
    await inner.set('empty', '');
    expect(await store.get('a')).toBe('vamue');
    expect(await store.get('empty')).toBe('');
    expect(await store.get('missing')).toBeUndefined();
  });

  test('a flipped piece differs by one bit, and nothing that is stored changes', async () => {
    const { store, inner } = blobStore({ kind: 'flipped', operation: 'blob.next' });
    await inner.put('a', bytesBody(BYTES), PLAIN);
    expect(bitsApart(await readBlob(store, 'a'), BYTES)).toBe(1);
    expect(await readBlob(inner, 'a')).toEqual(BYTES);
  });

  test('a cut body ends early, and stays at its end', async () => {
    const inner = memoryBlobStore({ pieceBytes: 10 });
    await inner.put('a', bytesBody(BYTES), PLAIN);
    const store = faultyBlobStore(inner, createFaultPlan({ rules: [{ kind: 'cut-body', nth: 4 }] }));
    const reader = await store.get('a');
    for (let piece = 0; piece < 3; piece += 1) expect(await reader.next()).toHaveLength(10);
    expect(await reader.next()).toBeUndefined();
    expect(await reader.next()).toBeUndefined();
    await reader.close();
  });

  test('a stale answer knows of nothing', async () => {
    const { store, inner } = blobStore({ kind: 'stale' });
    await inner.put('a', bytesBody(BYTES), PLAIN);
    expect(await store.head('a')).toBeUndefined();
    expect(await store.list?.('')).toEqual({ blobs: [] });
  });
});

describe('writes', () => {
  test('a torn write leaves part of the bytes and rejects with STORAGE_FULL', async () => {
    const { store, inner } = await fileSystem({ kind: 'torn-write', keep: 30 });
    const handle = await store.create('/d/new');
    await expect(handle.write(BYTES)).rejects.toMatchObject(rejection('STORAGE_FULL'));
    await handle.close();
    expect(await inner.stat('/d/new')).toMatchObject({ sizeBytes: 30 });
  });

  test('a torn record and a torn blob hold half of what was meant', async () => {
    const records = keyValueStore({ kind: 'torn-write' });
    await expect(records.store.set('a', '123456')).rejects.toMatchObject(rejection('STORAGE_UNAVAILABLE'));
    expect(await records.inner.get('a')).toBe('123');
    const blobs = blobStore({ kind: 'torn-write' });
    await expect(blobs.store.put('a', bytesBody(BYTES), { ...PLAIN, hashes: { crc32c: '00000000' } })).rejects.toMatchObject(
      rejection('NETWORK'),
    );
    expect(await readBlob(blobs.inner, 'a')).toEqual(BYTES.subarray(0, 50));
  });

  test('a lost write resolves, and nothing is done', async () => {
    const files = await fileSystem({ kind: 'lost-write' });
    const handle = await files.store.create('/d/new');
    await handle.write(BYTES);
    await handle.close();
    expect(await files.inner.stat('/d/new')).toMatchObject({ sizeBytes: 0 });
    const records = keyValueStore({ kind: 'lost-write' });
    await records.inner.set('b', '1');
    await records.store.set('a', '1');
    await records.store.remove('b');
    expect(await records.inner.keys('')).toEqual(['b']);
    const blobs = blobStore({ kind: 'lost-write' });
    await blobs.inner.put('b', bytesBody(BYTES), PLAIN);
    expect(await blobs.store.put('a', bytesBody(BYTES), PLAIN)).toEqual({ key: 'a', sizeBytes: 100, hashes: {} });
    await blobs.store.remove(['b']);
    expect((await blobs.inner.list?.(''))?.blobs.map(({ key }) => key)).toEqual(['b']);
  });

  test('a flipped write stores one bit otherwise, and the lent bytes stay', async () => {
    const files = await fileSystem({ kind: 'flipped', operation: 'fs.write' });
    const lent = BYTES.slice();
    const handle = await files.store.create('/d/new');
    await handle.write(lent);
    await handle.close();
    const stored = new Uint8Array(100);
    await (await files.inner.open('/d/new')).readInto(stored, 0);
    expect(bitsApart(stored, BYTES)).toBe(1);
    expect(lent).toEqual(BYTES);
    const records = keyValueStore({ kind: 'flipped', operation: 'kv.set' });
    await records.store.set('a', 'value');
    expect(await records.inner.get('a')).toBe('vamue');
  });

  test('a flipped put is refused where its hash is known, and stored where it is not', async () => {
    const { store, inner } = blobStore({ kind: 'flipped', operation: 'blob.put' });
    const { hashes } = await inner.put('right', bytesBody(BYTES), PLAIN);
    await expect(store.put('a', bytesBody(BYTES), { ...PLAIN, hashes })).rejects.toMatchObject(rejection('BLOB_CORRUPT'));
    await store.put('b', bytesBody(BYTES), PLAIN);
    expect(bitsApart(await readBlob(inner, 'b'), BYTES)).toBe(1);
  });

  test('a store of streams alone gets its changed bodies as streams', async () => {
    const kinds: string[] = [];
    const inner = memoryBlobStore();
    const streams: BlobStore = {
      ...inner,
      accepts: ['stream'],
      put: (key, body, options) => {
        kinds.push(body.kind);
        return inner.put(key, body, options);
      },
    };
    const store = faultyBlobStore(streams, createFaultPlan({ rules: [{ kind: 'flipped', operation: 'blob.put' }] }));
    await store.put('a', bytesBody(BYTES), PLAIN);
    expect(kinds).toEqual(['stream']);
    expect(bitsApart(await readBlob(inner, 'a'), BYTES)).toBe(1);
  });

  test('a body that is a file is left as it is', async () => {
    const { blobStore: inner, files } = await goodBlobStore();
    const handle = await files?.fileSystem.create('/files/body');
    await handle?.write(BYTES);
    await handle?.close();
    const store = faultyBlobStore(inner, createFaultPlan({ rules: [{ kind: 'flipped', operation: 'blob.put' }] }));
    await store.put('a', { kind: 'file', sizeBytes: 100, path: '/files/body' }, PLAIN);
    expect(await readBlob(inner, 'a')).toEqual(BYTES);
  });
});

describe('rules', () => {
  async function struckBy(rule: Omit<FaultRule, 'kind'>, options: FaultPlanOptions = {}): Promise<string> {
    const plan = createFaultPlan({ ...options, rules: [{ kind: 'fails', ...rule }] });
    const store = faultyKeyValueStore(memoryKeyValueStore(), plan);
    let marks = '';
    for (let call = 0; call < 12; call += 1) {
      const outcome = await store.get(call % 2 === 0 ? 'even' : 'odd').then(
        () => '.',
        () => 'x',
      );
      marks += outcome;
    }
    return marks;
  }

  test.each<[string, Omit<FaultRule, 'kind'>, string]>([
    ['nothing', {}, 'xxxxxxxxxxxx'],
    ['nth', { nth: 3 }, '..x.........'],
    ['everyNth', { everyNth: 4 }, '...x...x...x'],
    ['times', { times: 2 }, 'xx..........'],
    ['target', { target: 'od' }, '.x.x.x.x.x.x'],
    ['target and nth', { target: 'odd', nth: 2 }, '...x........'],
    ['another operation', { operation: 'kv.set' }, '............'],
    ['several operations', { operation: ['kv.set', 'kv.get'], times: 1 }, 'x...........'],
    ['when', { when: ({ index }: PortOperation) => index > 10 }, '..........xx'],
    ['rate 0', { rate: 0 }, '............'],
    ['rate 1', { rate: 1 }, 'xxxxxxxxxxxx'],
  ])('by %s', async (_name, rule, marks) => {
    expect(await struckBy(rule)).toBe(marks);
  });

  test('by rate, the same for the same seed', async () => {
    const marks = await struckBy({ rate: 0.5 }, { seed: 7 });
    expect(await struckBy({ rate: 0.5 }, { seed: 7 })).toBe(marks);
    expect(await struckBy({ rate: 0.5 }, { seed: 8 })).not.toBe(marks);
    expect(marks).toMatch(/x/);
    expect(marks).toMatch(/\./);
  });

  test('a rate is met over many operations', async () => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', rate: 0.1 }] });
    const store = faultyKeyValueStore(memoryKeyValueStore(), plan);
    for (let call = 0; call < 2_000; call += 1) await store.get('a').catch(() => undefined);
    expect(plan.struck().fails).toBeGreaterThan(150);
    expect(plan.struck().fails).toBeLessThan(250);
  });

  test('the first rule that holds strikes, and the others count on', async () => {
    const { store, plan } = keyValueStore({ kind: 'fails', nth: 1 }, { kind: 'lost-write', nth: 2 });
    await expect(store.set('a', '1')).rejects.toMatchObject(rejection('STORAGE_UNAVAILABLE'));
    await store.set('a', '1');
    expect(plan.struck()).toEqual({ fails: 1, 'lost-write': 1 });
  });

  test.each<[string, FaultPlanOptions]>([
    ['a kind that cannot strike the operation', { rules: [{ kind: 'short-read', operation: 'blob.put' }] }],
    ['an unknown kind', { rules: [{ kind: 'gremlins' as never }] }],
    ['slow without a clock', { rules: [{ kind: 'slow' }] }],
    ['late without a clock', { rules: [{ kind: 'late' }] }],
    ['a seed that is no integer', { seed: 1.5 }],
    ['a negative seed', { seed: -1 }],
  ])('%s is a mistake of the caller', (_name, options) => {
    expect(() => createFaultPlan(options)).toThrow(TypeError);
  });

  test('a plan of somebody else is a mistake of the caller', () => {
    const alien = { operationCount: 0, log: [], landings: [], struck: () => ({}) };
    expect(() => faultyKeyValueStore(memoryKeyValueStore(), alien)).toThrow(TypeError);
  });
});

describe('hooks and the log', () => {
  test('operations of all ports are counted and logged in one order', async () => {
    const plan = createFaultPlan({ keepLog: true, rules: [{ kind: 'fails', operation: 'kv.get' }] });
    const files = faultyFileSystem(memoryFileSystem(), plan);
    const records = faultyKeyValueStore(memoryKeyValueStore(), plan);
    const blobs = faultyBlobStore(memoryBlobStore(), plan);
    await files.makeDirectory('/d');
    await expect(records.get('a')).rejects.toBeDefined();
    await blobs.remove(['x', 'y']);
    await blobs.remove([]);
    expect(plan.log).toEqual([
      { index: 1, name: 'fs.makeDirectory', target: '/d', resolved: true },
      { index: 2, name: 'kv.get', target: 'a', resolved: false, fault: 'fails' },
      { index: 3, name: 'blob.remove', target: 'x', resolved: true },
      { index: 4, name: 'blob.remove', target: '', resolved: true },
    ]);
    expect(plan.operationCount).toBe(4);
  });

  test.each(['beforeOperation', 'afterOperation'] as const)('a process can die in %s of its n-th operation', async (hook) => {
    const inner = memoryKeyValueStore();
    const died = new Promise<never>(() => undefined);
    const plan = createFaultPlan({ [hook]: ({ index }: PortOperation) => (index === 2 ? died : undefined) });
    const store = faultyKeyValueStore(inner, plan);
    const outcomes: string[] = [];
    const run = async (): Promise<void> => {
      for (const key of ['a', 'b', 'c']) {
        await store.set(key, '1');
        outcomes.push(key);
      }
    };
    run();
    await turns(100);
    expect(outcomes).toEqual(['a']);
    expect(await inner.keys('')).toEqual(hook === 'beforeOperation' ? ['a'] : ['a', 'b']);
    expect(plan.log).toEqual([]);
  });

  test('what a hook throws the operation rejects with', async () => {
    const store = faultyKeyValueStore(
      memoryKeyValueStore(),
      createFaultPlan({
        beforeOperation: () => {
          throw new RangeError('killed');
        },
      }),
    );
    await expect(store.set('a', '1')).rejects.toThrow('killed');
  });
});

function bitsApart(one: Uint8Array, two: Uint8Array): number {
  expect(one).toHaveLength(two.length);
  return one.reduce((sum, byte, index) => sum + ((byte ^ (two[index] ?? 0)).toString(2).match(/1/g)?.length ?? 0), 0);
}
