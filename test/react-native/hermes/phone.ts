/** The fake of react-native-fs and a key-value store, with every answer in a turn of its own, as a bridge gives it. */
import { base64Codec } from '../../../src/adapter-kit/index.js';
import { type FakePhone, fakePhone } from '../../fakes/rnfs-package.js';
import { natively } from './host.js';

/** `atob` and `btoa` of the host. */
export interface HostBase64 {
  atob(base64: string): string;
  btoa(binary: string): string;
}

/** What an app hands to the adapters. */
export interface HermesPhone extends FakePhone {
  readonly storage: {
    getItem(key: string): Promise<string | null>;
    setItem(key: string, value: string): Promise<void>;
    removeItem(key: string): Promise<void>;
    getAllKeys(): Promise<string[]>;
  };
  /**
   * What React Native's engines have since 0.74, and the engine at hand has not: here the work itself is done in native turns, so that
   * of base64 only what the adapter does around it is JavaScript's.
   */
  readonly base64: HostBase64;
}

const ARGUMENTS = 8_192;

/** The two functions, and what native code does with their texts in its own turns. */
class NativeBase64 implements HostBase64 {
  private readonly codec = base64Codec({});
  private readonly decoded = new Map<string, string>();
  private readonly encoded = new Map<string, string>();
  private isWanted = false;

  /** A text that goes to JavaScript. */
  given(base64: string): void {
    if (!this.isWanted) return;
    const buffer = new Uint8Array(base64.length);
    const bytes = buffer.subarray(0, this.codec.decodeInto(base64, buffer));
    let binary = '';
    for (let at = 0; at < bytes.length; at += ARGUMENTS) {
      binary += String.fromCharCode.apply(null, bytes.subarray(at, at + ARGUMENTS) as unknown as number[]);
    }
    this.decoded.set(base64, binary);
  }

  /** A text that comes from JavaScript. */
  taken(text: string): string {
    const binary = this.encoded.get(text);
    if (binary === undefined) return text;
    this.encoded.delete(text);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
    return this.codec.encode(bytes);
  }

  /** For an adapter that is to use it. */
  offer(): HostBase64 {
    this.isWanted = true;
    return this;
  }

  readonly atob = (base64: string): string => {
    const binary = this.decoded.get(base64);
    if (binary === undefined) throw new Error('Only what native code has given can be decoded');
    this.decoded.delete(base64);
    return binary;
  };

  readonly btoa = (binary: string): string => {
    const text = `#${this.encoded.size}-${binary.length}`;
    this.encoded.set(text, binary);
    return text;
  };
}

/** A phone of Android. */
export function hermesPhone(): HermesPhone {
  const phone = fakePhone({ platform: 'android' });
  const base64 = new NativeBase64();
  const lib = { ...phone.lib } as { [name: string]: unknown };
  for (const [name, method] of Object.entries(lib)) {
    if (typeof method !== 'function') continue;
    lib[name] = (...args: unknown[]) =>
      natively(`rnfs.${name}`, async () => {
        const [path, text, ...rest] = args;
        if (name === 'appendFile') args = [path, base64.taken(text as string), ...rest];
        const answer = await (method as (...args: unknown[]) => unknown)(...args);
        if (name === 'read') base64.given(answer as string);
        return answer;
      });
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
    get base64() {
      return base64.offer();
    },
  };
}
