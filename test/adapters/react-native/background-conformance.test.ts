/** The contract of a blob store whose files the system puts, on both platforms. */
import { test } from 'vitest';
import { memoryFileSystem } from '../../../adapters/memory/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';
import { createUploaderPhone } from '../../fakes/background-uploader.js';
import { createBucket, storeOn, uploaderOf } from './support.js';

for (const platform of ['ios', 'android'] as const) {
  const make = () => {
    const bucket = createBucket();
    const fileSystem = { ...memoryFileSystem(), nativePaths: true };
    const phone = createUploaderPhone({
      platform,
      server: (request) => bucket.carried(request),
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
    const blobStore = storeOn(bucket, uploaderOf(phone.launch()));
    phone.automatic = true;
    return { blobStore, fileSystem };
  };
  blobStoreSuite({
    name: `signedUrlBlobStore over nativeUploadTransport on ${platform}`,
    test,
    sample: make().blobStore,
    claims: { checksHashes: false },
    create: async () => {
      const { blobStore, fileSystem } = make();
      await fileSystem.makeDirectory('/suite');
      return { blobStore, files: { fileSystem, directory: '/suite' } };
    },
  });
}
