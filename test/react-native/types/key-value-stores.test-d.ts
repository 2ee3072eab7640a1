/** What the adapters for records ask of the native packages, against the packages' own declarations. */
import AsyncStorage1 from 'async-storage-1';
import AsyncStorage2 from 'async-storage-2';
import AsyncStorage3, { createAsyncStorage } from 'async-storage-3';
import { createMMKV } from 'react-native-mmkv';
import { asyncStorageKeyValueStore } from '../../../adapters/async-storage/index.js';
import { mmkvKeyValueStore } from '../../../adapters/mmkv/index.js';

asyncStorageKeyValueStore({ lib: AsyncStorage1 });
asyncStorageKeyValueStore({ lib: AsyncStorage2 });
asyncStorageKeyValueStore({ lib: AsyncStorage3 });
asyncStorageKeyValueStore({ lib: createAsyncStorage('reelway') });
mmkvKeyValueStore({ lib: createMMKV({ id: 'reelway' }) });

// @ts-expect-error MMKV has other names, and answers at once
asyncStorageKeyValueStore({ lib: createMMKV() });
// @ts-expect-error AsyncStorage answers later
mmkvKeyValueStore({ lib: AsyncStorage2 });
