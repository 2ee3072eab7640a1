/** The current conditions of the device. */

/** One reading of the device. What the host does not know is absent, and absent never blocks. */
export interface DeviceConditions {
  /** Whether there is a network. False is certain, true is not. */
  readonly online?: boolean;
  /** Whether bytes cost money. */
  readonly metered?: boolean;
  /** Whether the app is visible. */
  readonly foreground?: boolean;
  /** Whether the host has asked the app to use less memory. */
  readonly memoryPressure?: boolean;
  /** 0 to 1, both inclusive. */
  readonly batteryLevel?: number;
  /** Whether the device is charging; then the battery level does not count. */
  readonly charging?: boolean;
  /** Whether the device saves power at the user's request. */
  readonly lowPower?: boolean;
}

/** Reports the conditions of the device. */
export interface Conditions {
  /** The conditions now. */
  current(): DeviceConditions;
  /** Engines check every wait again at each call of `listener`, so that a frozen timer cannot block an upload. Returns the unsubscribe function. */
  subscribe(listener: () => void): () => void;
}
