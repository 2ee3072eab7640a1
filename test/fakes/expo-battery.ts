/**
 * The battery as `expo-battery` 57 tells it, at the boundary of its native module (`ExpoBattery`).
 *
 * Facts copied, each with its place:
 * - `getPowerStateAsync` asks for level, state and low power mode, each by a call of its own (`Battery.ts`);
 * - `BatteryState` is a number: unknown 0, unplugged 1, charging 2, full 3, and on Android 4, on power but not charging
 *   (`Battery.types.ts`);
 * - the level is -1 where it is not supported;
 * - events: `Expo.batteryLevelDidChange`, `Expo.batteryStateDidChange`, `Expo.powerModeDidChange`.
 */

/** The battery of a device. */
export interface ExpoBatteryFake {
  /** The native module. */
  readonly native: {
    readonly isSupported: boolean;
    getBatteryLevelAsync(): Promise<number>;
    getBatteryStateAsync(): Promise<number>;
    isLowPowerModeEnabledAsync(): Promise<boolean>;
    addListener(event: string, listener: (payload: never) => void): { remove(): void };
  };
  /** The package's functions, as its JavaScript makes them. */
  readonly battery: {
    getPowerStateAsync(): Promise<{ batteryLevel: number; batteryState: number; lowPowerMode: boolean }>;
    addBatteryLevelListener(listener: () => void): { remove(): void };
    addBatteryStateListener(listener: () => void): { remove(): void };
    addLowPowerModeListener(listener: () => void): { remove(): void };
  };
  level: number;
  state: number;
  lowPower: boolean;
  emit(event: 'Expo.batteryLevelDidChange' | 'Expo.batteryStateDidChange' | 'Expo.powerModeDidChange'): void;
  listeners(): number;
}

/** A device with this battery. */
export function createExpoBattery(level: number, state: number): ExpoBatteryFake {
  const listeners = new Set<{ readonly event: string; readonly listener: (payload: never) => void }>();
  const native: ExpoBatteryFake['native'] = {
    isSupported: true,
    getBatteryLevelAsync: async () => fake.level,
    getBatteryStateAsync: async () => fake.state,
    isLowPowerModeEnabledAsync: async () => fake.lowPower,
    addListener: (event, listener) => {
      const entry = { event, listener };
      listeners.add(entry);
      return { remove: () => void listeners.delete(entry) };
    },
  };
  const fake: ExpoBatteryFake = {
    native,
    battery: {
      getPowerStateAsync: async () => {
        const [batteryLevel, batteryState, lowPowerMode] = await Promise.all([
          native.getBatteryLevelAsync(),
          native.getBatteryStateAsync(),
          native.isLowPowerModeEnabledAsync(),
        ]);
        return { batteryLevel, batteryState, lowPowerMode };
      },
      addBatteryLevelListener: (listener) => native.addListener('Expo.batteryLevelDidChange', listener),
      addBatteryStateListener: (listener) => native.addListener('Expo.batteryStateDidChange', listener),
      addLowPowerModeListener: (listener) => native.addListener('Expo.powerModeDidChange', listener),
    },
    level,
    state,
    lowPower: false,
    emit: (event) => {
      for (const entry of [...listeners]) if (entry.event === event) entry.listener({} as never);
    },
    listeners: () => listeners.size,
  };
  return fake;
}
