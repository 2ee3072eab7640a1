/** The contract over react-native-blob-util's own JavaScript. */
import { describe, test } from 'vitest';
import { type BlobUtilLib, blobUtilFileSystem } from '../../../adapters/blob-util/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';
import { blobUtilNative } from '../../fakes/blob-util-native.js';
import { BridgeMeter } from '../../fakes/native-bridge.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import { CONTAINERS } from '../../fakes/rnfs-package.js';
import { fakeReactNative, loadPackage } from './packages.js';

const MIB = 1_048_576;

/** The package itself, on a phone. */
function install(platform: 'ios' | 'android', disk = new NativeDisk()): BlobUtilLib {
  const native = blobUtilNative({ disk, meter: new BridgeMeter(), platform, container: CONTAINERS[platform] });
  const present = { ...native, fetchBlob: () => undefined, fetchBlobForm: () => undefined };
  const module = loadPackage('react-native-blob-util', { 'react-native': fakeReactNative(platform, { ReactNativeBlobUtil: present }) });
  return (module as { readonly default: BlobUtilLib }).default;
}

describe.each(['android', 'ios'] as const)('blobUtilFileSystem over react-native-blob-util on %s', (platform) => {
  fileSystemSuite({
    name: platform,
    test,
    claims: { caseSensitive: true, roomBytes: 6 * MIB },
    sample: blobUtilFileSystem({ lib: install(platform) }),
    create: async () => {
      const lib = install(platform, new NativeDisk({ capacityBytes: 6 * MIB }));
      const fileSystem = blobUtilFileSystem({ lib });
      const directory = `${lib.fs.dirs.DocumentDir}/suite`;
      await fileSystem.makeDirectory(directory);
      return { fileSystem, directory };
    },
  });
});
