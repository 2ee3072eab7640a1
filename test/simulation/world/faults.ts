/** The catalogue of faults and how often each strikes: swarm testing, so that every seed is bad in ways of its own. */
import { createSeededRandom } from '../../../src/testing/index.js';

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

/**
 * Faults that came later. Each has random numbers of its own, so that a new kind leaves the worlds of all seeds as they are
 * where it does not strike.
 */
export const MORE_RATES = {
  flippedDigit: 0.03,
  damagedSlot: 0.03,
  sourceEditedBetweenLives: 0.1,
  sourceEditedUnseen: 0.06,
  trickle: 0.1,
  refreshHangs: 0.4,
  publishHangs: 0.05,
  cacheRefused: 0.03,
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

/** Events that came later, each with random numbers of its own. */
export const MORE_EVENTS = {
  storeAway: 0.15,
  sourceAway: 0.15,
  offlineBlinks: 0.15,
  portal: 0.15,
} as const;

/**
 * Kinds that the engines cannot survive yet. They never strike unless a run names them, and move out of this list together with
 * the change that makes an engine survive them.
 */
export const PENDING: readonly MoreKind[] = ['sourceEditedUnseen', 'storeAway', 'sourceAway', 'portal', 'trickle', 'refreshHangs'];

/** Kinds that only the world of fetches has. */
export const FETCH_ONLY: readonly MoreKind[] = ['cacheRefused'];

type MoreFault = keyof typeof MORE_RATES;
type MoreEvent = keyof typeof MORE_EVENTS;
export type MoreKind = MoreFault | MoreEvent;
export type FaultKind = keyof typeof BASE_RATES | MoreFault;
export type EventKind = keyof typeof BASE_EVENTS | MoreEvent;

export type Rates = { readonly [Kind in FaultKind]: number };
export type EventRates = { readonly [Kind in EventKind]: number };

const SWARM = [0, 1, 3, 8];

/** Rates of one seed: each base rate times 0, 1, 3 or 8. `random` draws those of the first kinds, the seed all others. */
export function drawRates(random: () => number, seed: number, pending: readonly string[] = []): Rates {
  return { ...scale(BASE_RATES, random, 0.5), ...scaleApart(MORE_RATES, seed, 0.5, pending) };
}

/** How often each event comes in one seed. */
export function drawEventRates(random: () => number, seed: number, pending: readonly string[] = []): EventRates {
  return { ...scale(BASE_EVENTS, random, 5), ...scaleApart(MORE_EVENTS, seed, 5, pending) };
}

/** No fault at all. */
export const NO_RATES: Rates = { ...scale(BASE_RATES, () => 0, 0), ...scale(MORE_RATES, () => 0, 0) };
export const NO_EVENTS: EventRates = { ...scale(BASE_EVENTS, () => 0, 0), ...scale(MORE_EVENTS, () => 0, 0) };

/** Whether a kind came later. */
export function hasOwnRandom(kind: string): kind is MoreKind {
  return kind in MORE_RATES || kind in MORE_EVENTS;
}

/** Random numbers of one purpose in one seed: other purposes do not change them. */
export function randomFor(seed: number, purpose: string): () => number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < purpose.length; at += 1) hash = Math.imul(hash ^ purpose.charCodeAt(at), 0x01000193) >>> 0;
  return createSeededRandom(seed * 4_096 + (hash % 4_096));
}

type Table<Kind extends string> = { readonly [Name in Kind]: number };

function scale<Kind extends string>(base: Table<Kind>, random: () => number, most: number): Table<Kind> {
  return scaleEach(base, most, () => random);
}

function scaleApart<Kind extends MoreKind>(base: Table<Kind>, seed: number, most: number, pending: readonly string[]): Table<Kind> {
  const isOff = (kind: Kind): boolean => PENDING.includes(kind) && !pending.includes(kind);
  return scaleEach(base, most, (kind) => (isOff(kind) ? () => 0 : randomFor(seed, `rate ${kind}`)));
}

function scaleEach<Kind extends string>(base: Table<Kind>, most: number, randomOf: (kind: Kind) => () => number): Table<Kind> {
  const names = Object.keys(base) as Kind[];
  const entries = names.map((name) => [name, Math.min(most, base[name] * pick(SWARM, randomOf(name)))] as const);
  return Object.fromEntries(entries) as { [Name in Kind]: number };
}

/** One of a list that is not empty. */
export function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}
