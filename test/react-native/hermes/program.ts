/**
 * A whole upload and a whole fetch, as an app makes them, for an engine that has nothing but a language; and the opening of a video of
 * 10 GB. Prints what they cost, once without `atob` and `btoa` and once with them.
 */
import { createUploadEngine, createVideoFetcher } from 'reelway';
import { asyncStorageKeyValueStore } from 'reelway/async-storage';
import { rnfsFileSystem } from 'reelway/rnfs';
import { createHash, createManifest, encodeManifest, manifestKey } from '../../../src/core/index.js';
import { rawDraft } from '../../core/manifests.js';
import type { NativeDisk } from '../../fakes/native-disk.js';
import { nativeBucket } from './bucket.js';
import { heap, natively, newAbortController, print, realMs, type Stretch, start, stretches } from './host.js';
import { type HermesPhone, hermesPhone } from './phone.js';

const SEGMENT_BYTES = 524_288;
const SOURCE_BYTES = 15 * SEGMENT_BYTES + 200_001;
const LONG_BYTES = 10_000_000_000;

/** What a part of the run took. */
interface Phase {
  readonly name: string;
  readonly ms: number;
  readonly stretches: readonly Stretch[];
}

async function measured<T>(phases: Phase[], name: string, run: () => Promise<T>): Promise<T> {
  await natively('between', () => undefined);
  const first = stretches.length;
  const begunMs = realMs();
  const result = await run();
  phases.push({ name, ms: realMs() - begunMs, stretches: stretches.slice(first) });
  return result;
}

/** Native, so that it costs no JavaScript in the figures. */
function hashOf(disk: NativeDisk, path: string): Promise<string> {
  return natively('hash', () => {
    const hash = createHash('crc32c');
    const buffer = new Uint8Array(SEGMENT_BYTES);
    for (let at = 0; ; ) {
      const count = disk.read(path, buffer, at);
      if (count === 0) return hash.digest();
      hash.update(buffer.subarray(0, count));
      at += count;
    }
  });
}

async function app(withBase64: boolean): Promise<void> {
  const phone: HermesPhone = hermesPhone();
  const { lib, disk } = phone;
  const phases: Phase[] = [];
  const source = `${lib.DocumentDirectoryPath}/clip.mp4`;
  const output = `${lib.DocumentDirectoryPath}/back.mp4`;
  disk.makeUp(source, SOURCE_BYTES);
  const bucket = nativeBucket();
  const ports = {
    fileSystem: rnfsFileSystem({ lib, ...(withBase64 ? { base64: phone.base64 } : {}) }),
    keyValueStore: asyncStorageKeyValueStore({ lib: phone.storage }),
    blobStore: bucket,
    scope: 'hermes',
  };
  const manifest = await measured(phases, 'upload', async () => {
    const engine = createUploadEngine(ports);
    await engine.start();
    const upload = await engine.add(source, { title: 'Sunset' });
    const done = await upload.completed();
    await engine.stop();
    return done;
  });

  const fetcher = createVideoFetcher({ ...ports, cache: { directory: `${lib.CachesDirectoryPath}/reels`, maxBytes: 64 * 1_048_576 } });
  const aborted = await measured(phases, 'fetch', async () => {
    const controller = newAbortController();
    const opening = fetcher.open(manifest.videoId, { signal: controller.signal }).then(
      () => 'opened',
      (error: { code?: string }) => error.code,
    );
    controller.abort();
    await fetcher.combineSegments(manifest.videoId, { outputPath: output });
    return opening;
  });

  const long = await natively('manifest', () => encodeManifest(createManifest({ ...rawDraft(LONG_BYTES), videoId: 'long' })));
  const body = { kind: 'bytes', sizeBytes: long.length, bytes: long } as const;
  await bucket.put(manifestKey('long'), body, { contentType: 'application/json' });
  const longSegments = await measured(
    phases,
    'manifest of 10 GB',
    async () => (await fetcher.prepareVideo(undefined, 'long')).segmentCount,
  );
  await fetcher.cleanup();

  print({
    withBase64,
    segments: manifest.segmentCount,
    longSegments,
    sizeBytes: SOURCE_BYTES,
    fetchedBytes: disk.stat(output)?.sizeBytes,
    equal: (await hashOf(disk, source)) === (await hashOf(disk, output)),
    aborted,
    longestString: phone.meter.longestString,
    calls: [...phone.meter.calls],
    phases,
    heap: heap(),
  });
}

start(async () => {
  await app(false);
  await app(true);
});
