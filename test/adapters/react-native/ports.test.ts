/** All ports of a phone together, over fakes of all its native modules. The host's own clock: the fakes take real turns of the event loop. */
import { describe, expect, test, vi } from 'vitest';
import { type ReactNativePortsOptions, type RnFirebaseStorageModule, reactNativePorts } from '../../../adapters/react-native/index.js';
import { createUploadEngine } from '../../../src/upload/index.js';
import { createAppState } from '../../fakes/app-state.js';
import { createAndroidAsyncStorage, createRowDisk } from '../../fakes/async-storage-android.js';
import { createIosAsyncStorage, createManifestDisk } from '../../fakes/async-storage-ios.js';
import { asyncStorage2 } from '../../fakes/async-storage-packages.js';
import { createDeviceInfo } from '../../fakes/device-info.js';
import { createNetInfo, NONE, WIFI } from '../../fakes/net-info.js';
import { firebasePhone } from '../../fakes/rn-firebase-package.js';
import { fakePhone } from '../../fakes/rnfs-package.js';
import { createBucket } from './support.js';

const BYTES = 3 * 524_288 + 99;

function phoneOn(platform: 'ios' | 'android') {
  const { disk, lib: RNFS } = fakePhone({ platform });
  const firebase = firebasePhone({ platform, disk });
  const rows = createRowDisk();
  const manifest = createManifestDisk();
  const net = createNetInfo(WIFI);
  const app = createAppState();
  const getStorage = vi.fn((_app?: undefined, _bucketUrl?: string): unknown => firebase.storage);
  const storage: RnFirebaseStorageModule = { ...firebase.lib, getStorage };
  const options = (): ReactNativePortsOptions => ({
    RNFS,
    AsyncStorage: asyncStorage2(platform === 'ios' ? createIosAsyncStorage(manifest) : createAndroidAsyncStorage(rows)),
    storage,
    NetInfo: net.netInfo,
    AppState: app.appState,
  });
  return { RNFS, firebase, net, app, getStorage, options };
}

describe.each(['ios', 'android'] as const)('on %s', (platform) => {
  test('a video goes up, waits while there is no network, and leaves nothing staged', async () => {
    const { RNFS, net, app, options } = phoneOn(platform);
    const ports = reactNativePorts({ ...options(), battery: createDeviceInfo({ batteryLevel: 0.9 }).deviceInfo });
    const path = `${RNFS.DocumentDirectoryPath}/clip.mp4`;
    await RNFS.writeFile(path, Buffer.alloc(BYTES, 5).toString('base64'), 'base64');
    const engine = createUploadEngine({ ...ports, scope: 'anna' });
    await engine.start();
    net.change(NONE);
    const handle = await engine.add(path, { title: 'Clip' }, { videoId: 'v1' });
    await vi.waitFor(() => expect(handle.state()).toMatchObject({ status: 'waiting', reason: 'offline' }));
    net.change(WIFI);
    const manifest = await handle.completed();
    expect(manifest.source.sizeBytes).toBe(BYTES);
    await engine.stop();
    const [scope = ''] = (await RNFS.exists(ports.stagingDirectory)) ? await ports.fileSystem.list(ports.stagingDirectory) : [];
    expect(scope === '' ? [] : await ports.fileSystem.list(`${ports.stagingDirectory}/${scope}`)).toEqual([]);
    ports.conditions.close();
    expect([net.listeners(), app.listeners()]).toEqual([0, 0]);
  });

  test('directories: staging where nothing is cleared away, the cache where it may be', () => {
    const { RNFS, options } = phoneOn(platform);
    const ports = reactNativePorts({ ...options(), folder: 'reels' });
    const home = platform === 'ios' ? RNFS.LibraryDirectoryPath : RNFS.DocumentDirectoryPath;
    expect(ports.stagingDirectory).toBe(`${home}/reels/staging`);
    expect(ports.cacheDirectory).toBe(`${RNFS.CachesDirectoryPath}/reels/videos`);
  });
});

describe('the bucket', () => {
  test('is the one of the address, read by the transport where there is one', () => {
    const { options, getStorage } = phoneOn('ios');
    expect(reactNativePorts(options()).blobStore.rangeRead).toBe(false);
    expect(getStorage).toHaveBeenLastCalledWith(undefined, undefined);
    const ports = reactNativePorts({ ...options(), bucketUrl: 'gs://other', transport: createBucket().transport });
    expect(ports.blobStore.rangeRead).toBe(true);
    expect(getStorage).toHaveBeenLastCalledWith(undefined, 'gs://other');
  });

  test('may be another one, and must be one', () => {
    const { storage: _storage, ...bare } = phoneOn('ios').options();
    const blobStore = reactNativePorts(phoneOn('ios').options()).blobStore;
    expect(reactNativePorts({ ...bare, blobStore }).blobStore).toBe(blobStore);
    expect(() => reactNativePorts(bare)).toThrow(TypeError);
    expect(() => reactNativePorts({ ...bare, blobStore, folder: '../x' })).toThrow(TypeError);
  });
});
