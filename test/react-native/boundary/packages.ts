/**
 * The packages' own JavaScript over fake native modules: what an app imports, lowered as Metro's Babel preset lowers it, with only
 * `react-native` and `expo-modules-core` in other hands.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const requireHere = createRequire(import.meta.url);
const { transformSync } = requireHere('@babel/core') as {
  transformSync(code: string, options: object): { readonly code: string };
};

/** Modules in other hands, by name. */
export type Replaced = { readonly [name: string]: unknown };

/** Loads a package anew, with all its files; other packages that it needs come from where it is installed. */
export function loadPackage(name: string, replaced: Replaced): unknown {
  const entry = requireHere.resolve(name);
  const own = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
  const loaded = new Map<string, { exports: unknown }>();

  const load = (file: string): unknown => {
    const known = loaded.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown };
    loaded.set(file, module);
    const requireThere = createRequire(file);
    const required = (wanted: string): unknown => {
      if (wanted in replaced) return replaced[wanted];
      const resolved = nativeOf(requireThere.resolve(wanted));
      return resolved.startsWith(own) ? load(resolved) : requireThere(wanted);
    };
    const run = new Function('require', 'module', 'exports', '__filename', '__dirname', 'self', lowered(file));
    run(required, module, module.exports, file, dirname(file), globalThis);
    return module.exports;
  };
  return load(entry);
}

/** The file for phones beside one for all, which Metro prefers. */
function nativeOf(file: string): string {
  const native = file.replace(/(\.[jt]sx?)$/, '.native$1');
  return native !== file && existsSync(native) ? native : file;
}

/** What Babel made of each file: a phone is made anew for each test, and lowering takes seconds. */
const cache = new Map<string, string>();

function lowered(file: string): string {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const options = {
    filename: file,
    presets: [requireHere.resolve('@react-native/babel-preset')],
    babelrc: false,
    configFile: false,
    compact: false,
  };
  const { code } = transformSync(readFileSync(file, 'utf8'), options);
  cache.set(file, code);
  return code;
}

/** As much of `react-native` as the packages touch before a native call. */
export function fakeReactNative(platform: 'ios' | 'android', modules: { readonly [name: string]: unknown }): object {
  class NativeEventEmitter {
    addListener(): { remove(): void } {
      return { remove: () => undefined };
    }
  }
  const get = (name: string): unknown => modules[name];
  return {
    NativeModules: modules,
    TurboModuleRegistry: { get, getEnforcing: get },
    NativeEventEmitter,
    DeviceEventEmitter: new NativeEventEmitter(),
    Platform: { OS: platform, Version: 35, select: (choice: { readonly [os: string]: unknown }) => choice[platform] ?? choice.default },
    AppState: { addEventListener: () => ({ remove: () => undefined }), currentState: 'active' },
    PermissionsAndroid: { PERMISSIONS: {}, RESULTS: {} },
    NativeAppEventEmitter: new NativeEventEmitter(),
  };
}

/** The native module under the names that react-native-fs 2.20 reads: its constants on the module, with `RNFS` in front. */
export function rnfsManager(native: { getConstants(): object }): object {
  const constants = Object.entries(native.getConstants()).map(([name, value]) => [`RNFS${name}`, value]);
  return { ...native, ...Object.fromEntries(constants) };
}
