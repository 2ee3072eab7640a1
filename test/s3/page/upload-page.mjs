/** What the page of the browser test does: an upload by the engine, over XMLHttpRequest or fetch, with addresses that the server signs. */
import { fetchTransport, signedUrlBlobStore, xhrTransport } from '../../../adapters/http/index.ts';
import { memoryKeyValueStore } from '../../../adapters/memory/key-value-store.ts';
import { createUploadEngine } from '../../../src/upload/index.ts';
import { patternFileSystem } from './pattern-file.mjs';

async function sign(requests) {
  const reply = await fetch('/sign', { method: 'POST', body: JSON.stringify(requests), signal: AbortSignal.timeout(30_000) });
  if (!reply.ok) throw new Error(`The signer answered ${reply.status}`);
  return reply.json();
}

const transports = { xhr: xhrTransport, fetch: fetchTransport };

globalThis.uploadVideo = async ({ transport, sizeBytes, videoId, concurrency }) => {
  const store = signedUrlBlobStore({ sign, transport: transports[transport]() });
  // XMLHttpRequest tells of the bytes that are handed on and of the reply; fetch of the reply alone.
  const told = { puts: 0, progress: 0 };
  const put = (key, body, options) => {
    told.puts += 1;
    const onProgress = (sentBytes) => {
      told.progress += 1;
      options.onProgress?.(sentBytes);
    };
    return store.put(key, body, { ...options, onProgress });
  };
  const blobStore = { ...store, put };
  const engine = createUploadEngine({
    limits: { concurrency },
    ...{
      blobStore,
      scope: 'browser',
      hashAlgorithm: 'md5',
      fileSystem: patternFileSystem(sizeBytes),
      keyValueStore: memoryKeyValueStore(),
    },
  });
  await engine.start();
  const upload = await engine.add('/clip.mp4', {}, { videoId });
  const begunMs = performance.now();
  await upload.completed();
  const tookMs = performance.now() - begunMs;
  const state = upload.state();
  const { bytesSent, bytesResent, retries } = engine.report();
  await engine.stop();
  // The CDN's view of it, from the page: a whole read and a range by the same transport.
  const head = await store.head(state.manifestKey);
  const whole = await (await store.get(state.manifestKey)).next();
  const part = await (await store.get(state.manifestKey, { range: { start: 1, end: 9 } })).next();
  return {
    ...{ manifestKey: state.manifestKey, tookMs, ...told, bytesSent, bytesResent, retries },
    read: [head?.sizeBytes === whole?.length, [...(part ?? [])].join() === [...(whole ?? []).slice(1, 9)].join()],
    attested: head?.hashes.md5 !== undefined,
  };
};
