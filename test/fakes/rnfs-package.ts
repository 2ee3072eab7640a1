/**
 * A thin shim of the packages' JavaScript over their native modules, for tests without the packages. It does what `FS.common.js`
 * (react-native-fs 2.20.0) and `src/index.ts` (@dr.pogodin/react-native-fs 2.40.3) do with paths, dates and types, and nothing
 * else; the packages' own JavaScript runs over the same native fakes in test/react-native/boundary.
 */
import type { RnfsLib } from '../../adapters/rnfs/index.js';
import { BridgeMeter } from './native-bridge.js';
import { NativeDisk } from './native-disk.js';
import type { RnfsHost, RnfsNativeModule } from './rnfs-native.js';
import { rnfsAndroid } from './rnfs-native-android.js';
import { rnfsIos } from './rnfs-native-ios.js';

/** `normalizeFilePath`: strips one `file://`, and decodes nothing. */
const normalized = (path: string): string => (path.startsWith('file://') ? path.slice(7) : path);

/** The package, as an app imports it. */
export interface RnfsPackage extends RnfsLib {
  readFile(path: string, encoding: 'base64'): Promise<string>;
  write(path: string, contents: string, position: number, encoding: 'base64'): Promise<void>;
}

/** The package over a native module. */
function rnfsPackage(native: RnfsNativeModule, flavour: RnfsHost['flavour']): RnfsPackage {
  const constants = native.getConstants() as { readonly [name: string]: string };
  return {
    DocumentDirectoryPath: constants.DocumentDirectoryPath ?? '',
    CachesDirectoryPath: constants.CachesDirectoryPath ?? '',
    LibraryDirectoryPath: constants.LibraryDirectoryPath,
    TemporaryDirectoryPath: constants.TemporaryDirectoryPath,
    ExternalDirectoryPath: constants.ExternalDirectoryPath,
    ExternalCachesDirectoryPath: constants.ExternalCachesDirectoryPath,
    MainBundlePath: constants.MainBundlePath,
    ...(flavour === 'react-native-fs' ? {} : { pickFile: () => undefined }),
    read: (path, length, position) => native.read(normalized(path), length, position),
    readFile: (path) => native.readFile(normalized(path)),
    writeFile: async (path, contents) => void (await native.writeFile(normalized(path), contents, {})),
    appendFile: async (path, contents) => void (await native.appendFile(normalized(path), contents)),
    write: async (path, contents, position) => void (await native.write(normalized(path), contents, position)),
    stat: async (path) => {
      const result = await native.stat(normalized(path));
      return {
        size: result.size,
        mtime: new Date(result.mtime * 1_000),
        isFile: () => result.type === constants.FileTypeRegular,
        isDirectory: () => result.type === constants.FileTypeDirectory,
      };
    },
    exists: (path) => native.exists(normalized(path)),
    readDir: async (path) => (await native.readDir(normalized(path))).map(({ name }) => ({ name })),
    mkdir: async (path, options = {}) => void (await native.mkdir(normalized(path), options)),
    moveFile: async (from, to) => void (await native.moveFile(normalized(from), normalized(to), {})),
    copyFile: async (from, to) => void (await native.copyFile(normalized(from), normalized(to), {})),
    unlink: async (path) => void (await native.unlink(normalized(path))),
    hash: (path, algorithm) => native.hash(normalized(path), algorithm),
    getFSInfo: () => native.getFSInfo(),
    copyAssetsVideoIOS: (uri, to) => native.copyAssetsVideoIOS(uri, to),
  };
}

/** A phone with one app on it. */
export interface FakePhone {
  readonly disk: NativeDisk;
  readonly meter: BridgeMeter;
  readonly native: RnfsNativeModule;
  readonly lib: RnfsPackage;
}

/** What {@link fakePhone} is made of, beside what has a default. */
export type FakePhoneOptions = Partial<RnfsHost> & { readonly platform: 'ios' | 'android' };

/** Where an app lies by default. */
export const CONTAINERS = { ios: '/var/mobile/Containers/Data/Application/A1B2', android: '/data/user/0/app' } as const;

/** A phone with the package installed. */
export function fakePhone(options: FakePhoneOptions): FakePhone {
  const host: RnfsHost = {
    disk: options.disk ?? new NativeDisk(),
    meter: options.meter ?? new BridgeMeter(),
    flavour: options.flavour ?? 'react-native-fs',
    container: options.container ?? CONTAINERS[options.platform],
    ...(options.content === undefined ? {} : { content: options.content }),
    ...(options.photos === undefined ? {} : { photos: options.photos }),
    ...(options.turn === undefined ? {} : { turn: options.turn }),
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  };
  const native = options.platform === 'ios' ? rnfsIos(host) : rnfsAndroid(host);
  return { disk: host.disk, meter: host.meter, native, lib: rnfsPackage(native, host.flavour) };
}
