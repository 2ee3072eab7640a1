/** The contract over react-native-mmkv's own JavaScript: what `createMMKV` makes of its HybridObject. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type MmkvLike, mmkvKeyValueStore } from '../../../adapters/mmkv/index.js';
import { keyValueStoreSuite } from '../../../src/conformance/index.js';
import { createMmkvFile, createMmkvHybrid, type MmkvFile } from '../../fakes/mmkv.js';
import { fakeReactNative, loadPackage } from './packages.js';

const ROOM = 400_000;

// Under a test runner the package makes a Map of its own instead.
function outsideOfTests(): void {
  vi.stubEnv('VITEST_WORKER_ID', undefined);
  vi.stubEnv('JEST_WORKER_ID', undefined);
}
beforeEach(outsideOfTests);
afterEach(() => vi.unstubAllEnvs());

function install(platform: 'ios' | 'android', file: MmkvFile, seen: { readonly id?: string }[] = []): MmkvLike {
  outsideOfTests();
  const objects: { readonly [name: string]: object } = {
    MMKVFactory: {
      defaultMMKVInstanceId: 'mmkv.default',
      initializeMMKV: () => undefined,
      createMMKV: (configuration: { readonly id?: string }) => {
        seen.push(configuration);
        return createMmkvHybrid(file);
      },
    },
    MMKVPlatformContext: { getBaseDirectory: () => '/app/mmkv', getAppGroupDirectory: () => undefined },
  };
  const module = loadPackage('react-native-mmkv', {
    'react-native': fakeReactNative(platform, {}),
    'react-native-nitro-modules': { NitroModules: { createHybridObject: (name: string) => objects[name] } },
    react: {},
  });
  return (module as { createMMKV(configuration: object): MmkvLike }).createMMKV({ id: 'reelway', recoveryStrategy: 'recover-on-error' });
}

describe.each(['android', 'ios'] as const)('mmkvKeyValueStore over react-native-mmkv on %s', (platform) => {
  keyValueStoreSuite({
    name: platform,
    test,
    sample: mmkvKeyValueStore({ lib: install(platform, createMmkvFile()) }),
    claims: { persistent: true, breakable: true, roomCharacters: ROOM },
    create: async () => {
      const file = createMmkvFile(ROOM);
      return {
        keyValueStore: mmkvKeyValueStore({ lib: install(platform, file) }),
        reopen: async () => mmkvKeyValueStore({ lib: install(platform, file) }),
        breakStorage: async () => {
          file.valid = false;
        },
      };
    },
  });

  test('the recovery strategy reaches the native side', () => {
    const seen: object[] = [];
    install(platform, createMmkvFile(), seen);
    expect(seen).toEqual([{ id: 'reelway', recoveryStrategy: 'recover-on-error' }]);
  });
});
