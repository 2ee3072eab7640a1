/** What the device is like at the moment. */

/** One reading of the device; what the host cannot tell is absent, and absent never blocks. */
export interface DeviceConditions {
  /** Whether any network is there; false is certain, true is a hope. */
  readonly online?: boolean;
  /** Whether bytes cost money. */
  readonly metered?: boolean;
  /** Whether a person sees the app. */
  readonly foreground?: boolean;
  /** Whether the host has asked the app to use less memory. */
  readonly memoryPressure?: boolean;
  /** 0 to 1, both inclusive. */
  readonly batteryLevel?: number;
  /** Whether the device is on power; then the battery's level does not count. */
  readonly charging?: boolean;
  /** Whether the person has asked the device to save power. */
  readonly lowPower?: boolean;
}

/** Where engines learn what the device is like. */
export interface Conditions {
  /** The device now. */
  current(): DeviceConditions;
  /** Every wait is judged anew on each call of `listener`, so a frozen timer cannot hold an upload. Returns its unsubscribe. */
  subscribe(listener: () => void): () => void;
}
