/** Every clause of the blob store's contract catches a planted faulty adapter, and a good adapter breaks none. */
import { describe, expect, test } from 'vitest';
import {
  type BlobStoreClaims,
  type BlobStoreFixture,
  blobStoreSuite,
  conformanceClauses,
  runSuite,
  type SuiteResult,
} from '../../src/conformance/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobReader, GetOptions } from '../../src/ports/index.js';
import { gettingPlants } from './plants/blob-store-get.js';
import { hashPlants } from './plants/blob-store-hashes.js';
import { listingPlants } from './plants/blob-store-list.js';
import { optionalPlants } from './plants/blob-store-optional.js';
import { partsPlants } from './plants/blob-store-parts.js';
import { puttingPlants } from './plants/blob-store-put.js';
import { blobStoreClaims, goodBlobStore } from './plants/good-blob-store.js';
import { brokenClauses } from './plants/plant.js';

const clauses = conformanceClauses('BlobStore');
const plants = [...puttingPlants, ...hashPlants, ...gettingPlants, ...listingPlants, ...optionalPlants, ...partsPlants];

function run(create: () => Promise<BlobStoreFixture>, claims: BlobStoreClaims = {}): Promise<SuiteResult[]> {
  return runSuite((suiteTest) => blobStoreSuite({ name: 'planted', test: suiteTest, create, claims: { ...blobStoreClaims, ...claims } }));
}

const without = (...ids: readonly string[]): string[] => clauses.map(({ id }) => id).filter((id) => !ids.includes(id));
const passed = (results: readonly SuiteResult[]): string[] =>
  results.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name.replace(/^planted \| /, '').split(':')[0] ?? '');

test('a good store passes every clause that applies, and all but one apply to it', async () => {
  const results = await run(goodBlobStore);
  expect(passed(results)).toEqual(without('blob.range.not-supported'));
  expect(brokenClauses(results)).toEqual([]);
});

test('a good store without ranges passes the others', async () => {
  const results = await run(async () => {
    const given = await goodBlobStore();
    const get: typeof given.blobStore.get = async (key, options) => {
      if (options?.range !== undefined) throw new ReelwayError('NOT_SUPPORTED');
      return given.blobStore.get(key, options);
    };
    return { ...given, blobStore: { ...given.blobStore, rangeRead: false, get } };
  });
  expect(passed(results)).toEqual(without('blob.range.exact', 'blob.range.size', 'blob.range.beyond'));
  expect(brokenClauses(results)).toEqual([]);
});

test('a good store whose readers lend one Node Buffer each passes every clause that applies', async () => {
  const results = await run(async () => {
    const given = await goodBlobStore();
    const lend = async (key: string, options?: GetOptions): Promise<BlobReader> => {
      const reader = await given.blobStore.get(key, options);
      const lent = Buffer.alloc(50_000);
      return {
        ...reader,
        next: async () => {
          const piece = await reader.next();
          if (piece !== undefined) lent.set(piece);
          return piece === undefined ? undefined : lent.subarray(0, piece.length);
        },
      };
    };
    return { ...given, blobStore: { ...given.blobStore, get: lend } };
  });
  expect(brokenClauses(results)).toEqual([]);
});

describe('a planted store', () => {
  test.each(plants)('that $name breaks $clause', async ({ clause, also = [], claims, make }) => {
    const results = await run(make, claims);
    expect(brokenClauses(results)).toEqual([clause, ...also].sort());
    const wants = clauses.find(({ id }) => id === clause)?.wants;
    expect(results.find((result) => result.clause === clause)?.message).toContain(`${clause}: ${wants}`);
  });
});

test('every clause catches a plant of its own', () => {
  const caught = new Set(plants.map(({ clause }) => clause));
  expect(without(...caught)).toEqual([]);
});
