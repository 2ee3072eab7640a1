/** The fake of react-native-fs and a key-value store, with every answer in a turn of its own, as a bridge gives it. */
import { type FakePhone, fakePhone } from '../../fakes/rnfs-package.js';
import { natively } from './host.js';

/** What an app hands to the adapters. */
export interface HermesPhone extends FakePhone {
  readonly storage: {
    getItem(key: string): Promise<string | null>;
    setItem(key: string, value: string): Promise<void>;
    removeItem(key: string): Promise<void>;
    getAllKeys(): Promise<string[]>;
  };
}

/** A phone of Android. */
export function hermesPhone(): HermesPhone {
  const phone = fakePhone({ platform: 'android' });
  const lib = { ...phone.lib } as { [name: string]: unknown };
  for (const [name, method] of Object.entries(lib)) {
    if (typeof method !== 'function') continue;
    lib[name] = (...args: unknown[]) => natively(`rnfs.${name}`, () => (method as (...args: unknown[]) => unknown)(...args));
  }
  const rows = new Map<string, string>();
  return {
    ...phone,
    lib: lib as unknown as FakePhone['lib'],
    storage: {
      getItem: (key) => natively('storage.getItem', () => rows.get(key) ?? null),
      setItem: (key, value) => natively('storage.setItem', () => void rows.set(key, value)),
      removeItem: (key) => natively('storage.removeItem', () => void rows.delete(key)),
      getAllKeys: () => natively('storage.getAllKeys', () => [...rows.keys()]),
    },
  };
}
