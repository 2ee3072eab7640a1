/** Whether the conditions of the device let uploads run. */
import type { WaitingReason } from '../../core/index.js';
import type { DeviceConditions } from '../../ports/index.js';
import type { ConditionPolicy } from '../types.js';

/** The policy until `configure` changes it. */
export const DEFAULT_POLICY: Required<ConditionPolicy> = { allowMetered: true, minBatteryLevel: 0.05, allowLowPower: true };

/** Why uploads have to wait; `undefined`: go. An unknown condition never blocks. */
export function evaluateConditions(conditions: DeviceConditions | undefined, policy: Required<ConditionPolicy>): WaitingReason | undefined {
  if (conditions === undefined) return undefined;
  // mutation-point: require-online
  if (conditions.online === false) return 'offline';
  if (!policy.allowMetered && conditions.metered === true) return 'metered';
  if (!policy.allowLowPower && conditions.lowPower === true) return 'power';
  const { batteryLevel, charging } = conditions;
  if (charging !== true && batteryLevel !== undefined && batteryLevel < policy.minBatteryLevel) return 'power';
  return undefined;
}
