/**
 * The durable last step: poster into the bucket, then the post into the app's backend. The engine calls it until it resolves,
 * also after a kill, so every part of it may run twice.
 */
import type { FileSystem, PublishStep } from 'reelway';
import type { Backend, Ports } from './host';

/** Bytes of the largest poster that is sent; a larger one is left out. */
const MAX_POSTER_BYTES = 524_288;

export function createPublish(ports: Ports, backend: Backend, sources: string): PublishStep {
  return async ({ item, manifest, manifestKey, idempotencyKey }) => {
    const { videoId, metadata } = manifest;
    const poster = item.metadata.custom?.['poster'];
    const posterKey = poster === undefined ? undefined : await putPoster(ports, `${sources}/${poster}`, `posters/${videoId}.jpg`);
    const reel = { id: videoId, title: metadata.title ?? '', manifestKey };
    await backend.post(posterKey === undefined ? reel : { ...reel, posterKey }, idempotencyKey);
  };
}

/** The poster's key in the bucket; `undefined` where there is no file any more: a reel without a poster is still a reel. */
async function putPoster({ fileSystem, blobStore }: Ports, path: string, key: string): Promise<string | undefined> {
  const info = await fileSystem.stat(path);
  if (info === undefined || info.sizeBytes === 0 || info.sizeBytes > MAX_POSTER_BYTES) return undefined;
  const { sizeBytes } = info;
  const options = { contentType: 'image/jpeg' };
  if (blobStore.accepts.includes('bytes')) {
    await blobStore.put(key, { kind: 'bytes', sizeBytes, bytes: await readSmall(fileSystem, path, sizeBytes) }, options);
  } else {
    await blobStore.put(key, { kind: 'file', sizeBytes, path }, options);
  }
  return key;
}

async function readSmall(fileSystem: FileSystem, path: string, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  const file = await fileSystem.open(path);
  try {
    for (let at = 0; at < sizeBytes; ) {
      const count = await file.readInto(bytes.subarray(at), at);
      if (count === 0) break;
      at += count;
    }
  } finally {
    await file.close();
  }
  return bytes;
}
