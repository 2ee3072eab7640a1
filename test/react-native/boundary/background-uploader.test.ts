/** The native uploader's own JavaScript over the fake of its native module: by events of the old kind, and by a TurboModule's emitters. */
import { describe, expect, test } from 'vitest';
import { memoryFileSystem } from '../../../adapters/memory/index.js';
import { type NativeUploaderLike, nativeUploadTransport } from '../../../adapters/react-native/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';
import type { HttpRequest } from '../../../src/ports/index.js';
import { createBucket, ORIGIN, storeOn } from '../../adapters/react-native/support.js';
import { createUploaderPhone, type UploadEvent, type UploaderModule } from '../../fakes/background-uploader.js';
import { fakeReactNative, loadPackage } from './packages.js';

type Package = typeof import('@kesha-antonov/react-native-background-downloader');
type Listener = (payload: unknown) => void;

/** The package in a process: on iOS as a TurboModule with emitters of its own, on Android by device events. */
function install(platform: 'ios' | 'android', module: UploaderModule): NativeUploaderLike {
  const listeners = new Map<string, Listener[]>();
  const on = (name: string, listener: Listener): { remove(): void } => {
    listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    return { remove: () => undefined };
  };
  module.listen((event: UploadEvent) => {
    const { name, ...payload } = event;
    // Progress is told in lists.
    for (const listener of listeners.get(name) ?? []) listener(name === 'uploadProgress' ? [payload] : payload);
  });
  const emitters = [
    ...['Begin', 'Progress', 'Complete', 'Failed'].flatMap((what) => [
      [`onUpload${what}`, (listener: Listener) => on(`upload${what}`, listener)],
      [`onDownload${what}`, (listener: Listener) => on(`download${what}`, listener)],
    ]),
  ];
  const native = {
    ...module.constants,
    getConstants: () => ({ documents: '/documents', ...module.constants }),
    upload: module.upload,
    stopUploadTask: module.stopUploadTask,
    getExistingUploadTasks: module.getExistingUploadTasks,
    addListener: () => undefined,
    removeListeners: () => undefined,
    ...(platform === 'ios' ? Object.fromEntries(emitters) : {}),
  };
  class NativeEventEmitter {
    addListener = on;
  }
  const loaded = loadPackage('@kesha-antonov/react-native-background-downloader', {
    'react-native': { ...fakeReactNative(platform, { RNBackgroundDownloader: native }), NativeEventEmitter },
  }) as Package;
  return loaded;
}

function request(bytes: number): HttpRequest {
  return {
    id: 'v/1/0',
    method: 'PUT',
    url: `${ORIGIN}v/1/0`,
    headers: { 'content-type': 'video/mp4' },
    body: { kind: 'file', sizeBytes: bytes, path: 'file:///staged/a%20b' },
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe.each(['ios', 'android'] as const)('on %s', (platform) => {
  const phoneOf = (bucket: ReturnType<typeof createBucket>) =>
    createUploaderPhone({
      platform,
      server: (carried) => bucket.carried(carried),
      read: async (path) => (path === '/staged/a b' ? new Uint8Array(9) : undefined),
    });

  test('a file comes through, with its type and its progress', async () => {
    const bucket = createBucket();
    const phone = phoneOf(bucket);
    const transport = nativeUploadTransport({ lib: install(platform, phone.launch()), foreground: bucket.transport });
    const seen: number[] = [];
    const sent = transport.send({ ...request(9), onProgress: (bytes) => seen.push(bytes) });
    await turns();
    expect(await transport.pending?.()).toEqual(['v/1/0']);
    phone.progress(5);
    await phone.carryAll();
    expect((await sent).status).toBe(200);
    expect(seen).toEqual([5]);
    expect(bucket.puts).toEqual(['v/1/0']);
    expect(await transport.pending?.()).toEqual([]);
  });

  test('an answer outside 2xx is a reply, a lost connection NETWORK', async () => {
    const bucket = createBucket();
    let answer: { status: number; text: string } | 'unreachable' = { status: 503, text: '<Code>SlowDown</Code>' };
    const phone = createUploaderPhone({ platform, server: () => answer, read: async () => new Uint8Array(9) });
    phone.automatic = true;
    const transport = nativeUploadTransport({ lib: install(platform, phone.launch()), foreground: bucket.transport });
    expect((await transport.send(request(9))).status).toBe(503);
    answer = 'unreachable';
    await expect(transport.send(request(9))).rejects.toMatchObject({ code: 'NETWORK' });
  });

  test('a kill: what goes on is named and joined, what has ended with the process is cleared away', async () => {
    const bucket = createBucket();
    const phone = phoneOf(bucket);
    const first = nativeUploadTransport({ lib: install(platform, phone.launch()), foreground: bucket.transport });
    void first.send(request(9));
    await turns();
    const lib = install(platform, phone.launch());
    const transport = nativeUploadTransport({ lib, foreground: bucket.transport });
    expect(await transport.pending?.()).toEqual(platform === 'ios' ? ['v/1/0'] : []);
    expect(await lib.getExistingUploadTasks()).toHaveLength(platform === 'ios' ? 1 : 0);
    const sent = transport.send(request(9));
    await turns();
    await phone.carryAll();
    expect((await sent).status).toBe(200);
    expect(bucket.puts).toEqual(['v/1/0']);
  });

  const make = () => {
    const bucket = createBucket();
    const fileSystem = { ...memoryFileSystem(), nativePaths: true };
    const phone = createUploaderPhone({
      platform,
      server: (carried) => bucket.carried(carried),
      read: async (path) => {
        const info = await fileSystem.stat(path);
        if (info === undefined) return undefined;
        const file = await fileSystem.open(path);
        const bytes = new Uint8Array(info.sizeBytes);
        for (let at = 0; at < bytes.length; ) at += await file.readInto(bytes.subarray(at, at + 524_288), at);
        await file.close();
        return bytes;
      },
    });
    const blobStore = storeOn(bucket, install(platform, phone.launch()));
    phone.automatic = true;
    return { blobStore, fileSystem };
  };

  blobStoreSuite({
    name: `signedUrlBlobStore over the native uploader on ${platform}`,
    test,
    sample: make().blobStore,
    claims: { checksHashes: false },
    create: async () => {
      const { blobStore, fileSystem } = make();
      await fileSystem.makeDirectory('/suite');
      return { blobStore, files: { fileSystem, directory: '/suite' } };
    },
  });
});
