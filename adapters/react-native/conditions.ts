/** Conditions of a phone: network, battery, foreground, memory pressure. */
import { assertOptions } from '../../src/adapter-kit/index.js';
import type { Clock, Conditions, DeviceConditions } from '../../src/ports/index.js';
import { type Battery, openBattery } from './battery.js';
import type { AppStateLike, DeviceInfoLike, EventEmitterLike, ExpoBatteryLike, NetInfoLike, NetInfoStateLike } from './signals.js';

/** Options of {@link reactNativeConditions}. */
export interface ReactNativeConditionsOptions {
  /** `@react-native-community/netinfo`. */
  readonly netInfo: NetInfoLike;
  /** React Native's `AppState`. */
  readonly appState: AppStateLike;
  /** `react-native-device-info` or `expo-battery`. @default the battery is unknown, and blocks nothing */
  readonly battery?: DeviceInfoLike | ExpoBatteryLike;
  /**
   * `new NativeEventEmitter(NativeModules.RNDeviceInfo)`, the only source of device-info's events.
   * @default the battery is read every 60,000 ms while there is a subscriber
   */
  readonly batteryEvents?: EventEmitterLike;
  /**
   * Whether NetInfo's `isInternetReachable: false` counts as offline. On some platforms NetInfo probes a server of Google, which is not
   * reachable everywhere, and it may return an outdated result; engines detect failing connections themselves. @default false
   */
  readonly believeUnreachable?: boolean;
  /** Milliseconds, ≥ 0, that a memory warning counts as pressure: the system reports its begin, but not its end. @default 30,000 */
  readonly memoryPressureMs?: number;
  /** The clock, for tests. @default the host's */
  readonly clock?: Pick<Clock, 'monotonicMs' | 'after'>;
}

/** {@link Conditions} with subscriptions that `close` ends. */
export interface ReactNativeConditions extends Conditions {
  /** Ends every subscription and timer; idempotent. The last readings stay. */
  close(): void;
}

const BATTERY_INTERVAL_MS = 60_000;

/**
 * Conditions of a phone. Values that NetInfo or the battery do not know are omitted: only `isConnected: false` is offline. A connection
 * of unknown cost counts as metered if it is cellular.
 */
export function reactNativeConditions(options: ReactNativeConditionsOptions): ReactNativeConditions {
  assertOptions('reactNativeConditions', options, {
    netInfo: true,
    appState: true,
    battery: true,
    batteryEvents: true,
    believeUnreachable: true,
    memoryPressureMs: true,
    clock: true,
  });
  if (typeof options.netInfo?.addEventListener !== 'function') throw new TypeError('netInfo must be @react-native-community/netinfo');
  if (typeof options.appState?.addEventListener !== 'function') throw new TypeError("appState must be React Native's AppState");
  if (!((options.memoryPressureMs ?? 0) >= 0)) throw new TypeError('memoryPressureMs must be a number ≥ 0');
  const device = new Device(options);
  return { current: () => device.current(), subscribe: (listener) => device.subscribe(listener), close: () => device.close() };
}

class Device {
  private readonly options: ReactNativeConditionsOptions;
  private readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  private readonly listeners = new Set<{ readonly notify: () => void }>();
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
      // If the host refuses a listener, the earlier ones are removed.
      this.close();
      throw error;
    }
  }

  current(): DeviceConditions {
    const { network, options, battery, clock } = this;
    return {
      ...connectionOf(network, options.believeUnreachable ?? false),
      // Read now, not from the last event: an event may have been missed while the app was frozen.
      ...foregroundOf(options.appState.currentState),
      ...battery?.power(),
      memoryPressure: clock.monotonicMs() < this.pressedUntilMs,
    };
  }

  private listen({ netInfo, appState, battery, batteryEvents }: ReactNativeConditionsOptions): void {
    if (battery !== undefined) {
      const opened = openBattery(battery, batteryEvents, () => this.notifyAll());
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
    const entry = { notify: listener };
    this.listeners.add(entry);
    if (this.listeners.size === 1) this.scheduleReading();
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

  /** NetInfo also reports every change of the signal's strength; only relevant changes are passed on. */
  private networkIs(state: NetInfoStateLike): void {
    if (this.closed) return;
    const before = this.network;
    this.network = state;
    if (before === undefined || wordsOf(before) !== wordsOf(state)) this.notifyAll();
  }

  /** Always passed on, since it shows that the app runs again after a suspension. */
  private appStateChanged(): void {
    if (this.closed) return;
    void this.battery?.refresh();
    this.notifyAll();
  }

  private memoryIsShort(): void {
    // Hosts call listeners that were removed during the delivery of an event.
    if (this.closed) return;
    const { memoryPressureMs = 30_000 } = this.options;
    this.stopPressure();
    this.pressedUntilMs = this.clock.monotonicMs() + memoryPressureMs;
    this.stopPressure = this.clock.after(memoryPressureMs, () => {
      this.pressedUntilMs = Number.NEGATIVE_INFINITY;
      this.notifyAll();
    });
    this.notifyAll();
  }

  private scheduleReading(): void {
    this.stopReading();
    if (this.closed || this.battery === undefined || this.battery.hasEvents) return;
    this.stopReading = this.clock.after(BATTERY_INTERVAL_MS, () => {
      void this.battery?.refresh();
      this.scheduleReading();
    });
  }

  private notifyAll(): void {
    for (const { notify } of [...this.listeners]) notify();
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

/** `inactive` is an incoming call or the app switcher on iOS: the app is still visible. */
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
