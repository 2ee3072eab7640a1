/** A stopped engine has no timer, no listener, no open file and no open reader, and it makes none later. */
import { describe, expect, it } from 'vitest';
import { TestSignal } from '../../src/conformance/kit/abort.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobStore, FileSystem } from '../../src/ports/index.js';
import type { TestPorts } from '../../src/testing/index.js';
import type { UploadEngine } from '../../src/upload/index.js';
import { codeOf, portsWith, type ScriptedStore, SEGMENT_SIZE, startOn } from './support.js';

const DAY_MS = 86_400_000;

/** A promise that a test settles. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The same store. Calls of one method take effect at once; their answers come when the gate opens, also after an abort. */
function held(store: BlobStore, method: 'list' | 'get' | 'put', opened: Promise<void>): BlobStore {
  return {
    ...store,
    [method]: async (...args: never[]) => {
      const answer: unknown = await Reflect.apply(store[method] as (...all: never[]) => unknown, store, args);
      await opened;
      return answer;
    },
  };
}

/** A file system that counts its open read handles. */
function counted(fileSystem: FileSystem): FileSystem & { readonly openHandles: () => number } {
  let count = 0;
  return {
    ...fileSystem,
    openHandles: () => count,
    open: async (path) => {
      const handle = await fileSystem.open(path);
      count += 1;
      return {
        readInto: (buffer, position) => handle.readInto(buffer, position),
        close: async () => {
          count -= 1;
          await handle.close();
        },
      };
    },
  };
}

/** Ports whose queue holds a canceled upload: the next engine sweeps for it as soon as it runs. */
async function withCanceled(): Promise<{ readonly ports: TestPorts; readonly store: ScriptedStore }> {
  const { ports, store } = await portsWith({ bytes: 3 * SEGMENT_SIZE });
  const engine = await startOn(ports);
  const upload = await engine.add('/a.mp4');
  await ports.clock.runUntil(upload.cancel());
  await ports.clock.runUntil(engine.stop());
  return { ports, store };
}

async function completedUpload(): Promise<{ readonly ports: TestPorts; readonly uploadId: string }> {
  const { ports } = await portsWith({ bytes: 2 * SEGMENT_SIZE });
  const engine = await startOn(ports);
  const upload = await engine.add('/a.mp4');
  await ports.clock.runUntil(upload.completed());
  await ports.clock.runUntil(engine.stop());
  return { ports, uploadId: upload.id };
}

async function expectNothing(ports: TestPorts): Promise<void> {
  expect(ports.clock.pendingTimers()).toBe(0);
  expect(ports.conditions.listeners()).toBe(0);
  await ports.clock.advance(DAY_MS);
  expect(ports.clock.pendingTimers()).toBe(0);
}

describe('an engine that has stopped', () => {
  it('sets no timer for a canceled upload whose last request is answered after stop() began', async () => {
    const { ports } = await withCanceled();
    const { opened, open } = gate();
    const engine = await startOn(ports, { blobStore: held(ports.blobStore, 'list', opened) });
    await ports.clock.settle();
    const stopped = engine.stop();
    await ports.clock.settle();
    open();
    await stopped;
    await expectNothing(ports);
  });

  it('sets no timer for a network that fails while the engine stops', async () => {
    const { ports, store } = await withCanceled();
    const { opened, open } = gate();
    const blobStore: BlobStore = {
      ...held(store, 'put', new Promise(() => undefined)),
      list: async () => {
        await opened;
        throw new ReelwayError('NETWORK', { message: 'by script' });
      },
    };
    const engine = await startOn(ports, { blobStore, retry: { maxAttempts: 1, baseDelayMs: 20_000 } });
    await engine.add('/a.mp4');
    await ports.clock.advance(100);
    // The put ignores its abort, so the stop takes as long as an aborted request may.
    const stopped = engine.stop();
    await ports.clock.advance(1_000);
    open();
    await ports.clock.runUntil(stopped);
    await expectNothing(ports);
  });

  it('ends the read of a manifest that completed() waits for', async () => {
    const { ports, uploadId } = await completedUpload();
    const { opened } = gate();
    const engine = await startOn(ports, { blobStore: held(ports.blobStore, 'get', opened) });
    const signal = new TestSignal();
    const waiting = codeOf(engine.get(uploadId).completed({ signal }));
    await ports.clock.settle();
    await ports.clock.runUntil(engine.stop());
    expect(ports.clock.pendingTimers()).toBe(0);
    expect(await waiting).toBe('ENGINE_STOPPED');
    expect(signal.listening).toBe(0);
    await expectNothing(ports);
  });

  it('closes a download that arrives after its request was given up, without a read', async () => {
    const { ports, uploadId } = await completedUpload();
    const { opened, open } = gate();
    const asked = { next: 0, close: 0 };
    const blobStore: BlobStore = {
      ...ports.blobStore,
      get: async (key, options) => {
        await opened;
        const { signal: _ignored, ...rest } = options ?? {};
        const reader = await ports.blobStore.get(key, rest);
        return {
          next: () => {
            asked.next += 1;
            return reader.next();
          },
          close: () => {
            asked.close += 1;
            return reader.close();
          },
        };
      },
    };
    const engine = await startOn(ports, { blobStore });
    const waiting = codeOf(engine.get(uploadId).completed());
    await ports.clock.settle();
    await ports.clock.runUntil(engine.stop());
    expect(await waiting).toBe('ENGINE_STOPPED');
    open();
    await ports.clock.settle();
    expect(asked).toEqual({ next: 0, close: 1 });
  });

  it('refuses further reads of a stream body to a store that ignores its abort', async () => {
    const { ports } = await portsWith({ bytes: 2 * SEGMENT_SIZE });
    const { opened, open } = gate();
    let read: Promise<string> | undefined;
    const blobStore: BlobStore = {
      ...ports.blobStore,
      accepts: ['stream'],
      put: async (_key, body) => {
        await opened;
        read = codeOf((async () => (body.kind === 'stream' ? (await body.open()).next() : undefined))());
        return new Promise(() => undefined);
      },
    };
    const engine = await startOn(ports, { blobStore });
    await engine.add('/a.mp4');
    await ports.clock.advance(100);
    await ports.clock.runUntil(engine.stop());
    open();
    await ports.clock.settle();
    expect(await read).toBe('ENGINE_STOPPED');
    await expectNothing(ports);
  });

  it('closes the source of a segmentVideo() that is under way before stop() resolves', async () => {
    const { ports } = await portsWith({ bytes: 2 * SEGMENT_SIZE });
    const fileSystem = counted(ports.fileSystem);
    const engine = await startOn(ports, { fileSystem });
    engine.configure({ enabled: false });
    const upload = await engine.add('/a.mp4');
    const planned = engine.segmentVideo(upload.id).then(
      (segments) => segments.length,
      () => 0,
    );
    await engine.stop();
    expect(fileSystem.openHandles()).toBe(0);
    await planned;
    expect(fileSystem.openHandles()).toBe(0);
  });

  it.each<[string, (engine: UploadEngine, uploadId: string, signal: TestSignal) => Promise<unknown>]>([
    ['idle', (engine, _id, signal) => engine.idle({ signal })],
    ['segmentVideo', (engine, id) => engine.segmentVideo(id)],
    ['uploadSegments', (engine, id, signal) => engine.uploadSegments(undefined, id, { signal })],
    ['finalizeUpload', (engine, id, signal) => engine.finalizeUpload(id, { signal })],
  ])('refuses %s() with ENGINE_STOPPED', async (_name, call) => {
    const { ports } = await portsWith({ bytes: 2 * SEGMENT_SIZE });
    const engine = await startOn(ports);
    const upload = await engine.add('/a.mp4', {}, { start: false });
    // The queue is not idle.
    await engine.add('/a.mp4');
    await ports.clock.runUntil(engine.stop());
    const signal = new TestSignal();
    const outcome = await Promise.race([codeOf(call(engine, upload.id, signal)), ports.clock.advance(DAY_MS).then(() => 'still waiting')]);
    expect(outcome).toBe('ENGINE_STOPPED');
    expect(signal.listening).toBe(0);
  });
});
