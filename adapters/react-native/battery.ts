/** The battery through either library: read after change events, or at intervals if the library has none. */
import type { DeviceConditions } from '../../src/ports/index.js';
import type { DeviceInfoLike, EventEmitterLike, ExpoBatteryLike, PowerStateLike, SubscriptionLike } from './signals.js';

/** The battery readings of the conditions. */
export type Power = Pick<DeviceConditions, 'batteryLevel' | 'charging' | 'lowPower'>;

/** The battery of a device. */
export interface Battery {
  /** The last reading; empty before the first. */
  power(): Power;
  /** Reads the battery again; never rejects. */
  refresh(): Promise<void>;
  /** Whether the library reports changes, so that reading at intervals is not needed. */
  readonly hasEvents: boolean;
  close(): void;
}

const DEVICE_INFO_EVENTS = ['RNDeviceInfo_powerStateDidChange', 'RNDeviceInfo_batteryLevelDidChange'];

/** @param changed called whenever a reading differs from the one before */
export function openBattery(
  library: DeviceInfoLike | ExpoBatteryLike,
  emitter: EventEmitterLike | undefined,
  changed: () => void,
): Battery {
  let power: Power = {};
  let asked = 0;
  let closed = false;
  const read = 'getPowerStateAsync' in library ? () => library.getPowerStateAsync() : () => library.getPowerState();
  const refresh = async (): Promise<void> => {
    if (closed) return;
    asked += 1;
    const question = asked;
    const now = await Promise.resolve().then(read).then(powerOf, unknownPower);
    // Results may arrive in another order than the reads began.
    if (closed || question !== asked || isSame(power, now)) return;
    power = now;
    changed();
  };
  const again = (): void => void refresh();
  const subscriptions = listen(library, emitter, again);
  again();
  return {
    power: () => power,
    refresh,
    hasEvents: subscriptions.length > 0,
    close: () => {
      closed = true;
      for (const subscription of subscriptions) subscription.remove();
    },
  };
}

function listen(
  library: DeviceInfoLike | ExpoBatteryLike,
  emitter: EventEmitterLike | undefined,
  listener: () => void,
): readonly SubscriptionLike[] {
  if ('getPowerStateAsync' in library) {
    return allOrNone([
      () => library.addBatteryLevelListener(listener),
      () => library.addBatteryStateListener(listener),
      () => library.addLowPowerModeListener(listener),
    ]);
  }
  return emitter === undefined ? [] : allOrNone(DEVICE_INFO_EVENTS.map((event) => () => emitter.addListener(event, listener)));
}

function allOrNone(adds: readonly (() => SubscriptionLike)[]): readonly SubscriptionLike[] {
  const subscriptions: SubscriptionLike[] = [];
  try {
    for (const add of adds) subscriptions.push(add());
  } catch (error) {
    for (const subscription of subscriptions) subscription.remove();
    throw error;
  }
  return subscriptions;
}

/** expo-battery counts: unknown, unplugged, charging, full, on power but not charging. */
const ON_POWER: readonly unknown[] = ['charging', 'full', 2, 3, 4];
const ON_BATTERY: readonly unknown[] = ['unplugged', 1];

/** Converts a reading; unknown values are omitted. */
function powerOf({ batteryLevel, batteryState, lowPowerMode }: PowerStateLike): Power {
  const isKnown = typeof batteryLevel === 'number' && batteryLevel >= 0 && batteryLevel <= 1;
  const charging = ON_POWER.includes(batteryState) ? true : ON_BATTERY.includes(batteryState) ? false : undefined;
  return {
    ...(isKnown ? { batteryLevel } : {}),
    ...(charging === undefined ? {} : { charging }),
    ...(typeof lowPowerMode === 'boolean' ? { lowPower: lowPowerMode } : {}),
  };
}

/** A battery that cannot be read blocks nothing. */
function unknownPower(): Power {
  return {};
}

function isSame(one: Power, other: Power): boolean {
  return one.batteryLevel === other.batteryLevel && one.charging === other.charging && one.lowPower === other.lowPower;
}
