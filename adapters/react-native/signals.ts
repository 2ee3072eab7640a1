/** The used parts of NetInfo, AppState and the battery libraries; the app passes the modules, so that they are never imported here. */

/** A subscription. */
export interface SubscriptionLike {
  /** Ends it. */
  remove(): void;
}

/** A state of `@react-native-community/netinfo`. */
export interface NetInfoStateLike {
  readonly type?: string;
  /** Null while unknown. */
  readonly isConnected: boolean | null;
  /** Null while unknown. */
  readonly isInternetReachable?: boolean | null;
  readonly details?: {
    /** Whether bytes cost money. */
    readonly isConnectionExpensive?: boolean;
  } | null;
}

/** The part of `@react-native-community/netinfo` 12 that is used; its default export fits. */
export interface NetInfoLike {
  /** Reports the current state and every change; returns the unsubscribe function. */
  addEventListener(listener: (state: NetInfoStateLike) => void): () => void;
}

/** The part of React Native's `AppState` that is used. */
export interface AppStateLike {
  /** `active`, `background`, on iOS also `inactive`; null or `unknown` while unknown. */
  readonly currentState?: string | null | undefined;
  /** Reports changes and memory warnings. */
  addEventListener(type: 'change' | 'memoryWarning', listener: () => void): SubscriptionLike;
}

/** Battery readings; the libraries use different values. */
export interface PowerStateLike {
  /** 0 to 1, both inclusive; -1 if unknown. */
  readonly batteryLevel?: number;
  /** device-info: `unknown`, `unplugged`, `charging`, `full`. expo-battery: 0 to 4, in that order, and `not charging` (but on power). */
  readonly batteryState?: string | number;
  /** Whether the person has asked the device to save power. */
  readonly lowPowerMode?: boolean;
}

/** The used part of `react-native-device-info` 15. Its events need a `NativeEventEmitter`. */
export interface DeviceInfoLike {
  /** The battery now. */
  getPowerState(): Promise<PowerStateLike>;
}

/** A `NativeEventEmitter` of React Native. */
export interface EventEmitterLike {
  /** Listens to the events of one name. */
  addListener(event: string, listener: () => void): SubscriptionLike;
}

/** The part of `expo-battery` 57 that is used. */
export interface ExpoBatteryLike {
  /** The battery now. */
  getPowerStateAsync(): Promise<PowerStateLike>;
  /** Reports changes of the level. */
  addBatteryLevelListener(listener: () => void): SubscriptionLike;
  /** Reports when charging begins and ends. */
  addBatteryStateListener(listener: () => void): SubscriptionLike;
  /** Reports when low power mode begins and ends. */
  addLowPowerModeListener(listener: () => void): SubscriptionLike;
}
