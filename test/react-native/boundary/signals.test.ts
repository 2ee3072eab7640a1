/** What a phone is like, told by the JavaScript of NetInfo, device-info, expo-battery and React Native's AppState over native fakes. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type AppStateLike,
  type DeviceInfoLike,
  type ExpoBatteryLike,
  type NetInfoLike,
  reactNativeConditions,
} from '../../../adapters/react-native/index.js';
import { createAppState } from '../../fakes/app-state.js';
import { createDeviceInfo } from '../../fakes/device-info.js';
import { createExpoBattery } from '../../fakes/expo-battery.js';
import { CELLULAR, type NativeNetState, NONE, WIFI } from '../../fakes/net-info.js';
import { fakeReactNative, loadPackage } from './packages.js';

type Listener = (payload?: unknown) => void;

/** React Native's device events. */
class Events {
  readonly listeners = new Map<string, Set<Listener>>();

  addListener = (name: string, listener: Listener): { remove(): void } => {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return { remove: () => void all.delete(listener) };
  };

  emit(name: string, payload?: unknown): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(payload);
  }

  count(): number {
    return [...this.listeners.values()].reduce((sum, all) => sum + all.size, 0);
  }
}

function reactNative(platform: 'ios' | 'android', modules: { readonly [name: string]: unknown }, events: Events): object {
  class NativeEventEmitter {
    addListener = events.addListener;
  }
  return { ...fakeReactNative(platform, modules), NativeEventEmitter };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What NetInfo's own check of reachability is answered. */
let check: { readonly status: number } | 'hangs' = 'hangs';

beforeEach(() => {
  check = 'hangs';
  vi.stubGlobal('__DEV__', false);
  vi.stubGlobal('fetch', () => (check === 'hangs' ? new Promise(() => undefined) : Promise.resolve(check)));
});
afterEach(() => vi.unstubAllGlobals());

function netInfoOn(platform: 'ios' | 'android', initial: NativeNetState) {
  const events = new Events();
  let now = initial;
  const native = {
    getCurrentState: async () => now,
    configure: () => undefined,
    addListener: () => undefined,
    removeListeners: () => undefined,
  };
  const module = loadPackage('@react-native-community/netinfo', {
    'react-native': reactNative(platform, { RNCNetInfo: native }, events),
    react: { useState: () => undefined, useEffect: () => undefined },
  });
  const change = (state: NativeNetState): void => {
    now = state;
    events.emit('netInfo.networkStatusDidChange', state);
  };
  return { netInfo: (module as { readonly default: NetInfoLike }).default, change };
}

describe.each(['ios', 'android'] as const)('NetInfo on %s', (platform) => {
  test('is told at the beginning and at each change; its own check is a maybe while it runs', async () => {
    const { netInfo, change } = netInfoOn(platform, WIFI);
    const conditions = reactNativeConditions({ netInfo, appState: createAppState().appState });
    const believing = reactNativeConditions({ netInfo, appState: createAppState().appState, believeUnreachable: true });
    await turns();
    expect(conditions.current()).toMatchObject({ online: true, metered: false });
    expect(believing.current().online).toBe(true);
    change(CELLULAR);
    expect(conditions.current()).toMatchObject({ online: true, metered: true });
    change(NONE);
    expect(conditions.current().online).toBe(false);
    conditions.close();
    believing.close();
    change(WIFI);
    expect(conditions.current().online).toBe(false);
  });

  test('a check that fails is offline only to those who believe it', async () => {
    check = { status: 403 };
    const { netInfo, change } = netInfoOn(platform, WIFI);
    const appState = createAppState().appState;
    const conditions = reactNativeConditions({ netInfo, appState });
    const believing = reactNativeConditions({ netInfo, appState, believeUnreachable: true });
    await turns();
    expect([conditions.current().online, believing.current().online]).toEqual([true, false]);
    check = { status: 204 };
    change(CELLULAR);
    await turns();
    expect([conditions.current().online, believing.current().online]).toEqual([true, true]);
    // Ends the timer of NetInfo's next check.
    change(NONE);
  });
});

describe('device-info', () => {
  test('tells the battery, and its events by an emitter over its native module', async () => {
    const fake = createDeviceInfo({ batteryLevel: 0.4, batteryState: 'unplugged', lowPowerMode: false });
    const events = new Events();
    const native = { ...fake.deviceInfo, getPowerStateSync: () => ({}), getConstants: () => ({}) };
    const module = loadPackage('react-native-device-info', {
      'react-native': { ...reactNative('ios', { RNDeviceInfo: native }, events), Dimensions: { get: () => ({ width: 1, height: 1 }) } },
      react: { useState: () => [undefined, () => undefined], useEffect: () => undefined },
    });
    const battery = (module as { readonly default: DeviceInfoLike }).default;
    const conditions = reactNativeConditions({
      netInfo: netInfoOn('ios', NONE).netInfo,
      appState: createAppState().appState,
      battery,
      batteryEvents: events,
    });
    await turns();
    expect(conditions.current()).toMatchObject({ batteryLevel: 0.4, charging: false, lowPower: false });
    fake.state = { batteryLevel: 0.41, batteryState: 'charging', lowPowerMode: true };
    events.emit('RNDeviceInfo_powerStateDidChange', fake.state);
    await turns();
    expect(conditions.current()).toMatchObject({ batteryLevel: 0.41, charging: true, lowPower: true });
    conditions.close();
    expect(events.count()).toBe(0);
  });
});

describe('expo-battery', () => {
  test('tells the battery and its changes', async () => {
    const fake = createExpoBattery(0.4, 1);
    const module = loadPackage('expo-battery', {
      'expo-modules-core': { requireNativeModule: () => Object.assign(fake.native, {}) },
      react: { useState: () => [undefined, () => undefined], useEffect: () => undefined },
    });
    const conditions = reactNativeConditions({
      netInfo: netInfoOn('ios', NONE).netInfo,
      appState: createAppState().appState,
      battery: module as ExpoBatteryLike,
    });
    await turns();
    expect(conditions.current()).toMatchObject({ batteryLevel: 0.4, charging: false, lowPower: false });
    fake.state = 2;
    fake.emit('Expo.batteryStateDidChange');
    await turns();
    expect(conditions.current()).toMatchObject({ charging: true });
    conditions.close();
    expect(fake.listeners()).toBe(0);
  });
});

describe("React Native's AppState", () => {
  test('has its state before it tells the change, warns of memory, and forgets who has left', async () => {
    const events = new Events();
    const native = {
      getConstants: () => ({ initialAppState: 'active' }),
      getCurrentAppState: () => undefined,
      addListener: () => undefined,
      removeListeners: () => undefined,
    };
    class NativeEventEmitter {
      addListener = events.addListener;
    }
    const module = loadPackage('react-native', {
      '../EventEmitter/NativeEventEmitter': { default: NativeEventEmitter, __esModule: true },
      '../Utilities/Platform': { default: { OS: 'ios' }, __esModule: true },
      '../Utilities/logError': { default: () => undefined, __esModule: true },
      './NativeAppState': { default: native, __esModule: true },
    }) as { readonly AppState: AppStateLike };
    const before = events.count();
    const conditions = reactNativeConditions({ netInfo: netInfoOn('ios', NONE).netInfo, appState: module.AppState });
    const seen: unknown[] = [];
    conditions.subscribe(() => seen.push([conditions.current().foreground, conditions.current().memoryPressure]));
    events.emit('appStateDidChange', { app_state: 'background' });
    events.emit('memoryWarning');
    events.emit('appStateDidChange', { app_state: 'inactive' });
    expect(seen.slice(0, 3)).toEqual([
      [false, false],
      [false, true],
      [true, true],
    ]);
    conditions.close();
    expect(events.count()).toBe(before + 1);
  });
});
