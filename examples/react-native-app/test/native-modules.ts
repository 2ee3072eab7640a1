/**
 * The native side of the libraries that the app hands to Reelway, in memory: below the libraries' own JavaScript where that is
 * small, in its place where it is not. Good-natured; what real modules do wrong has tests of its own in Reelway's repository.
 */
import { NativeModules } from 'react-native';
import { createHash } from 'reelway';

/** Node's own, since these are tests. */
declare const Buffer: {
  from(data: Uint8Array | string, encoding?: 'base64'): Uint8Array & { toString(encoding: 'base64'): string };
  concat(parts: readonly Uint8Array[]): Uint8Array;
};

type Entry = Uint8Array | 'directory';

/** The disk of the phone, by plain paths. */
export const disk = new Map<string, Entry>([['/app', 'directory']]);
/** The bucket, by full paths. */
export const bucket = new Map<string, Uint8Array>();

function fileAt(path: string): Uint8Array {
  const entry = disk.get(path);
  if (entry === undefined || entry === 'directory') throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  return entry;
}

function move(from: string, to: string): void {
  disk.set(to, fileAt(from));
  disk.delete(from);
}

function makeDirectories(path: string): void {
  const parts = path.split('/').slice(1);
  parts.forEach((_, at) => {
    disk.set(`/${parts.slice(0, at + 1).join('/')}`, 'directory');
  });
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

/** What the JavaScript of react-native-fs calls. */
NativeModules['RNFSManager'] = {
  RNFSFileTypeRegular: 0,
  RNFSFileTypeDirectory: 1,
  RNFSMainBundlePath: '/app/bundle',
  RNFSCachesDirectoryPath: '/app/Library/Caches',
  RNFSDocumentDirectoryPath: '/app/Documents',
  RNFSLibraryDirectoryPath: '/app/Library',
  RNFSTemporaryDirectoryPath: '/app/tmp',
  addListener: () => undefined,
  removeListeners: () => undefined,
  exists: async (path: string) => disk.has(path),
  stat: async (path: string) => {
    if (!disk.has(path)) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    const entry = disk.get(path);
    return {
      size: entry instanceof Uint8Array ? entry.length : 0,
      type: entry === 'directory' ? 1 : 0,
      mtime: 1_700_000_000,
      ctime: 1_700_000_000,
      mode: 0,
    };
  },
  readDir: async (path: string) =>
    [...disk.keys()]
      .filter((entry) => entry.startsWith(`${path}/`) && !entry.slice(path.length + 1).includes('/'))
      .map((entry) => ({
        name: entry.slice(path.length + 1),
        path: entry,
        size: 0,
        type: disk.get(entry) === 'directory' ? 1 : 0,
        mtime: 0,
        ctime: 0,
      })),
  mkdir: async (path: string) => makeDirectories(path),
  unlink: async (path: string) => {
    for (const entry of [...disk.keys()]) if (entry === path || entry.startsWith(`${path}/`)) disk.delete(entry);
  },
  moveFile: async (from: string, to: string) => move(from, to),
  copyFile: async (from: string, to: string) => void disk.set(to, fileAt(from).slice()),
  read: async (path: string, length: number, position: number) => toBase64(fileAt(path).subarray(position, position + length)),
  writeFile: async (path: string, text: string) => void disk.set(path, fromBase64(text)),
  appendFile: async (path: string, text: string) => {
    const before = disk.get(path);
    disk.set(path, Buffer.concat([before instanceof Uint8Array ? before : new Uint8Array(), fromBase64(text)]));
  },
  getFSInfo: async () => ({ totalSpace: 1e12, freeSpace: 1e12 }),
  hash: async () => {
    throw new Error('not asked in this test');
  },
};

interface Reference {
  readonly fullPath: string;
  readonly name: string;
}

function reference(path: string): Reference {
  return { fullPath: path, name: path.slice(path.lastIndexOf('/') + 1) };
}

function stored({ fullPath }: Reference): Uint8Array {
  const bytes = bucket.get(fullPath);
  if (bytes === undefined) throw Object.assign(new Error('no such object'), { code: 'storage/object-not-found' });
  return bytes;
}

function metadataOf(object: Reference) {
  const bytes = stored(object);
  const hash = createHash('md5');
  hash.update(bytes);
  const hex = hash.digest();
  const md5 = Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
  return {
    ...object,
    size: bytes.length,
    md5Hash: toBase64(md5),
    updated: '2026-01-01T00:00:00Z',
    contentType: 'application/octet-stream',
  };
}

/** A task that is done at its first turn. */
function task(object: Reference, run: () => void) {
  const done = Promise.resolve().then(() => {
    run();
    const size = stored(object).length;
    return { bytesTransferred: size, totalBytes: size, metadata: metadataOf(object) };
  });
  return Object.assign(done, { on: () => () => undefined, cancel: async () => false });
}

/** Stands for `@react-native-firebase/storage`. */
export const firebaseStorage = {
  getStorage: () => ({}),
  ref: (_storage: unknown, path: string) => reference(path),
  putFile: (object: Reference, path: string) =>
    task(object, () => bucket.set(object.fullPath, fileAt(path.replace('file://', '')).slice())),
  writeToFile: (object: Reference, path: string) => task(object, () => disk.set(path.replace('file://', ''), stored(object).slice())),
  getMetadata: async (object: Reference) => metadataOf(object),
  updateMetadata: async (object: Reference) => metadataOf(object),
  getDownloadURL: async (object: Reference) => `https://bucket.example/${object.fullPath}`,
  deleteObject: async (object: Reference) => {
    stored(object);
    bucket.delete(object.fullPath);
  },
  list: async ({ fullPath }: Reference) => {
    const below = [...bucket.keys()].filter((path) => path.startsWith(`${fullPath}/`)).map((path) => path.slice(fullPath.length + 1));
    const folders = new Set(below.filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/'))));
    const items = below.filter((path) => !path.includes('/')).map((path) => reference(`${fullPath}/${path}`));
    return { items, prefixes: [...folders].map((folder) => reference(`${fullPath}/${folder}`)), nextPageToken: null };
  },
  setMaxUploadRetryTime: async () => undefined,
  setMaxDownloadRetryTime: async () => undefined,
  setMaxOperationRetryTime: async () => undefined,
};
