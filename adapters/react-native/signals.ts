/** The parts of NetInfo, AppState and the battery libraries that are used, so that they are handed in and never imported. */

/** What ends a subscription. */
export interface SubscriptionLike {
  /** Ends it. */
  remove(): void;
}

/** A state of `@react-native-community/netinfo`. */
export interface NetInfoStateLike {
  readonly type?: string;
  /** Null while nobody knows. */
  readonly isConnected: boolean | null;
  /** Null while nobody knows. */
  readonly isInternetReachable?: boolean | null;
  readonly details?: {
    /** Whether bytes cost money. */
    readonly isConnectionExpensive?: boolean;
  } | null;
}

/** The part of `@react-native-community/netinfo` 12 that is used; its default export fits. */
export interface NetInfoLike {
  /** Tells the state now and every change; returns its unsubscribe. */
  addEventListener(listener: (state: NetInfoStateLike) => void): () => void;
}

/** The part of React Native's `AppState` that is used. */
export interface AppStateLike {
  /** `active`, `background`, on iOS also `inactive`; null or `unknown` while nobody knows. */
  readonly currentState?: string | null | undefined;
  /** Tells of changes, and of memory warnings. */
  addEventListener(type: 'change' | 'memoryWarning', listener: () => void): SubscriptionLike;
}

/** What the battery libraries tell, each in words of its own. */
export interface PowerStateLike {
  /** 0 to 1, both inclusive; -1 where nobody knows. */
  readonly batteryLevel?: number;
  /** device-info: `unknown`, `unplugged`, `charging`, `full`. expo-battery: 0 to 4, in that order, and `not charging` (but on power). */
  readonly batteryState?: string | number;
  /** Whether the person has asked the device to save power. */
  readonly lowPowerMode?: boolean;
}

/** The part of `react-native-device-info` 15 that is used. It hands its events to whoever makes an emitter for them. */
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
  /** Tells of changes of the level. */
  addBatteryLevelListener(listener: () => void): SubscriptionLike;
  /** Tells when power comes and goes. */
  addBatteryStateListener(listener: () => void): SubscriptionLike;
  /** Tells when saving power begins and ends. */
  addLowPowerModeListener(listener: () => void): SubscriptionLike;
}
