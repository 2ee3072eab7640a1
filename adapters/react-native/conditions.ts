/** What a phone is like at the moment: its network, its battery, whether the app is seen, whether memory is short. */
import type { Clock, Conditions, DeviceConditions } from '../../src/ports/index.js';
import { type Battery, openBattery } from './battery.js';
import type { AppStateLike, DeviceInfoLike, EventEmitterLike, ExpoBatteryLike, NetInfoLike, NetInfoStateLike } from './signals.js';

/** What {@link reactNativeConditions} listens to. */
export interface ReactNativeConditionsOptions {
  /** `@react-native-community/netinfo`. */
  readonly netInfo: NetInfoLike;
  /** React Native's `AppState`. */
  readonly appState: AppStateLike;
  /** `react-native-device-info` or `expo-battery`. @default the battery is not known, and blocks nothing */
  readonly battery?: DeviceInfoLike | ExpoBatteryLike;
  /**
   * `new NativeEventEmitter(NativeModules.RNDeviceInfo)`, for device-info, whose events are told no other way.
   * @default the battery is read every 60,000 ms while somebody listens
   */
  readonly batteryEvents?: EventEmitterLike;
  /**
   * Whether NetInfo's `isInternetReachable: false` counts as offline. NetInfo asks a server of Google's on some platforms, which is not
   * reachable everywhere, and may keep an old answer; engines find out by themselves whether anything gets through. @default false
   */
  readonly believeUnreachable?: boolean;
  /** Milliseconds, ≥ 0, that a memory warning counts as pressure: the system tells when it begins, and never when it ends. @default 30,000 */
  readonly memoryPressureMs?: number;
  /** Time, for tests. @default the host's */
  readonly clock?: Pick<Clock, 'monotonicMs' | 'after'>;
}

/** {@link Conditions} that listen to the device until they are closed. */
export interface ReactNativeConditions extends Conditions {
  /** Ends every subscription and timer; idempotent. What was read last stays. */
  close(): void;
}

const BATTERY_INTERVAL_MS = 60_000;

/**
 * Conditions of a phone. What NetInfo or the battery does not know is left out: only `isConnected: false` is offline. A connection that
 * tells nothing of its price is metered where it is a cellular one.
 */
export function reactNativeConditions(options: ReactNativeConditionsOptions): ReactNativeConditions {
  if (typeof options.netInfo?.addEventListener !== 'function') throw new TypeError('netInfo must be @react-native-community/netinfo');
  if (typeof options.appState?.addEventListener !== 'function') throw new TypeError("appState must be React Native's AppState");
  if (!((options.memoryPressureMs ?? 0) >= 0)) throw new TypeError('memoryPressureMs must be a number ≥ 0');
  const device = new Device(options);
  return { current: () => device.current(), subscribe: (listener) => device.subscribe(listener), close: () => device.close() };
}

class Device {
  private readonly options: ReactNativeConditionsOptions;
  private readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  private readonly listeners = new Set<{ readonly tell: () => void }>();
  private battery: Battery | undefined;
  private readonly ends: (() => void)[] = [];
  private network: NetInfoStateLike | undefined;
  private pressedUntilMs = Number.NEGATIVE_INFINITY;
  private stopPressure = (): void => undefined;
  private stopReading = (): void => undefined;
  private closed = false;

  constructor(options: ReactNativeConditionsOptions) {
    this.options = options;
    this.clock = options.clock ?? hostClock();
    try {
      this.listen(options);
    } catch (error) {
      // A listener that the host refused must not leave those before it.
      this.close();
      throw error;
    }
  }

  current(): DeviceConditions {
    const { network, options, battery, clock } = this;
    return {
      ...connectionOf(network, options.believeUnreachable ?? false),
      // Asked for, not remembered: an event may have been missed while the app was frozen.
      ...foregroundOf(options.appState.currentState),
      ...battery?.power(),
      memoryPressure: clock.monotonicMs() < this.pressedUntilMs,
    };
  }

  private listen({ netInfo, appState, battery, batteryEvents }: ReactNativeConditionsOptions): void {
    if (battery !== undefined) {
      const opened = openBattery(battery, batteryEvents, () => this.tellAll());
      this.battery = opened;
      this.ends.push(() => opened.close());
    }
    this.ends.push(netInfo.addEventListener((state) => this.networkIs(state)));
    const changes = appState.addEventListener('change', () => this.appStateChanged());
    this.ends.push(() => changes.remove());
    const warnings = appState.addEventListener('memoryWarning', () => this.memoryIsShort());
    this.ends.push(() => warnings.remove());
  }

  subscribe(listener: () => void): () => void {
    const entry = { tell: listener };
    this.listeners.add(entry);
    if (this.listeners.size === 1) this.readNowAndThen();
    return () => {
      this.listeners.delete(entry);
      if (this.listeners.size === 0) this.stopReading();
    };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stopPressure();
    this.stopReading();
    this.listeners.clear();
    for (const end of this.ends) end();
  }

  /** NetInfo tells of every change of the signal's strength too; only what may matter is passed on. */
  private networkIs(state: NetInfoStateLike): void {
    if (this.closed) return;
    const before = this.network;
    this.network = state;
    if (before === undefined || wordsOf(before) !== wordsOf(state)) this.tellAll();
  }

  /** Always told, since it is a sign of life after any sleep. */
  private appStateChanged(): void {
    if (this.closed) return;
    void this.battery?.refresh();
    this.tellAll();
  }

  private memoryIsShort(): void {
    // Hosts deliver events to listeners that were removed during the delivery.
    if (this.closed) return;
    const { memoryPressureMs = 30_000 } = this.options;
    this.stopPressure();
    this.pressedUntilMs = this.clock.monotonicMs() + memoryPressureMs;
    this.stopPressure = this.clock.after(memoryPressureMs, () => {
      this.pressedUntilMs = Number.NEGATIVE_INFINITY;
      this.tellAll();
    });
    this.tellAll();
  }

  private readNowAndThen(): void {
    this.stopReading();
    if (this.closed || this.battery === undefined || this.battery.tells) return;
    this.stopReading = this.clock.after(BATTERY_INTERVAL_MS, () => {
      void this.battery?.refresh();
      this.readNowAndThen();
    });
  }

  private tellAll(): void {
    for (const { tell } of [...this.listeners]) tell();
  }
}

function connectionOf(state: NetInfoStateLike | undefined, believeUnreachable: boolean): Pick<DeviceConditions, 'online' | 'metered'> {
  if (state === undefined) return {};
  const { isConnected, isInternetReachable, details, type } = state;
  const isOffline = isConnected === false || (believeUnreachable && isInternetReachable === false);
  const metered = details?.isConnectionExpensive ?? (type === 'cellular' ? true : undefined);
  return {
    ...(isOffline ? { online: false } : isConnected === true ? { online: true } : {}),
    ...(typeof metered === 'boolean' ? { metered } : {}),
  };
}

/** `inactive` is a call that rings or the list of apps on iOS: the app is still seen. */
function foregroundOf(state: string | null | undefined): Pick<DeviceConditions, 'foreground'> {
  if (state === 'active' || state === 'inactive') return { foreground: true };
  return state === 'background' ? { foreground: false } : {};
}

function wordsOf({ type, isConnected, isInternetReachable, details }: NetInfoStateLike): string {
  return JSON.stringify([type, isConnected, isInternetReachable, details?.isConnectionExpensive]);
}

function hostClock(): Pick<Clock, 'monotonicMs' | 'after'> {
  return {
    monotonicMs: () => Date.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
