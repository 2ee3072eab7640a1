/**
 * The battery as `react-native-device-info` 15 tells it, at its native module's boundary (`RNDeviceInfo`).
 *
 * Facts copied, each with its place:
 * - `getPowerState()` resolves with { batteryLevel, batteryState, lowPowerMode } (`RNDeviceInfo.m`, `RNDeviceModule.java`); on a platform
 *   that it does not support with {} (`index.ts`, `defaultValue`);
 * - `batteryLevel` is -1 on a simulator (UIDevice), `batteryState` one of unknown, unplugged, charging, full (`internal/types.ts`);
 * - changes are device events of the native module, `RNDeviceInfo_powerStateDidChange` and `RNDeviceInfo_batteryLevelDidChange`, which the
 *   package itself only hands to its hooks.
 */

/** What the native side knows. */
export interface NativePowerState {
  batteryLevel?: number;
  batteryState?: string;
  lowPowerMode?: boolean;
}

/** The battery of a device. */
export interface DeviceInfoFake {
  readonly deviceInfo: { getPowerState(): Promise<NativePowerState> };
  /** `new NativeEventEmitter(NativeModules.RNDeviceInfo)`. */
  readonly emitter: { addListener(event: string, listener: () => void): { remove(): void } };
  /** Changes the battery without telling. */
  state: NativePowerState;
  /** Tells of a change. */
  emit(event: 'RNDeviceInfo_powerStateDidChange' | 'RNDeviceInfo_batteryLevelDidChange'): void;
  /** Calls of `getPowerState` so far. */
  reads(): number;
  listeners(): number;
}

/** A device with this battery. */
export function createDeviceInfo(state: NativePowerState): DeviceInfoFake {
  const listeners = new Set<{ readonly event: string; readonly listener: () => void }>();
  let reads = 0;
  const fake: DeviceInfoFake = {
    deviceInfo: {
      getPowerState: async () => {
        reads += 1;
        return { ...fake.state };
      },
    },
    emitter: {
      addListener: (event, listener) => {
        const entry = { event, listener };
        listeners.add(entry);
        return { remove: () => void listeners.delete(entry) };
      },
    },
    state,
    emit: (event) => {
      for (const entry of [...listeners]) if (entry.event === event) entry.listener();
    },
    reads: () => reads,
    listeners: () => listeners.size,
  };
  return fake;
}
