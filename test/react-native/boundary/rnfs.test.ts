/** The contract over react-native-fs's own JavaScript, and over its maintained fork's. */
import { describe, expect, it, test } from 'vitest';
import { type RnfsLib, rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { fileSystemSuite } from '../../../src/conformance/index.js';
import { createTestPorts } from '../../../src/testing/index.js';
import { forgetfulStore } from '../../adapters/rnfs/forgetful-store.js';
import { BridgeMeter } from '../../fakes/native-bridge.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import type { RnfsFaults, RnfsFlavour } from '../../fakes/rnfs-native.js';
import { rnfsAndroid } from '../../fakes/rnfs-native-android.js';
import { rnfsIos } from '../../fakes/rnfs-native-ios.js';
import { CONTAINERS } from '../../fakes/rnfs-package.js';
import { startOn } from '../../upload/support.js';
import { fakeReactNative, loadPackage, rnfsManager } from './packages.js';

const MIB = 1_048_576;

interface Installed {
  readonly flavour: RnfsFlavour;
  readonly platform: 'ios' | 'android';
  readonly faults?: RnfsFaults;
}

/** The package itself, on a phone. */
function install({ flavour, platform, faults = {} }: Installed, disk = new NativeDisk()) {
  const meter = new BridgeMeter();
  const host = { disk, meter, flavour, container: CONTAINERS[platform], faults };
  const native = platform === 'ios' ? rnfsIos(host) : rnfsAndroid(host);
  const modules = flavour === 'react-native-fs' ? { RNFSManager: rnfsManager(native) } : { ReactNativeFs: native };
  const lib = loadPackage(flavour, { 'react-native': fakeReactNative(platform, modules) }) as RnfsLib;
  return { lib, disk, meter };
}

const FLAVOURS = ['react-native-fs', '@dr.pogodin/react-native-fs'] as const;
const PHONES: readonly (Installed & { readonly name: string })[] = FLAVOURS.flatMap((flavour) => [
  { name: `${flavour} on Android`, flavour, platform: 'android' as const },
  { name: `${flavour} on iOS`, flavour, platform: 'ios' as const },
  {
    name: `${flavour} on Android with short reads and rejections at the end`,
    flavour,
    platform: 'android' as const,
    faults: { shortRead: (length: number) => Math.min(length, 8_191), rejectAtEnd: true },
  },
]);

describe.each(PHONES)('rnfsFileSystem over $name', ({ name, ...installed }) => {
  fileSystemSuite({
    name,
    test,
    claims: { caseSensitive: true, roomBytes: 6 * MIB },
    sample: rnfsFileSystem({ lib: install(installed).lib }),
    create: async () => {
      const { lib } = install(installed, new NativeDisk({ capacityBytes: 6 * MIB }));
      const fileSystem = rnfsFileSystem({ lib });
      const directory = `${lib.DocumentDirectoryPath}/suite`;
      await fileSystem.makeDirectory(directory);
      return { fileSystem, directory };
    },
  });
});

describe.each(FLAVOURS)('an upload of 114,381,456 bytes over %s', (flavour) => {
  it.each(['android', 'ios'] as const)('never reads a file whole on %s', async (platform) => {
    const { lib, disk, meter } = install({ flavour, platform });
    const path = `${lib.DocumentDirectoryPath}/clip.mp4`;
    disk.makeUp(path, 114_381_456);
    const ports = createTestPorts();
    const store = forgetfulStore();
    const engine = await startOn(ports, { fileSystem: rnfsFileSystem({ lib }), blobStore: store, hashAlgorithm: 'crc32c' });
    await ports.clock.runUntil(engine.add(path, {}, { videoId: 'clip' }).then((upload) => upload.completed()));
    expect(store.segmentBytes()).toBe(114_381_456);
    expect(meter.count('readFile')).toBe(0);
    expect(meter.longestString).toBe(65_536);
  });
});

describe('what differs between the packages', () => {
  it.each(FLAVOURS)('%s on iOS is told from Android by its constants', (flavour) => {
    expect(install({ flavour, platform: 'ios' }).lib.MainBundlePath).toBeTypeOf('string');
    expect(install({ flavour, platform: 'android' }).lib.MainBundlePath).toBeUndefined();
  });

  it('only the maintained fork picks files, which is how it is told', () => {
    expect(install({ flavour: 'react-native-fs', platform: 'ios' }).lib.pickFile).toBeUndefined();
    expect(install({ flavour: '@dr.pogodin/react-native-fs', platform: 'ios' }).lib.pickFile).toBeTypeOf('function');
  });
});
