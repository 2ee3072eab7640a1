/** What the page does: the public suite and an upload with its way back, by the official SDK in the browser. */
import { initializeApp } from 'firebase/app';
import * as lib from 'firebase/storage';
import { firebaseBlobStore } from '../../../adapters/firebase/index.ts';
import { fetchTransport, xhrTransport } from '../../../adapters/http/index.ts';
import { memoryKeyValueStore } from '../../../adapters/memory/key-value-store.ts';
import { blobStoreSuite, runSuite } from '../../../src/conformance/index.ts';
import { manifestKey, parseManifest, resolveSegmentKey, segmentsOf } from '../../../src/index.ts';
import { createUploadEngine } from '../../../src/upload/index.ts';
import { patternByte, patternFileSystem } from '../../s3/page/pattern-file.mjs';

const transports = { xhr: xhrTransport, fetch: fetchTransport };
let apps = 0;

function storeOf({ port, prefix, transport }) {
  apps += 1;
  const storage = lib.getStorage(initializeApp({ projectId: 'reelway-test' }, `page-${apps}`), 'gs://reelway-test.appspot.com');
  lib.connectStorageEmulator(storage, '127.0.0.1', port);
  return firebaseBlobStore({ lib, storage, transport: transports[transport](), prefix, pageSize: 3 });
}

globalThis.runConformance = async ({ port, prefix, transport }) => {
  let stores = 0;
  const create = async () => {
    stores += 1;
    return { blobStore: storeOf({ port, prefix: `${prefix}${stores}/`, transport }) };
  };
  return runSuite((test) => blobStoreSuite({ name: transport, test, create, claims: { checksHashes: false, pageSize: 3 } }));
};

async function readAll(store, key) {
  const reader = await store.get(key);
  const pieces = [];
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(piece.slice());
  await reader.close();
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

globalThis.uploadVideo = async ({ port, prefix, transport, sizeBytes }) => {
  const store = storeOf({ port, prefix, transport });
  const engine = createUploadEngine({
    blobStore: store,
    ...{ fileSystem: patternFileSystem(sizeBytes), keyValueStore: memoryKeyValueStore(), scope: 'page' },
  });
  await engine.start();
  const upload = await engine.add('/clip.mp4', {}, { videoId: 'video' });
  await upload.completed();
  await engine.stop();
  const key = manifestKey('video');
  let position = 0;
  let wrong = 0;
  for (const { url } of segmentsOf(parseManifest(await readAll(store, key)))) {
    for (const byte of await readAll(store, resolveSegmentKey(key, url))) {
      if (byte !== patternByte(position)) wrong += 1;
      position += 1;
    }
  }
  return { bytes: position, wrong };
};

globalThis.codeOfRefusal = async ({ port, transport }) => {
  const store = storeOf({ port, prefix: 'denied/', transport });
  const body = { kind: 'bytes', sizeBytes: 3, bytes: new Uint8Array(3) };
  const codes = [];
  for (const call of [() => store.put('clip', body, { contentType: 'video/mp4' }), () => store.get('clip'), () => store.head('clip')]) {
    codes.push(
      await call().then(
        () => 'none',
        (error) => error.code,
      ),
    );
  }
  return codes;
};

/** An upload of a long stream that is aborted on its way; resolves with how it ended and what is left. */
globalThis.abortUpload = async ({ port, prefix, transport }) => {
  const store = storeOf({ port, prefix, transport });
  const controller = new AbortController();
  const open = async () => {
    let left = 40;
    return { next: async () => (left-- > 0 ? new Uint8Array(500_000) : undefined), close: async () => undefined };
  };
  let progress = 0;
  const onProgress = (sentBytes) => {
    progress = sentBytes;
    if (sentBytes > 1_000_000) controller.abort('enough');
  };
  const put = store.put(
    'clip',
    { kind: 'stream', sizeBytes: 20_000_000, open },
    { contentType: 'video/mp4', signal: controller.signal, onProgress },
  );
  const ended = await put.then(
    () => 'stored',
    (reason) => reason,
  );
  return { ended, progress, left: (await store.head('clip')) === undefined };
};
