/** The catalogue of faults and how often each strikes: swarm testing, so that every seed is bad in ways of its own. */

/** Base rates per operation that the fault can strike. */
export const BASE_RATES = {
  crash: 0.006,
  crashInWrite: 0.004,
  tornRecord: 0.5,
  recordStoreFull: 0.004,
  recordStoreUnavailable: 0.008,
  shortRead: 0.03,
  readError: 0.006,
  statError: 0.006,
  diskFull: 0.006,
  refused: 0.02,
  reset: 0.02,
  lostResponse: 0.02,
  lateLanding: 0.015,
  duplicate: 0.015,
  unavailable: 0.02,
  throttled: 0.02,
  auth: 0.008,
  refreshFails: 0.1,
  forbidden: 0.002,
  corruptPut: 0.01,
  corruptGet: 0.015,
  truncatedGet: 0.01,
  stall: 0.016,
  deaf: 0.4,
  staleList: 0.1,
  publishFails: 0.08,
  publishAnswerLost: 0.08,
  forgedManifest: 0.05,
  rottenPage: 0.02,
  slowCarry: 0.06,
  carrierDrops: 0.06,
  carrierGoesOn: 0.05,
  pendingFails: 0.01,
} as const;

/** Events of a whole run and how many of them there are at base rate. */
export const BASE_EVENTS = {
  offline: 1.2,
  wallJump: 0.6,
  sleep: 0.4,
  sourceChange: 0.08,
  leaseStolen: 0.25,
  secondInstance: 0.3,
  gracefulStop: 0.3,
  cancel: 0.5,
  pause: 0.7,
  priority: 0.5,
  disable: 0.2,
} as const;

export type FaultKind = keyof typeof BASE_RATES;
export type EventKind = keyof typeof BASE_EVENTS;

export type Rates = { readonly [Kind in FaultKind]: number };
export type EventRates = { readonly [Kind in EventKind]: number };

const SWARM = [0, 1, 3, 8];

/** Rates of one seed: each base rate times 0, 1, 3 or 8. */
export function drawRates(random: () => number): Rates {
  return scale(BASE_RATES, random, 0.5);
}

/** How often each event comes in one seed. */
export function drawEventRates(random: () => number): EventRates {
  return scale(BASE_EVENTS, random, 5);
}

/** No fault at all. */
export const NO_RATES: Rates = scale(BASE_RATES, () => 0, 0);
export const NO_EVENTS: EventRates = scale(BASE_EVENTS, () => 0, 0);

function scale<Kind extends string>(
  base: { readonly [Name in Kind]: number },
  random: () => number,
  most: number,
): { [Name in Kind]: number } {
  const names = Object.keys(base) as Kind[];
  const entries = names.map((name) => [name, Math.min(most, base[name] * pick(SWARM, random))] as const);
  return Object.fromEntries(entries) as { [Name in Kind]: number };
}

/** One of a list that is not empty. */
export function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}
