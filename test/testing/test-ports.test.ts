import { describe, expect, it } from 'vitest';
import { createTestConditions, createTestPorts, type TestPorts } from '../../src/testing/index.js';

const put = (ports: TestPorts, key: string, text: string) => {
  const bytes = new TextEncoder().encode(text);
  return ports.blobStore.put(key, { kind: 'bytes', sizeBytes: bytes.length, bytes }, { contentType: 'text/plain' });
};

/** Whether a promise is still open after everything that needs no time has run. */
const stillOpen = async (ports: TestPorts, promise: Promise<unknown>): Promise<boolean> => {
  let open = true;
  const close = (): void => {
    open = false;
  };
  promise.then(close, close);
  await ports.clock.settle();
  return open;
};

describe('test ports', () => {
  it('hold files, records and blobs', async () => {
    const ports = createTestPorts();
    await ports.addFile('/videos/a.mp4', 1_300_000);
    const bytes = await ports.readFile('/videos/a.mp4');
    expect(bytes?.length).toBe(1_300_000);
    expect(new Set(bytes?.subarray(0, 4_096)).size).toBeGreaterThan(200);
    await ports.addFile('/videos/b.txt', new TextEncoder().encode('hello'));
    expect(new TextDecoder().decode(await ports.readFile('/videos/b.txt'))).toBe('hello');
    expect(await ports.readFile('/videos/none')).toBeUndefined();
    await put(ports, 'v/0', 'segment');
    expect(new TextDecoder().decode(await ports.readBlob('v/0'))).toBe('segment');
    expect(await ports.readBlob('v/1')).toBeUndefined();
    expect(await ports.blobKeys()).toEqual(['v/0']);
  });

  it('give the same bytes for the same seed and path only', async () => {
    const read = async (seed: number, path: string) => {
      const ports = createTestPorts({ seed });
      await ports.addFile(path, 1_000);
      return ports.readFile(path);
    };
    expect(await read(1, '/a')).toEqual(await read(1, '/a'));
    expect(await read(1, '/a')).not.toEqual(await read(1, '/b'));
    expect(await read(1, '/a')).not.toEqual(await read(2, '/a'));
  });

  it('keep what is durable over a restart, and nothing else', async () => {
    const first = createTestPorts();
    await first.keyValueStore.set('k', 'v');
    await put(first, 'v/0', 'segment');
    await first.addFile('/a', 10);
    let fired = false;
    first.clock.after(10, () => {
      fired = true;
    });
    await first.clock.advance(5);
    const lease = await first.lock.acquire('queue');

    const second = first.restart();
    await second.clock.advance(100);
    expect(fired).toBe(false);
    expect(first.clock.pendingTimers()).toBe(0);
    expect(second.clock.monotonicMs()).toBe(105);
    expect(await second.keyValueStore.get('k')).toBe('v');
    expect(await second.blobKeys()).toEqual(['v/0']);
    expect((await second.readFile('/a'))?.length).toBe(10);
    expect(lease?.isHeld()).toBe(false);
    expect((await second.lock.acquire('queue'))?.isHeld()).toBe(true);
  });

  it('let nothing of a dead life through', async () => {
    const first = createTestPorts();
    await first.addFile('/a', 10);
    const file = await first.fileSystem.open('/a');
    const underWay = first.keyValueStore.get('k');
    const second = first.restart();
    const calls = [underWay, first.keyValueStore.set('k', 'ghost'), put(first, 'v/0', 'ghost'), file.readInto(new Uint8Array(4), 0)];
    for (const call of [...calls, first.lock.acquire('queue')]) expect(await stillOpen(second, call)).toBe(true);
    expect(await second.keyValueStore.get('k')).toBeUndefined();
    expect(await second.blobKeys()).toEqual([]);
    first.clock.after(0, () => expect.unreachable());
    await second.clock.advance(1);
  });

  it('hand errors on unchanged', async () => {
    const ports = createTestPorts({ diskBytes: 100, bucketBytes: 3 });
    await expect(ports.fileSystem.open('/none')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(ports.addFile('/big', 101)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await expect(put(ports, 'v/0', 'four')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });

  it('release a lease by hand too', async () => {
    const ports = createTestPorts();
    const lease = await ports.lock.acquire('queue');
    expect(await ports.lock.acquire('queue')).toBeUndefined();
    await lease?.release();
    expect(lease?.isHeld()).toBe(false);
    expect((await ports.lock.acquire('queue'))?.isHeld()).toBe(true);
  });

  it('take a store of your own in the place of the bucket', async () => {
    const keys: string[] = [];
    const ports = createTestPorts({
      wrapBlobStore: (store) => ({
        ...store,
        put: (key, body, options) => {
          keys.push(key);
          return store.put(key, body, options);
        },
      }),
    });
    await put(ports, 'v/0', 'x');
    expect(keys).toEqual(['v/0']);
    expect(await ports.blobKeys()).toEqual(['v/0']);
  });
});

describe('test conditions', () => {
  it('say what was set, and tell every listener', () => {
    const conditions = createTestConditions();
    expect(conditions.current().online).toBe(true);
    let told = 0;
    const off = conditions.subscribe(() => {
      told += 1;
    });
    conditions.set({ online: false, batteryLevel: undefined });
    expect(conditions.current().online).toBe(false);
    expect('batteryLevel' in conditions.current()).toBe(false);
    expect(conditions.current().metered).toBe(false);
    conditions.notify();
    expect([told, conditions.listeners()]).toEqual([2, 1]);
    off();
    conditions.notify();
    expect([told, conditions.listeners()]).toEqual([2, 0]);
  });
});
