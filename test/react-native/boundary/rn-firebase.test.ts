/** The contract over the own JavaScript of @react-native-firebase/storage and its app package, with only `react-native` in other hands. */
import { createRequire } from 'node:module';
import type * as StoragePackage from '@react-native-firebase/storage';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type RnFirebaseStorageLibrary, rnFirebaseBlobStore } from '../../../adapters/firebase/index.js';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';
import { FirebaseBucket } from '../../fakes/rn-firebase-bucket.js';
import { type NativeConditions, type Platform, RnFirebaseNative, turboModule } from '../../fakes/rn-firebase-native.js';
import { firebasePhone } from '../../fakes/rn-firebase-package.js';
import { fakePhone } from '../../fakes/rnfs-package.js';

const requireHere = createRequire(import.meta.url);
const code = new Map<Platform, string>();

/** Both packages in one script, with the files that Metro would take on this platform. */
async function bundle(platform: Platform): Promise<string> {
  const built = await build({
    stdin: { contents: "module.exports = require('@react-native-firebase/storage');", resolveDir: import.meta.dirname, loader: 'js' },
    ...{ bundle: true, write: false, format: 'cjs', platform: 'neutral', mainFields: ['main'], logLevel: 'error' },
    resolveExtensions: [`.${platform}.js`, '.native.js', '.js', '.json'],
    // The second for web pages only.
    external: ['react-native', 'react-native/*', 'firebase/*'],
    define: { __DEV__: 'false' },
  });
  return built.outputFiles[0]?.text ?? '';
}

beforeAll(async () => {
  for (const platform of ['android', 'ios'] as const) code.set(platform, await bundle(platform));
});

type Listener = (...args: unknown[]) => unknown;

/** As much of React Native's emitter as the packages use. */
class Emitter {
  private readonly listeners = new Map<string, Set<Listener>>();

  get listening(): number {
    return [...this.listeners.values()].reduce((sum, some) => sum + some.size, 0);
  }

  addListener(name: string, listener: Listener): { remove(): void } {
    const some = this.listeners.get(name) ?? new Set<Listener>();
    this.listeners.set(name, some.add(listener));
    return { remove: () => void some.delete(listener) };
  }

  emit(name: string, ...args: unknown[]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...args);
  }
}

interface Phone {
  readonly lib: typeof StoragePackage;
  readonly storage: StoragePackage.FirebaseStorage;
  readonly native: RnFirebaseNative;
  readonly bucket: FirebaseBucket;
  readonly conditions: NativeConditions;
  readonly shared: () => number;
  readonly files: ReturnType<typeof rnfsFileSystem>;
  readonly home: string;
}

/** A phone whose app was set up natively, as from google-services.json. */
function install(platform: Platform): Phone {
  const { disk, lib: RNFS } = fakePhone({ platform });
  const bucket = new FirebaseBucket();
  const conditions: NativeConditions = {};
  const natives = new Emitter();
  const emitters: Emitter[] = [];
  // Native events have a name of their own on the wire.
  const native = new RnFirebaseNative({ platform, disk, bucket, conditions, emit: (name, event) => natives.emit(`rnfb_${name}`, event) });
  const appModule = {
    ...{ eventsNotifyReady: () => undefined, eventsAddListener: () => undefined, eventsRemoveListener: () => undefined },
    getConstants: () => ({
      FIREBASE_RAW_JSON: '{}',
      NATIVE_FIREBASE_APPS: [{ appConfig: { name: '[DEFAULT]' }, options: { storageBucket: bucket.name.slice('gs://'.length) } }],
    }),
  };
  const modules: { readonly [name: string]: object } = { NativeRNFBTurboStorage: turboModule(native), NativeRNFBTurboApp: appModule };
  const replaced: { readonly [name: string]: unknown } = {
    'react-native': {
      Platform: { OS: platform },
      TurboModuleRegistry: { get: (name: string) => modules[name], getEnforcing: (name: string) => modules[name] },
      NativeEventEmitter: class {
        addListener(name: string, listener: Listener): { remove(): void } {
          return natives.addListener(name, listener);
        }
      },
    },
    'react-native/Libraries/vendor/emitter/EventEmitter': class extends Emitter {
      constructor() {
        super();
        emitters.push(this);
      }
    },
    'firebase/app': {},
    'react-native/Libraries/Utilities/binaryToBase64': () => '',
  };
  const module = { exports: {} };
  new Function('require', 'module', 'exports', code.get(platform) ?? '')(
    (name: string) => replaced[name] ?? requireHere(name),
    module,
    module.exports,
  );
  const lib = module.exports as typeof StoragePackage;
  const storage = lib.getStorage();
  const shared = (): number => emitters.reduce((sum, emitter) => sum + emitter.listening, 0);
  return { lib, storage, native, bucket, conditions, shared, files: rnfsFileSystem({ lib: RNFS }), home: RNFS.DocumentDirectoryPath };
}

const storeOf = ({ lib, storage, bucket }: Phone, staged?: Phone) =>
  rnFirebaseBlobStore({
    ...{ lib, storage, prefix: 'videos/u1/', pageSize: 3 },
    ...(staged === undefined
      ? { transport: bucket.transport() }
      : { staging: { fileSystem: staged.files, directory: `${staged.home}/staging` } }),
  });

/** Of the same abilities, before the packages are bundled. */
const { lib, storage } = firebasePhone({ platform: 'ios' });
const SAMPLE = rnFirebaseBlobStore({ lib, storage, prefix: 'sample/', transport: new FirebaseBucket().transport() });

describe.each([
  { platform: 'android', staged: false },
  { platform: 'ios', staged: false },
  { platform: 'android', staged: true },
  { platform: 'ios', staged: true },
] as const)('rnFirebaseBlobStore over the package on $platform, read natively: $staged', ({ platform, staged }) => {
  blobStoreSuite({
    name: platform,
    test,
    claims: { checksHashes: false, pageSize: 3 },
    sample: SAMPLE,
    create: async () => {
      const phone = install(platform);
      const directory = `${phone.home}/suite`;
      await phone.files.makeDirectory(directory);
      return { blobStore: storeOf(phone, staged ? phone : undefined), files: { fileSystem: phone.files, directory } };
    },
  });
});

describe.each(['android', 'ios'] as const)('what the package does on %s', (platform) => {
  const VIDEO = { contentType: 'video/mp4' };
  const bytes = new Uint8Array(1000).fill(7);
  const writeFile = async ({ files }: Phone, path: string): Promise<void> => {
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    const handle = await files.create(path);
    await handle.write(bytes);
    await handle.close();
  };
  const put = async (phone: Phone, name = 'segment', options: object = {}) => {
    const path = `${phone.home}/${name}`;
    await writeFile(phone, path);
    return storeOf(phone).put('clip', { kind: 'file', sizeBytes: bytes.length, path }, { ...VIDEO, ...options });
  };

  test('fits the shape that the adapter asks for', () => {
    const phone = install(platform);
    const lib: RnFirebaseStorageLibrary = phone.lib;
    expect(Object.keys(phone.lib)).toEqual(expect.arrayContaining(['putFile', 'writeToFile', 'setMaxUploadRetryTime', 'updateMetadata']));
    expect(lib).toBe(phone.lib);
  });

  test('with a percent sign in a path is undone', async () => {
    const phone = install(platform);
    await put(phone, 'a%20b-100%25.mp4');
    expect(phone.native.sentPaths).toEqual([`${phone.home}/a%20b-100%25.mp4`]);
  });

  test('with a cancel that comes too early is made good', async () => {
    const phone = install(platform);
    phone.conditions.isStuck = true;
    const controller = new AbortController();
    const statuses = vi.spyOn(phone.native, 'setTaskStatus');
    const send = phone.native.putFile.bind(phone.native);
    vi.spyOn(phone.native, 'putFile').mockImplementation((...call) => {
      const sent = send(...call);
      controller.abort('left');
      return sent;
    });
    await expect(put(phone, 'segment', { signal: controller.signal })).rejects.toBe('left');
    expect(statuses.mock.results.map(({ value }) => value)).toEqual([false, true]);
    expect(phone.native.running).toBe(0);
  });

  test('with listeners leaves none behind, well or badly', async () => {
    const phone = install(platform);
    await put(phone);
    const before = phone.shared();
    const seen: number[] = [];
    await put(phone, 'segment', { onProgress: (sentBytes: number) => seen.push(sentBytes) });
    phone.conditions.failure = 'quota-exceeded';
    await expect(put(phone, 'segment', { onProgress: () => undefined })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(phone.shared()).toBe(before);
    expect(seen).toEqual([250, 500, 750, 1000, 1000]);
  });

  test('with errors is told by code, and retried or not', async () => {
    for (const [word, code] of [
      ['unauthorized', 'FORBIDDEN'],
      ['unauthenticated', 'AUTH_REQUIRED'],
      ['retry-limit-exceeded', 'UNAVAILABLE'],
      ['unknown', 'NETWORK'],
    ] as const) {
      const phone = install(platform);
      phone.conditions.failure = word;
      await expect(put(phone)).rejects.toMatchObject({ code, context: { reason: word } });
      await expect(storeOf(phone).head('clip')).rejects.toMatchObject({ code, context: { reason: word } });
    }
  });

  test('with types is set right', async () => {
    const phone = install(platform);
    await put(phone);
    expect(phone.bucket.objects.get('videos/u1/clip')?.contentType).toBe('video/mp4');
  });

  test('and does not, is never called', async () => {
    const { lib, storage } = install(platform);
    const reference = lib.ref(storage, 'x');
    await expect(lib.uploadBytes(reference, bytes)).rejects.toThrow('not implemented');
    expect(() => lib.getBlob(reference)).toThrow('not implemented');
  });
});
