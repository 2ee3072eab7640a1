/** Every clause of the key-value store's contract catches a planted faulty adapter, and a good adapter breaks none. */
import { describe, expect, test } from 'vitest';
import { conformanceClauses, keyValueStoreSuite, runSuite, type SuiteResult } from '../../src/conformance/index.js';
import { goodKeyValueStore, keyValueStoreClaims, keyValueStorePlants } from './plants/key-value-store.js';
import { brokenClauses } from './plants/plant.js';

const clauses = conformanceClauses('KeyValueStore');

function run(create: typeof goodKeyValueStore): Promise<SuiteResult[]> {
  return runSuite((suiteTest) => keyValueStoreSuite({ name: 'planted', test: suiteTest, create, claims: keyValueStoreClaims }));
}

test('a good store passes every clause, and every clause applies to it', async () => {
  const results = await run(goodKeyValueStore);
  expect(results.map(({ outcome }) => outcome)).toEqual(clauses.map(() => 'passed'));
});

describe('a planted store', () => {
  test.each(keyValueStorePlants)('that $name breaks $clause', async ({ clause, also = [], make }) => {
    const results = await run(make);
    expect(brokenClauses(results)).toEqual([clause, ...also].sort());
    const wants = clauses.find(({ id }) => id === clause)?.wants;
    expect(results.find((result) => result.clause === clause)?.message).toContain(`${clause}: ${wants}`);
  });
});

test('every clause catches a plant of its own', () => {
  const caught = new Set(keyValueStorePlants.map(({ clause }) => clause));
  expect(clauses.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([]);
});
