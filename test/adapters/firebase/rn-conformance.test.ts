/** The contract of a blob store over React Native's Firebase, on both platforms, read by addresses and by native downloads. */
import { describe, test } from 'vitest';
import { rnFirebaseBlobStore } from '../../../adapters/firebase/index.js';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';
import type { BucketOptions } from '../../fakes/rn-firebase-bucket.js';
import type { Platform } from '../../fakes/rn-firebase-native.js';
import { type FirebasePhone, firebasePhone } from '../../fakes/rn-firebase-package.js';
import { fakePhone } from '../../fakes/rnfs-package.js';

interface Phone {
  readonly name: string;
  readonly platform: Platform;
  readonly bucket?: BucketOptions;
  /** Reads by native downloads instead of addresses. */
  readonly staged?: true;
  readonly tellsMetadata?: false;
}

const PHONES: readonly Phone[] = [
  { name: 'Android', platform: 'android' },
  { name: 'iOS', platform: 'ios' },
  { name: 'iOS, where a range past the end gets all of the blob', platform: 'ios', bucket: { pastTheEnd: 200 } },
  { name: 'Android, where Content-Range is hidden', platform: 'android', bucket: { exposesRange: false } },
  { name: 'Android without a transport', platform: 'android', staged: true },
  { name: 'iOS without a transport', platform: 'ios', staged: true },
  { name: 'Android, where tasks tell nothing of the object', platform: 'android', tellsMetadata: false },
];

describe.each(PHONES)('rnFirebaseBlobStore on $name', ({ name, platform, bucket, staged, tellsMetadata }) => {
  const make = (): { readonly phone: FirebasePhone; readonly files: ReturnType<typeof rnfsFileSystem>; readonly home: string } => {
    const { disk, lib } = fakePhone({ platform });
    const phone = firebasePhone({ platform, disk, ...(bucket === undefined ? {} : { bucket }) });
    if (tellsMetadata === false) phone.conditions.tellsMetadata = false;
    return { phone, files: rnfsFileSystem({ lib }), home: lib.DocumentDirectoryPath };
  };
  const storeOf = ({ phone, files, home }: ReturnType<typeof make>) =>
    rnFirebaseBlobStore({
      lib: phone.lib,
      storage: phone.storage,
      prefix: 'videos/u1/',
      pageSize: 3,
      ...(staged ? { staging: { fileSystem: files, directory: `${home}/staging` } } : { transport: phone.bucket.transport() }),
    });
  blobStoreSuite({
    name,
    test,
    // Nothing can be sent along with a file: a wrong hash is seen when the object lies there.
    claims: { checksHashes: false, pageSize: 3 },
    sample: storeOf(make()),
    create: async () => {
      const world = make();
      const directory = `${world.home}/suite`;
      await world.files.makeDirectory(directory);
      return { blobStore: storeOf(world), files: { fileSystem: world.files, directory } };
    },
  });
});
