/** When a rule strikes, and what a plan tells of it. */
import { describe, expect, test } from 'vitest';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } from '../../../adapters/memory/index.js';
import {
  createFaultPlan,
  type FaultPlanOptions,
  type FaultRule,
  faultyBlobStore,
  faultyFileSystem,
  faultyKeyValueStore,
  type PortOperation,
} from '../../../src/conformance/index.js';
import { turns } from '../plants/plant.js';
import { keyValueStore, rejection } from './support.js';

describe('rules', () => {
  async function struckBy(rule: Omit<FaultRule, 'kind'>, options: FaultPlanOptions = {}): Promise<string> {
    const plan = createFaultPlan({ ...options, rules: [{ kind: 'fails', ...rule }] });
    const store = faultyKeyValueStore(memoryKeyValueStore(), plan);
    let marks = '';
    for (let call = 0; call < 12; call += 1) {
      const outcome = await store.get(call % 2 === 0 ? 'even' : 'odd').then(
        () => '.',
        () => 'x',
      );
      marks += outcome;
    }
    return marks;
  }

  test.each<[string, Omit<FaultRule, 'kind'>, string]>([
    ['nothing', {}, 'xxxxxxxxxxxx'],
    ['nth', { nth: 3 }, '..x.........'],
    ['everyNth', { everyNth: 4 }, '...x...x...x'],
    ['times', { times: 2 }, 'xx..........'],
    ['target', { target: 'od' }, '.x.x.x.x.x.x'],
    ['target and nth', { target: 'odd', nth: 2 }, '...x........'],
    ['another operation', { operation: 'kv.set' }, '............'],
    ['several operations', { operation: ['kv.set', 'kv.get'], times: 1 }, 'x...........'],
    ['when', { when: ({ index }: PortOperation) => index > 10 }, '..........xx'],
    ['rate 0', { rate: 0 }, '............'],
    ['rate 1', { rate: 1 }, 'xxxxxxxxxxxx'],
  ])('by %s', async (_name, rule, marks) => {
    expect(await struckBy(rule)).toBe(marks);
  });

  test('by rate, the same for the same seed', async () => {
    const marks = await struckBy({ rate: 0.5 }, { seed: 7 });
    expect(await struckBy({ rate: 0.5 }, { seed: 7 })).toBe(marks);
    expect(await struckBy({ rate: 0.5 }, { seed: 8 })).not.toBe(marks);
    expect(marks).toMatch(/x/);
    expect(marks).toMatch(/\./);
  });

  test('a rate is met over many operations', async () => {
    const plan = createFaultPlan({ rules: [{ kind: 'fails', rate: 0.1 }] });
    const store = faultyKeyValueStore(memoryKeyValueStore(), plan);
    for (let call = 0; call < 2_000; call += 1) await store.get('a').catch(() => undefined);
    expect(plan.struck().fails).toBeGreaterThan(150);
    expect(plan.struck().fails).toBeLessThan(250);
  });

  test('the first rule that holds strikes, and the others count on', async () => {
    const { store, plan } = keyValueStore({ kind: 'fails', nth: 1 }, { kind: 'lost-write', nth: 2 });
    await expect(store.set('a', '1')).rejects.toMatchObject(rejection('STORAGE_UNAVAILABLE'));
    await store.set('a', '1');
    expect(plan.struck()).toEqual({ fails: 1, 'lost-write': 1 });
  });

  test.each<[string, FaultPlanOptions]>([
    ['a kind that cannot strike the operation', { rules: [{ kind: 'short-read', operation: 'blob.put' }] }],
    ['an unknown kind', { rules: [{ kind: 'gremlins' as never }] }],
    ['slow without a clock', { rules: [{ kind: 'slow' }] }],
    ['late without a clock', { rules: [{ kind: 'late' }] }],
    ['a seed that is no integer', { seed: 1.5 }],
    ['a negative seed', { seed: -1 }],
  ])('%s is a mistake of the caller', (_name, options) => {
    expect(() => createFaultPlan(options)).toThrow(TypeError);
  });

  test('a plan of somebody else is a mistake of the caller', () => {
    const alien = { operationCount: 0, log: [], landings: [], struck: () => ({}) };
    expect(() => faultyKeyValueStore(memoryKeyValueStore(), alien)).toThrow(TypeError);
  });
});

describe('hooks and the log', () => {
  test('operations of all ports are counted and logged in one order', async () => {
    const plan = createFaultPlan({ keepLog: true, rules: [{ kind: 'fails', operation: 'kv.get' }] });
    const files = faultyFileSystem(memoryFileSystem(), plan);
    const records = faultyKeyValueStore(memoryKeyValueStore(), plan);
    const blobs = faultyBlobStore(memoryBlobStore(), plan);
    await files.makeDirectory('/d');
    await expect(records.get('a')).rejects.toBeDefined();
    await blobs.remove(['x', 'y']);
    await blobs.remove([]);
    expect(plan.log).toEqual([
      { index: 1, name: 'fs.makeDirectory', target: '/d', resolved: true },
      { index: 2, name: 'kv.get', target: 'a', resolved: false, fault: 'fails' },
      { index: 3, name: 'blob.remove', target: 'x', resolved: true },
      { index: 4, name: 'blob.remove', target: '', resolved: true },
    ]);
    expect(plan.operationCount).toBe(4);
  });

  test.each(['beforeOperation', 'afterOperation'] as const)('a process can die in %s of its n-th operation', async (hook) => {
    const inner = memoryKeyValueStore();
    const died = new Promise<never>(() => undefined);
    const plan = createFaultPlan({ [hook]: ({ index }: PortOperation) => (index === 2 ? died : undefined) });
    const store = faultyKeyValueStore(inner, plan);
    const outcomes: string[] = [];
    const run = async (): Promise<void> => {
      for (const key of ['a', 'b', 'c']) {
        await store.set(key, '1');
        outcomes.push(key);
      }
    };
    run();
    await turns(100);
    expect(outcomes).toEqual(['a']);
    expect(await inner.keys('')).toEqual(hook === 'beforeOperation' ? ['a'] : ['a', 'b']);
    expect(plan.log).toEqual([]);
  });

  test('what a hook throws the operation rejects with', async () => {
    const store = faultyKeyValueStore(
      memoryKeyValueStore(),
      createFaultPlan({
        beforeOperation: () => {
          throw new RangeError('killed');
        },
      }),
    );
    await expect(store.set('a', '1')).rejects.toThrow('killed');
  });
});
