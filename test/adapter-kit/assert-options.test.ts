/** Misspelt options of every factory of the adapters. */
import { describe, expect, it } from 'vitest';
import { asyncStorageKeyValueStore } from '../../adapters/async-storage/index.js';
import { blobUtilFileSystem } from '../../adapters/blob-util/index.js';
import { expoFileSystem } from '../../adapters/expo/index.js';
import { firebaseBlobStore, rnFirebaseBlobStore } from '../../adapters/firebase/index.js';
import { fetchTransport, httpBlobSource, signedUrlBlobStore, xhrTransport } from '../../adapters/http/index.js';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore, memoryLock } from '../../adapters/memory/index.js';
import { mmkvKeyValueStore } from '../../adapters/mmkv/index.js';
import {
  directoryBlobStore,
  nodeFileSystem,
  nodeHttpTransport,
  nodeKeyValueStore,
  nodeLock,
  nodePorts,
} from '../../adapters/node/index.js';
import { nativeUploadTransport, reactNativeConditions, reactNativePorts } from '../../adapters/react-native/index.js';
import { rnfsFileSystem } from '../../adapters/rnfs/index.js';
import { s3BlobStore } from '../../adapters/s3/index.js';
import { s3Signer } from '../../adapters/s3-signer/index.js';

const FACTORIES: { readonly [name: string]: (options: never) => unknown } = {
  asyncStorageKeyValueStore,
  blobUtilFileSystem,
  directoryBlobStore,
  expoFileSystem,
  fetchTransport,
  firebaseBlobStore,
  httpBlobSource,
  memoryBlobStore,
  memoryFileSystem,
  memoryKeyValueStore,
  memoryLock,
  mmkvKeyValueStore,
  nativeUploadTransport,
  nodeFileSystem,
  nodeHttpTransport,
  nodeKeyValueStore,
  nodeLock,
  nodePorts,
  reactNativeConditions,
  reactNativePorts,
  rnFirebaseBlobStore,
  rnfsFileSystem,
  s3BlobStore,
  s3Signer,
  signedUrlBlobStore,
  xhrTransport,
};

describe('every factory', () => {
  it.each(Object.entries(FACTORIES))('%s rejects a misspelt option with a TypeError that names it', (name, factory) => {
    expect(() => factory({ durabilty: 'process' } as never)).toThrow(new RegExp(`^Unknown option of ${name}: "durabilty"\\. Known: \\w+`));
    expect(() => factory({ durabilty: 'process' } as never)).toThrow(TypeError);
  });
});
