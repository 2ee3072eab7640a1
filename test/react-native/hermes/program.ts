/** A whole upload and a whole fetch, as an app makes them, for an engine that has nothing but a language; prints what they cost. */
import { createUploadEngine, createVideoFetcher } from 'reelway';
import { asyncStorageKeyValueStore } from 'reelway/async-storage';
import { rnfsFileSystem } from 'reelway/rnfs';
import { createHash } from '../../../src/core/index.js';
import type { NativeDisk } from '../../fakes/native-disk.js';
import { nativeBucket } from './bucket.js';
import { heap, newAbortController, print, realMs, start, stretches } from './host.js';
import { hermesPhone } from './phone.js';

const SEGMENT_BYTES = 524_288;
const SOURCE_BYTES = 15 * SEGMENT_BYTES + 200_001;

/** Native, so that it costs no JavaScript in the figures. */
function hashOf(disk: NativeDisk, path: string): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(SEGMENT_BYTES);
  for (let at = 0; ; ) {
    const count = disk.read(path, buffer, at);
    if (count === 0) return hash.digest();
    hash.update(buffer.subarray(0, count));
    at += count;
  }
}

async function app(): Promise<void> {
  const phone = hermesPhone();
  const { lib, disk } = phone;
  const source = `${lib.DocumentDirectoryPath}/clip.mp4`;
  disk.makeUp(source, SOURCE_BYTES);
  const ports = {
    fileSystem: rnfsFileSystem({ lib }),
    keyValueStore: asyncStorageKeyValueStore({ lib: phone.storage }),
    blobStore: nativeBucket(),
    scope: 'hermes',
  };

  let begunMs = realMs();
  const engine = createUploadEngine(ports);
  await engine.start();
  const upload = await engine.add(source, { title: 'Sunset' });
  const manifest = await upload.completed();
  await engine.stop();
  const uploadMs = realMs() - begunMs;
  const uploaded = stretches.length;

  begunMs = realMs();
  const fetcher = createVideoFetcher({ ...ports, cache: { directory: `${lib.CachesDirectoryPath}/reels`, maxBytes: 64 * 1_048_576 } });
  const controller = newAbortController();
  const refused = fetcher.open(manifest.videoId, { signal: controller.signal }).then(
    () => 'opened',
    (error: { code?: string }) => error.code,
  );
  controller.abort();
  const aborted = await refused;
  const output = `${lib.DocumentDirectoryPath}/back.mp4`;
  await fetcher.combineSegments(manifest.videoId, { outputPath: output });
  await fetcher.cleanup();
  const fetchMs = realMs() - begunMs;
  const all = stretches.slice();
  const memory = heap();

  print({
    segments: manifest.segmentCount,
    sizeBytes: SOURCE_BYTES,
    equal: hashOf(disk, source) === hashOf(disk, output),
    fetchedBytes: disk.stat(output)?.sizeBytes,
    aborted,
    longestString: phone.meter.longestString,
    calls: [...phone.meter.calls],
    uploadMs,
    fetchMs,
    upload: all.slice(0, uploaded),
    fetch: all.slice(uploaded),
    heap: memory,
  });
}

start(app);
