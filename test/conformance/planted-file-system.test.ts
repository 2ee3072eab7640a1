/** Every clause of the file system's contract catches a planted faulty adapter, and a good adapter breaks none. */
import { describe, expect, test } from 'vitest';
import { conformanceClauses, fileSystemSuite, runSuite, type SuiteResult } from '../../src/conformance/index.js';
import { changingPlants } from './plants/file-system-change.js';
import { readingPlants } from './plants/file-system-read.js';
import { fileSystemClaims, goodFileSystem } from './plants/good-file-system.js';
import { brokenClauses } from './plants/plant.js';

const fileSystemPlants = [...readingPlants, ...changingPlants];
const clauses = conformanceClauses('FileSystem');

function run(create: typeof goodFileSystem): Promise<SuiteResult[]> {
  return runSuite((suiteTest) => fileSystemSuite({ name: 'planted', test: suiteTest, create, claims: fileSystemClaims }));
}

test('a good file system passes every clause, and every clause applies to it', async () => {
  const results = await run(goodFileSystem);
  expect(results.map(({ outcome }) => outcome)).toEqual(clauses.map(() => 'passed'));
});

describe('a planted file system', () => {
  test.each(fileSystemPlants)('that $name breaks $clause', async ({ clause, also = [], make }) => {
    const results = await run(make);
    expect(brokenClauses(results)).toEqual([clause, ...also].sort());
    const wants = clauses.find(({ id }) => id === clause)?.wants;
    expect(results.find((result) => result.clause === clause)?.message).toContain(`${clause}: ${wants}`);
  });
});

test('every clause catches a plant of its own', () => {
  const caught = new Set(fileSystemPlants.map(({ clause }) => clause));
  expect(clauses.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([]);
});
