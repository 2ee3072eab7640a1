import { describe, expect, test, vi } from 'vitest';
import { reactNativeConditions } from '../../../adapters/react-native/index.js';
import { createVirtualClock } from '../../../src/testing/index.js';
import { createAppState } from '../../fakes/app-state.js';
import { createDeviceInfo } from '../../fakes/device-info.js';
import { createExpoBattery } from '../../fakes/expo-battery.js';
import { CELLULAR, createNetInfo, NONE, UNKNOWN, WIFI } from '../../fakes/net-info.js';

function device(network = WIFI, state: string | null = 'active') {
  const clock = createVirtualClock();
  const net = createNetInfo(network);
  const app = createAppState(state);
  return { clock, net, app, options: { netInfo: net.netInfo, appState: app.appState, clock } };
}

describe('the network', () => {
  test('is not known before NetInfo has told, and blocks nothing', async () => {
    const { options, clock } = device();
    const conditions = reactNativeConditions(options);
    expect(conditions.current()).toEqual({ foreground: true, memoryPressure: false });
    await clock.settle();
    expect(conditions.current()).toMatchObject({ online: true, metered: false });
  });

  test.each([
    ['Wi-Fi', WIFI, { online: true, metered: false }],
    ['cellular', CELLULAR, { online: true, metered: true }],
    ['none', NONE, { online: false }],
    ['unknown', UNKNOWN, {}],
    ['cellular without a price', { type: 'cellular', isConnected: true, details: null }, { online: true, metered: true }],
    ['expensive Wi-Fi, a phone that is a hotspot', { ...WIFI, details: { isConnectionExpensive: true } }, { online: true, metered: true }],
    ['other, without details', { type: 'other', isConnected: true, details: null }, { online: true }],
  ])('%s', async (_name, network, expected) => {
    const { options, clock } = device(network);
    const conditions = reactNativeConditions(options);
    await clock.settle();
    const { foreground: _foreground, memoryPressure: _pressure, ...seen } = conditions.current();
    expect(seen).toEqual(expected);
  });

  test('that nobody could reach the internet through is offline only where one wants to believe it; null is a maybe', async () => {
    const { options, clock, net } = device();
    const [doubting, believing] = [reactNativeConditions(options), reactNativeConditions({ ...options, believeUnreachable: true })];
    await clock.settle();
    expect(believing.current().online).toBe(true);
    net.reachable(false);
    expect(doubting.current().online).toBe(true);
    expect(believing.current().online).toBe(false);
    net.reachable(true);
    expect(believing.current().online).toBe(true);
  });

  test('is told when it changes, and not when only the strength of its signal does', async () => {
    const { options, clock, net } = device();
    const conditions = reactNativeConditions(options);
    const listener = vi.fn();
    conditions.subscribe(listener);
    await clock.settle();
    expect(listener).toHaveBeenCalledTimes(1);
    net.change({ ...WIFI });
    net.change({ ...WIFI, details: { isConnectionExpensive: false, strength: 40 } as never });
    expect(listener).toHaveBeenCalledTimes(1);
    net.reachable(true);
    net.change(CELLULAR);
    net.change(NONE);
    expect(listener).toHaveBeenCalledTimes(4);
    expect(conditions.current().online).toBe(false);
  });
});

describe('the app', () => {
  test.each([
    ['active', { foreground: true }],
    ['inactive', { foreground: true }],
    ['background', { foreground: false }],
    ['unknown', {}],
    [null, {}],
  ])('%s', (state, expected) => {
    const { foreground } = reactNativeConditions(device(WIFI, state).options).current();
    expect(foreground).toBe((expected as { foreground?: boolean }).foreground);
  });

  test('is looked at, not remembered: a change that nobody told counts too', () => {
    const { options, app } = device();
    const conditions = reactNativeConditions(options);
    app.becomeUntold('background');
    expect(conditions.current().foreground).toBe(false);
  });

  test('every change of it is told, as a sign of life after any sleep', () => {
    const { options, app } = device();
    const conditions = reactNativeConditions(options);
    const listener = vi.fn();
    conditions.subscribe(listener);
    app.become('background');
    app.become('active');
    app.become('active');
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe('memory', () => {
  test('a warning is pressure for half a minute from the last one on, and its end is told', async () => {
    const { options, app, clock } = device();
    const conditions = reactNativeConditions(options);
    await clock.settle();
    const seen: unknown[] = [];
    conditions.subscribe(() => seen.push(conditions.current().memoryPressure));
    app.warnOfMemory();
    await clock.advance(20_000);
    app.warnOfMemory();
    await clock.advance(29_999);
    expect(seen).toEqual([true, true]);
    await clock.advance(1);
    expect(seen).toEqual([true, true, false]);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('pressure does not outlast a sleep during which timers stood still', () => {
    const { options, app, clock } = device();
    const conditions = reactNativeConditions({ ...options, memoryPressureMs: 1_000 });
    app.warnOfMemory();
    expect(conditions.current().memoryPressure).toBe(true);
    clock.suspend(3_600_000);
    expect(conditions.current().memoryPressure).toBe(false);
  });
});

describe('closed conditions', () => {
  test('set no timer for a memory warning that is being delivered while they are closed', () => {
    const { options, app, clock } = device();
    // Before the listener of the conditions, so that it closes them during the delivery.
    app.appState.addEventListener('memoryWarning', () => conditions.close());
    const conditions = reactNativeConditions(options);
    app.warnOfMemory();
    expect(clock.pendingTimers()).toBe(0);
    expect(conditions.current().memoryPressure).toBe(false);
  });

  test('read no battery for a change of the app that is being delivered while they are closed', async () => {
    const { options, app, clock } = device();
    const fake = createDeviceInfo({ batteryLevel: 0.5 });
    app.appState.addEventListener('change', () => conditions.close());
    const conditions = reactNativeConditions({ ...options, battery: fake.deviceInfo });
    await clock.settle();
    const reads = fake.reads();
    app.become('background');
    await clock.settle();
    expect(fake.reads()).toBe(reads);
  });
});

describe('a host that refuses a listener', () => {
  test.each(['change', 'memoryWarning'])('leaves none of the others: %s', (refused) => {
    const { options, app, net } = device();
    const fake = createExpoBattery(0.3, 1);
    const appState = {
      ...app.appState,
      addEventListener: (type: 'change' | 'memoryWarning', listener: () => void) => {
        if (type === refused) throw new TypeError('by script');
        return app.appState.addEventListener(type, listener);
      },
    };
    expect(() => reactNativeConditions({ ...options, appState, battery: fake.battery })).toThrow('by script');
    expect([net.listeners(), app.listeners(), fake.listeners()]).toEqual([0, 0, 0]);
  });

  test('leaves none of the others: the third of the battery', () => {
    const { options, app, net } = device();
    const fake = createExpoBattery(0.3, 1);
    const battery = {
      ...fake.battery,
      addLowPowerModeListener: (): never => {
        throw new TypeError('by script');
      },
    };
    expect(() => reactNativeConditions({ ...options, battery })).toThrow('by script');
    expect([net.listeners(), app.listeners(), fake.listeners()]).toEqual([0, 0, 0]);
  });
});

describe('the battery', () => {
  const CHARGING = { batteryLevel: 0.5, batteryState: 'charging', lowPowerMode: false };

  test.each([
    ['charging', CHARGING, { batteryLevel: 0.5, charging: true, lowPower: false }],
    ['full', { ...CHARGING, batteryState: 'full' }, { charging: true }],
    [
      'unplugged',
      { batteryLevel: 0.04, batteryState: 'unplugged', lowPowerMode: true },
      { batteryLevel: 0.04, charging: false, lowPower: true },
    ],
    ['of a simulator', { batteryLevel: -1, batteryState: 'unknown', lowPowerMode: false }, { lowPower: false }],
    ['of a platform without one', {}, {}],
  ])('of device-info: %s', async (_name, state, expected) => {
    const { options, clock } = device();
    const conditions = reactNativeConditions({ ...options, battery: createDeviceInfo(state).deviceInfo });
    await clock.settle();
    const { batteryLevel, charging, lowPower } = conditions.current();
    expect({ batteryLevel, charging, lowPower }).toMatchObject(expected);
    if ('batteryLevel' in state && state.batteryLevel === -1) expect({ batteryLevel, charging }).toEqual({});
  });

  test.each([
    [0, undefined],
    [1, false],
    [2, true],
    [3, true],
    [4, true],
  ])('of expo-battery: state %d is charging %s', async (state, charging) => {
    const { options, clock } = device();
    const conditions = reactNativeConditions({ ...options, battery: createExpoBattery(0.3, state).battery });
    await clock.settle();
    expect(conditions.current()).toMatchObject({ batteryLevel: 0.3, lowPower: false });
    expect(conditions.current().charging).toBe(charging);
  });

  test('of expo-battery is read anew at each of its three events', async () => {
    const { options, clock } = device();
    const fake = createExpoBattery(0.3, 1);
    const conditions = reactNativeConditions({ ...options, battery: fake.battery });
    const listener = vi.fn();
    conditions.subscribe(listener);
    await clock.settle();
    const before = listener.mock.calls.length;
    for (const [event, change] of [
      ['Expo.batteryLevelDidChange', { level: 0.29 }],
      ['Expo.batteryStateDidChange', { state: 2 }],
      ['Expo.powerModeDidChange', { lowPower: true }],
    ] as const) {
      Object.assign(fake, change);
      fake.emit(event);
      await clock.settle();
    }
    expect(listener).toHaveBeenCalledTimes(before + 3);
    expect(conditions.current()).toMatchObject({ batteryLevel: 0.29, charging: true, lowPower: true });
    expect(clock.pendingTimers()).toBe(0);
  });

  test('of device-info is read at its events where an emitter is given, and no timer runs', async () => {
    const { options, clock } = device();
    const fake = createDeviceInfo({ ...CHARGING });
    const conditions = reactNativeConditions({ ...options, battery: fake.deviceInfo, batteryEvents: fake.emitter });
    const listener = vi.fn();
    conditions.subscribe(listener);
    await clock.settle();
    const before = listener.mock.calls.length;
    fake.state = { ...CHARGING, lowPowerMode: true };
    fake.emit('RNDeviceInfo_powerStateDidChange');
    await clock.settle();
    fake.emit('RNDeviceInfo_batteryLevelDidChange');
    await clock.settle();
    expect(conditions.current().lowPower).toBe(true);
    expect(listener).toHaveBeenCalledTimes(before + 1);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('of device-info without an emitter is read every minute while somebody listens, and when the app comes back', async () => {
    const { options, clock, app } = device();
    const fake = createDeviceInfo({ ...CHARGING });
    const conditions = reactNativeConditions({ ...options, battery: fake.deviceInfo });
    await clock.advance(600_000);
    expect(fake.reads()).toBe(1);
    const off = conditions.subscribe(() => undefined);
    await clock.advance(180_000);
    expect(fake.reads()).toBe(4);
    app.become('active');
    expect(fake.reads()).toBe(4);
    await clock.settle();
    expect(fake.reads()).toBe(5);
    off();
    expect(clock.pendingTimers()).toBe(0);
  });

  test('answers that come in another order than questions do not put an old reading last', async () => {
    const { options, clock } = device();
    const answers: ((state: typeof CHARGING) => void)[] = [];
    const battery = { getPowerState: () => new Promise<typeof CHARGING>((resolve) => answers.push(resolve)) };
    const fake = createDeviceInfo({});
    const conditions = reactNativeConditions({ ...options, battery, batteryEvents: fake.emitter });
    await clock.settle();
    fake.emit('RNDeviceInfo_powerStateDidChange');
    await clock.settle();
    answers[1]?.({ ...CHARGING, batteryLevel: 0.9 });
    await clock.settle();
    answers[0]?.({ ...CHARGING, batteryLevel: 0.1 });
    await clock.settle();
    expect(conditions.current().batteryLevel).toBe(0.9);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('no battery'))],
    [
      'throws',
      () => {
        throw new Error('not linked');
      },
    ],
  ])('that %s is not known, and blocks nothing', async (_name, getPowerState) => {
    const { options, clock } = device();
    const conditions = reactNativeConditions({ ...options, battery: { getPowerState } });
    await clock.settle();
    expect(conditions.current()).toEqual({ online: true, metered: false, foreground: true, memoryPressure: false });
  });
});

describe('close', () => {
  test('leaves no listener and no timer, keeps the last reading, and may be called twice', async () => {
    const { options, clock, net, app } = device();
    const fake = createDeviceInfo({ batteryLevel: 0.5, batteryState: 'unplugged', lowPowerMode: false });
    const expo = createExpoBattery(0.5, 1);
    const listener = vi.fn();
    const both = [
      reactNativeConditions({ ...options, battery: fake.deviceInfo, batteryEvents: fake.emitter }),
      reactNativeConditions({ ...options, battery: fake.deviceInfo }),
      reactNativeConditions({ ...options, battery: expo.battery }),
    ];
    for (const conditions of both) conditions.subscribe(listener);
    await clock.settle();
    app.warnOfMemory();
    const calls = listener.mock.calls.length;
    for (const conditions of both) {
      conditions.close();
      conditions.close();
    }
    expect([net.listeners(), app.listeners(), fake.listeners(), expo.listeners(), clock.pendingTimers()]).toEqual([0, 0, 0, 0, 0]);
    net.change(NONE);
    app.become('background');
    expect(both[0]?.current()).toMatchObject({ online: true, batteryLevel: 0.5 });
    expect(listener).toHaveBeenCalledTimes(calls);
    both[0]?.subscribe(listener);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('one listener that goes does not take another along, though both are the same function', () => {
    const { options, app } = device();
    const conditions = reactNativeConditions(options);
    const listener = vi.fn();
    const off = conditions.subscribe(listener);
    conditions.subscribe(listener);
    off();
    off();
    app.become('active');
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

test("the host's own clock ends a pressure too", async () => {
  const { clock: _clock, ...rest } = device().options;
  const app = createAppState();
  const conditions = reactNativeConditions({ ...rest, appState: app.appState, memoryPressureMs: 5 });
  const ended = new Promise<void>((resolve) => conditions.subscribe(() => conditions.current().memoryPressure === false && resolve()));
  app.warnOfMemory();
  await ended;
  expect(conditions.current().memoryPressure).toBe(false);
  conditions.close();
});

test('what is no NetInfo, no AppState and no time is a mistake of the caller', () => {
  const { options } = device();
  expect(() => reactNativeConditions({ ...options, netInfo: undefined as never })).toThrow(TypeError);
  expect(() => reactNativeConditions({ ...options, appState: {} as never })).toThrow(TypeError);
  expect(() => reactNativeConditions({ ...options, memoryPressureMs: -1 })).toThrow(TypeError);
});
