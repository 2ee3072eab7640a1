/** The contract over expo-file-system's own JavaScript. */
import { describe, test } from 'vitest';
import { type ExpoFileSystemLib, expoFileSystem } from '../../../adapters/expo/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';
import { expoNative } from '../../fakes/expo-native.js';
import { BridgeMeter } from '../../fakes/native-bridge.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import { CONTAINERS } from '../../fakes/rnfs-package.js';
import { fakeReactNative, loadPackage } from './packages.js';

const MIB = 1_048_576;

/** The package itself, on a phone. */
function install(platform: 'ios' | 'android', disk = new NativeDisk()): ExpoFileSystemLib {
  const native = expoNative({ disk, meter: new BridgeMeter(), platform, container: CONTAINERS[platform] });
  const core = {
    requireNativeModule: () => native,
    requireOptionalNativeModule: () => native,
    NativeModule: class {},
    SharedObject: class {},
    uuid: { v4: () => '00000000-0000-4000-8000-000000000000' },
    Platform: { OS: platform },
  };
  const module = loadPackage('expo-file-system', { 'expo-modules-core': core, 'react-native': fakeReactNative(platform, {}) });
  return module as ExpoFileSystemLib;
}

describe.each(['android', 'ios'] as const)('expoFileSystem over expo-file-system on %s', (platform) => {
  fileSystemSuite({
    name: platform,
    test,
    claims: { caseSensitive: true, roomBytes: 6 * MIB },
    sample: expoFileSystem({ lib: install(platform) }),
    create: async () => {
      const lib = install(platform, new NativeDisk({ capacityBytes: 6 * MIB }));
      const fileSystem = expoFileSystem({ lib });
      const directory = `${fileSystem.roots?.documents}/suite`;
      await fileSystem.makeDirectory(directory);
      return { fileSystem, directory };
    },
  });
});
