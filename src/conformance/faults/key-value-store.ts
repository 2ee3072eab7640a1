/** A key-value store that fails by plan. */
import type { KeyValueStore } from '../../ports/index.js';
import { injectFault, kept } from './inject-fault.js';
import { type FaultPlan, faultError, type WorkingPlan, workingPlan } from './plan.js';

/** The same key-value store, failing as the plan says. */
export function faultyKeyValueStore(store: KeyValueStore, plan: FaultPlan): KeyValueStore {
  const work = workingPlan(plan);
  return {
    get: (key) =>
      injectFault(work, {
        name: 'kv.get',
        target: key,
        run: () => store.get(key),
        special: { flipped: async () => flippedText(await store.get(key)) },
      }),
    set: (key, value) => set(store, work, key, value),
    remove: (key) =>
      injectFault(work, {
        name: 'kv.remove',
        target: key,
        run: () => store.remove(key),
        special: { 'lost-write': async () => undefined },
      }),
    keys: (prefix) => injectFault(work, { name: 'kv.keys', target: prefix, run: () => store.keys(prefix) }),
  };
}

function set(store: KeyValueStore, work: WorkingPlan, key: string, value: string): Promise<void> {
  return injectFault(work, {
    name: 'kv.set',
    target: key,
    run: () => store.set(key, value),
    special: {
      'torn-write': async (fault) => {
        await store.set(key, value.slice(0, kept(fault, value.length)));
        throw faultError(fault, 'STORAGE_UNAVAILABLE');
      },
      'lost-write': async () => undefined,
      flipped: () => store.set(key, flippedText(value) ?? ''),
    },
  });
}

function flippedText(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return value;
  const middle = value.length >> 1;
  return value.slice(0, middle) + String.fromCharCode(value.charCodeAt(middle) ^ 1) + value.slice(middle + 1);
}
