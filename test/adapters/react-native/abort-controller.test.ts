/** The engines under React Native's AbortController up to 0.86, which has no reasons. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fetchTransport, signedUrlBlobStore } from '../../../adapters/http/index.js';
import type { AbortSignalLike } from '../../../src/ports/index.js';
import { createTestPorts } from '../../../src/testing/index.js';
import { listenersOf, OldAbortController, OldAbortSignal } from '../../fakes/abort-controller.js';
import { codeOf, MANIFEST, SEGMENT_SIZE, scripted, startOn } from '../../upload/support.js';
import { ORIGIN } from './support.js';

beforeEach(() => {
  vi.stubGlobal('AbortController', OldAbortController);
  vi.stubGlobal('AbortSignal', OldAbortSignal);
});
afterEach(() => vi.unstubAllGlobals());

async function held() {
  const ports = createTestPorts();
  await ports.addFile('/a.mp4', 4 * SEGMENT_SIZE);
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const store = scripted(ports.blobStore, () => undefined);
  const put: typeof store.put = async (key, body, options) => {
    await gate;
    return store.put(key, body, options);
  };
  const engine = await startOn(ports, { blobStore: { ...store, put } });
  const handle = await ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v1' }));
  return { ports, engine, handle, open };
}

test('the fake is what it says: no reason, no throwIfAborted, no any, no timeout', () => {
  const controller = new AbortController();
  const { signal } = controller;
  expect('reason' in signal).toBe(false);
  expect('throwIfAborted' in signal).toBe(false);
  expect('any' in AbortSignal).toBe(false);
  expect('timeout' in AbortSignal).toBe(false);
  controller.abort('unheard');
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toBeUndefined();
});

describe('a signal without reasons', () => {
  test('ends waiting with ABORTED, and not the upload', async () => {
    const { ports, handle, open, engine } = await held();
    const controller = new OldAbortController();
    const signal: AbortSignalLike = controller.signal;
    const waiting = [handle.completed({ signal }), engine.idle({ signal })].map(codeOf);
    await ports.clock.settle();
    controller.abort();
    expect(await ports.clock.runUntil(Promise.all(waiting))).toEqual(['ABORTED', 'ABORTED']);
    expect(listenersOf(controller.signal)).toBe(0);
    open();
    const manifest = await ports.clock.runUntil(handle.completed());
    expect(manifest.videoId).toBe('v1');
  });

  test('that is aborted already ends waiting at once', async () => {
    const { handle, ports } = await held();
    const controller = new OldAbortController();
    controller.abort();
    expect(await ports.clock.runUntil(codeOf(handle.completed({ signal: controller.signal })))).toBe('ABORTED');
  });

  test('that is never aborted is forgotten when the upload is done', async () => {
    const { ports, handle, open } = await held();
    const { signal } = new OldAbortController();
    const waiting = handle.completed({ signal });
    open();
    await ports.clock.runUntil(waiting);
    expect(listenersOf(signal)).toBe(0);
  });
});

test('cancel ends the puts under way, and leaves no blob', async () => {
  const { ports, handle, open } = await held();
  await ports.clock.advance(100);
  const canceled = handle.cancel();
  open();
  await ports.clock.runUntil(canceled);
  await ports.clock.advance(600_000);
  expect(handle.state().status).toBe('canceled');
  expect(await ports.blobKeys()).toEqual([]);
});

test("an upload over the host's fetch stalls, is given up by the old controller, and comes through", async () => {
  const ports = createTestPorts();
  await ports.addFile('/a.mp4', 2 * SEGMENT_SIZE);
  const blobs = new Map<string, Uint8Array>();
  const aborts: OldAbortSignal[] = [];
  let stalls = 2;
  const answer = (status: number, body: Uint8Array = new Uint8Array(0)) => ({
    status,
    url: '',
    headers: { get: (name: string) => (name === 'content-length' ? String(body.length) : null) },
    arrayBuffer: async () => body.slice().buffer,
  });
  const fetch = async (url: string, init: never) => {
    const { method, body, signal } = init as { method: string; body?: Uint8Array; signal: OldAbortSignal };
    const key = url.slice(ORIGIN.length);
    if (method === 'PUT' && !MANIFEST.test(key) && stalls > 0) {
      stalls -= 1;
      return new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborts.push(signal);
          reject(Object.assign(new Error('Aborted'), { name: 'AbortError' }));
        });
      });
    }
    if (method === 'PUT') blobs.set(key, new Uint8Array(body ?? []));
    if (method === 'PUT') return answer(200);
    const blob = blobs.get(key);
    return blob === undefined ? answer(404) : answer(200, blob);
  };
  const blobStore = signedUrlBlobStore({
    transport: fetchTransport({ fetch, streamsReplies: false }),
    attests: [],
    sign: async (requests) => requests.map(({ key }) => ({ url: ORIGIN + key, expiresMs: Number.MAX_SAFE_INTEGER })),
  });
  const engine = await startOn(ports, { blobStore });
  const handle = await ports.clock.runUntil(engine.add('/a.mp4', {}, { videoId: 'v1' }));
  await ports.clock.runUntil(handle.completed());
  expect(aborts).toHaveLength(2);
  expect(aborts[0]).toBeInstanceOf(OldAbortSignal);
  expect([...blobs.keys()].filter((key) => !MANIFEST.test(key))).toHaveLength(2);
});
