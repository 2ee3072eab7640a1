/** A device whose condition a test decides. */
import type { Conditions, DeviceConditions } from '../index.js';

/** {@link Conditions} that a test sets. */
export interface TestConditions extends Conditions {
  /** Changes the given readings, keeps the others, and notifies every listener. `undefined` removes a reading. */
  set(change: { readonly [Name in keyof DeviceConditions]?: DeviceConditions[Name] | undefined }): void;
  /** Tells every listener without a change, as hosts do now and then. */
  notify(): void;
  /** Listeners subscribed now, ≥ 0. */
  listeners(): number;
}

/** Conditions that say `initial` until they are set. @default online, not metered, in the foreground, charging, battery full */
export function createTestConditions(initial: DeviceConditions = HEALTHY): TestConditions {
  const listeners = new Set<() => void>();
  let now: DeviceConditions = { ...initial };
  const notify = (): void => {
    for (const listener of [...listeners]) listener();
  };
  return {
    current: () => now,
    subscribe: (listener) => {
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const own = (): void => listener();
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    set: (change) => {
      const entries = Object.entries({ ...now, ...change }).filter(([, value]) => value !== undefined);
      now = Object.fromEntries(entries) as DeviceConditions;
      notify();
    },
    notify,
    listeners: () => listeners.size,
  };
}

const HEALTHY: DeviceConditions = {
  online: true,
  metered: false,
  foreground: true,
  memoryPressure: false,
  batteryLevel: 1,
  charging: true,
  lowPower: false,
};
