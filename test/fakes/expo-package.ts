/**
 * A thin shim of the package's JavaScript (File.ts, Directory.ts and Paths.ts of expo-file-system 58.0.2) over its native module,
 * for tests without the package. The package's own JavaScript runs over the same native fake in test/react-native/boundary.
 */
import type { ExpoFileSystemLib } from '../../adapters/expo/index.js';
import { type ExpoHost, type ExpoNativeModule, expoNative } from './expo-native.js';
import { BridgeMeter } from './native-bridge.js';
import { NativeDisk } from './native-disk.js';
import { CONTAINERS } from './rnfs-package.js';

/** The package over a native module. */
function expoPackage(native: ExpoNativeModule): ExpoFileSystemLib {
  class File extends native.FileSystemFile {
    constructor(uri: string) {
      super(uri);
      // A content URI has no file behind it that iOS would take; Android looks at nothing here.
      this.validatePath();
    }
  }
  class Directory extends native.FileSystemDirectory {
    constructor(uri: string) {
      super(uri);
      this.validatePath();
    }

    list(): { readonly uri: string }[] {
      return this.listAsRecords().map(({ isDirectory, uri }) => (isDirectory ? new Directory(uri) : new File(uri)));
    }
  }
  return {
    File,
    Directory,
    Paths: {
      get document() {
        return new Directory(native.documentDirectory);
      },
      get cache() {
        return new Directory(native.cacheDirectory);
      },
      get availableDiskSpace() {
        return native.availableDiskSpace;
      },
      info: (uri) => native.info(uri),
    },
  };
}

/** A phone with the package installed. */
export function expoPhone(options: Partial<ExpoHost> & { readonly platform: 'ios' | 'android' }) {
  const host: ExpoHost = { disk: new NativeDisk(), meter: new BridgeMeter(), container: CONTAINERS[options.platform], ...options };
  const native = expoNative(host);
  return { disk: host.disk, meter: host.meter, native, lib: expoPackage(native) };
}
