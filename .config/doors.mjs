/**
 * The package's doors: every subpath that can be imported, and the source file behind it.
 *
 * One table, so that build, gates, sizes and docs cannot disagree; a test holds package.json's `exports` to it.
 */

/** @typedef {{ subpath: string, name: string, entry: string, phone: boolean }} Door */

/**
 * `name` is the file's name in dist; `phone` says that React Native's Babel preset, Metro and Hermes must be able to take it.
 * @type {readonly Door[]}
 */
export const DOORS = [
  { subpath: '.', name: 'index', entry: 'src/index.ts', phone: true },
  { subpath: './upload', name: 'upload', entry: 'src/upload/index.ts', phone: true },
  { subpath: './fetch', name: 'fetch', entry: 'src/fetch/index.ts', phone: true },
  { subpath: './media', name: 'media', entry: 'src/media/index.ts', phone: true },
  { subpath: './conformance', name: 'conformance', entry: 'src/conformance/index.ts', phone: true },
  { subpath: './testing', name: 'testing', entry: 'src/testing/index.ts', phone: false },
  { subpath: './memory', name: 'memory', entry: 'adapters/memory/index.ts', phone: false },
  { subpath: './http', name: 'http', entry: 'adapters/http/index.ts', phone: true },
  { subpath: './s3-signer', name: 's3-signer', entry: 'adapters/s3-signer/index.ts', phone: false },
  { subpath: './s3', name: 's3', entry: 'adapters/s3/index.ts', phone: true },
  { subpath: './rnfs', name: 'rnfs', entry: 'adapters/rnfs/index.ts', phone: true },
  { subpath: './blob-util', name: 'blob-util', entry: 'adapters/blob-util/index.ts', phone: true },
  { subpath: './expo', name: 'expo', entry: 'adapters/expo/index.ts', phone: true },
  { subpath: './async-storage', name: 'async-storage', entry: 'adapters/async-storage/index.ts', phone: true },
  { subpath: './mmkv', name: 'mmkv', entry: 'adapters/mmkv/index.ts', phone: true },
  { subpath: './firebase', name: 'firebase', entry: 'adapters/firebase/index.ts', phone: true },
  { subpath: './react-native', name: 'react-native', entry: 'adapters/react-native/index.ts', phone: true },
  { subpath: './node', name: 'node', entry: 'adapters/node/index.ts', phone: false },
];

/** The command line: ESM only, no types, no subpath. */
export const CLI = { name: 'cli', entry: 'src/cli/main.ts' };

/** Bundled into dist, because phones cannot take them as they are published; their licences go along. */
export const BUNDLED = ['p-queue', 'p-timeout', 'zod', 'eventemitter3'];

/**
 * Entries for the bundler, by name.
 * @returns {Record<string, string>}
 */
export function entries({ cli = false } = {}) {
  const all = cli ? [...DOORS, CLI] : DOORS;
  return Object.fromEntries(all.map((door) => [door.name, door.entry]));
}
