/**
 * A thin shim of the package's JavaScript (fs.js of react-native-blob-util 0.25.0) over its native module, for tests without the
 * package: promises for callbacks, numbers for text, and the stat before a slice that begins at 0. The package's own JavaScript
 * runs over the same native fake in test/react-native/boundary.
 */
import type { BlobUtilFs, BlobUtilLib } from '../../adapters/blob-util/index.js';
import { type BlobUtilHost, type BlobUtilNativeModule, blobUtilNative } from './blob-util-native.js';
import { BridgeMeter } from './native-bridge.js';
import { NativeDisk } from './native-disk.js';
import { CONTAINERS } from './rnfs-package.js';

type Done = (error?: unknown, result?: unknown) => void;

/** `addCode('EUNSPECIFIED', new Error(err))`. */
function promised<T>(call: (done: Done) => void, code?: string): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error) reject(Object.assign(new Error(String(error)), code === undefined ? {} : { code }));
      else resolve(result as T);
    });
  });
}

/** The package over a native module. */
function blobUtilPackage(native: BlobUtilNativeModule): BlobUtilLib {
  const constants = native.getConstants();
  const stat: BlobUtilFs['stat'] = async (path) => {
    // `stat` rejects without a code.
    const found = await promised<{ size: string; lastModified: string; type: string }>((done) => native.stat(path, done));
    return { ...found, size: Number.parseInt(found.size, 10), lastModified: Number.parseInt(String(found.lastModified), 10) };
  };
  return {
    fs: {
      dirs: {
        DocumentDir: constants.DocumentDir ?? '',
        CacheDir: constants.CacheDir ?? '',
        LibraryDir: constants.LibraryDir,
        SDCardDir: constants.SDCardDir,
      },
      stat,
      exists: (path) => new Promise((resolve) => native.exists(path, (exists) => resolve(exists))),
      ls: (path) => native.ls(path),
      mkdir: (path) => native.mkdir(path),
      unlink: (path) => promised((done) => native.unlink(path, done), 'EUNSPECIFIED'),
      mv: (from, to) => promised((done) => native.mv(from, to, done), 'EUNSPECIFIED'),
      cp: (from, to) => promised((done) => native.cp(from, to, done), 'EUNSPECIFIED'),
      slice: async (from, to, start, end) => {
        // `if (start < 0 || end < 0 || !start || !end)` looks at the source first.
        if (!start || !end) await stat(from);
        return native.slice(from, to, start, end);
      },
      readFile: (path, encoding) => native.readFile(path, encoding, false),
      writeFile: (path, data, encoding) => native.writeFile(path, encoding, data, false, false),
      appendFile: (path, data, encoding) => native.writeFile(path, encoding, data, false, true),
      hash: (path, algorithm) => native.hash(path, algorithm),
      df: () => promised((done) => native.df(done), 'EUNSPECIFIED'),
    },
  };
}

/** A phone with the package installed. */
export function blobUtilPhone(options: Partial<BlobUtilHost> & { readonly platform: 'ios' | 'android' }) {
  const host: BlobUtilHost = { disk: new NativeDisk(), meter: new BridgeMeter(), container: CONTAINERS[options.platform], ...options };
  const native = blobUtilNative(host);
  return { disk: host.disk, meter: host.meter, native, lib: blobUtilPackage(native) };
}
