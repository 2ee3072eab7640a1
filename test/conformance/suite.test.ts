/** How suites meet test runners: node:test and one like Jest beside vitest, the run without a runner, and what failures say. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } from '../../adapters/memory/index.js';
import {
  blobStoreSuite,
  ConformanceFailure,
  conformanceClauses,
  fileSystemSuite,
  isConformanceFailure,
  keyValueStoreSuite,
  runSuite,
  type SuiteResult,
  type TestFunction,
} from '../../src/conformance/index.js';
import type { FileSystem, KeyValueStore } from '../../src/ports/index.js';

const PORTS = ['FileSystem', 'KeyValueStore', 'BlobStore'] as const;
const records = (change: Partial<KeyValueStore> = {}) => ({ keyValueStore: { ...memoryKeyValueStore(), ...change } });

async function directory(fileSystem: FileSystem) {
  await fileSystem.makeDirectory('/try');
  return { fileSystem, directory: '/try' };
}

describe('the clauses', () => {
  test.each(PORTS)('of %s have an id of their own, and say what is wanted and why', (port) => {
    const clauses = conformanceClauses(port);
    const prefix = { FileSystem: 'fs', KeyValueStore: 'kv', BlobStore: 'blob' }[port];
    expect(new Set(clauses.map(({ id }) => id)).size).toBe(clauses.length);
    for (const { id, wants, why } of clauses) {
      expect(id).toMatch(new RegExp(`^${prefix}(\\.[a-z]+(-[a-z]+)*){1,2}$`));
      expect(wants.length).toBeGreaterThan(20);
      expect(why.length).toBeGreaterThan(20);
    }
  });
});

describe('under a runner', () => {
  test('node:test runs every suite, skips what does not apply, and shows the broken clause', () => {
    const program = fileURLToPath(new URL('runners/node-test.mts', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=tap', program], {
      encoding: 'utf8',
    });
    const count = (what: string): number => Number(stdout.match(new RegExp(`^# ${what} (\\d+)$`, 'm'))?.[1]);
    expect(status).toBe(1);
    expect(count('pass')).toBeGreaterThan(95);
    expect(stdout).toMatch(/^\s*not ok \d+ - files \| fs\.list\.names: list gives the bare name/m);
    expect(stdout).toContain('why it matters: cache and staging are rebuilt from a listing after a kill');
    expect(stdout).toMatch(/ok \d+ - records \| kv\.persistent: .* # SKIP/);
    expect(stdout).not.toMatch(/blobs \| .* # SKIP/);
  });

  test('a runner that hands its tests nothing, and looks at the number of their parameters, runs them too', async () => {
    const bodies: (() => Promise<void>)[] = [];
    const jestLike: TestFunction = (_name, body) => {
      // Jest gives a callback to bodies with a parameter, and then waits for its call.
      expect(body).toHaveLength(0);
      bodies.push(body);
    };
    keyValueStoreSuite({ name: 'jest', test: jestLike, create: async () => records() });
    for (const body of bodies) expect(await body()).toBeUndefined();
    expect(bodies).toHaveLength(conformanceClauses('KeyValueStore').length);
  });

  test('with a sample, tests that do not apply are not registered', () => {
    const names: string[] = [];
    const collect: TestFunction = (name) => names.push(name);
    fileSystemSuite({ name: 'files', test: collect, sample: memoryFileSystem(), create: async () => directory(memoryFileSystem()) });
    blobStoreSuite({
      name: 'blobs',
      test: collect,
      sample: { ...memoryBlobStore(), attests: [] },
      create: async () => ({ blobStore: memoryBlobStore() }),
    });
    keyValueStoreSuite({ name: 'records', test: collect, sample: memoryKeyValueStore(), create: async () => records() });
    for (const absent of ['fs.hash-file', 'fs.paths.file-url', 'fs.rename.atomic', 'blob.put.file', 'blob.attests.right', 'kv.full']) {
      expect(names.filter((name) => name.includes(`| ${absent}`))).toEqual([]);
    }
    expect(names.length).toBeGreaterThan(90);
  });
});

describe('a failure', () => {
  async function failureOf(change: Partial<KeyValueStore>, clause: string): Promise<SuiteResult | undefined> {
    const results = await runSuite((suiteTest) =>
      keyValueStoreSuite({ name: 'mine', test: suiteTest, create: async () => records(change) }),
    );
    return results.find((result) => result.name.startsWith(`mine | ${clause}:`));
  }

  test('says which clause is broken, what was seen and why it matters', async () => {
    const result = await failureOf({ get: async () => null as never }, 'kv.get.missing');
    expect(result).toEqual({
      name: 'mine | kv.get.missing: get of a missing key resolves with undefined: not null, not an empty string',
      outcome: 'failed',
      clause: 'kv.get.missing',
      message: [
        'kv.get.missing: get of a missing key resolves with undefined: not null, not an empty string',
        '  seen: the value of a missing key is null, expected undefined',
        '  why it matters: engines use it to distinguish a first start from a damaged record',
      ].join('\n'),
    });
  });

  test.each<[string, unknown, string]>([
    ['an error of the host', new RangeError('disk I/O'), 'RangeError: disk I/O, where nothing should have been thrown'],
    ['null', null, 'a thrown null: null, where nothing should have been thrown'],
    ['a string', 'EIO', 'a thrown string: EIO, where nothing should have been thrown'],
  ])('names its clause also where the adapter throws %s', async (_name, thrown, seen) => {
    const result = await failureOf(
      {
        remove: async () => {
          throw thrown;
        },
      },
      'kv.remove.missing',
    );
    expect(result).toMatchObject({ outcome: 'failed', clause: 'kv.remove.missing', message: expect.stringContaining(`seen: ${seen}`) });
  });

  test('cuts long values', async () => {
    const result = await failureOf({ get: async () => 'x'.repeat(5_000) }, 'kv.value.round-trip');
    expect(result?.message).toContain('(5002 characters)');
    expect(result?.message?.length).toBeLessThan(900);
  });

  test('asks for what a claim has promised', async () => {
    const run = (claims: object): Promise<SuiteResult[]> =>
      runSuite((suiteTest) => keyValueStoreSuite({ name: 'mine', test: suiteTest, claims, create: async () => records() }));
    const broken = async (claims: object): Promise<string | undefined> =>
      (await run(claims)).find(({ outcome }) => outcome === 'failed')?.message;
    expect(await broken({ persistent: true })).toContain('the fixture has no reopen');
    expect(await broken({ breakable: true })).toContain('the fixture has no breakStorage');
  });

  test('is told by its brand', () => {
    const failure = new ConformanceFailure({ id: 'kv.x', wants: 'a', why: 'b' }, 'c', 'the cause');
    expect(failure).toMatchObject({ name: 'ConformanceFailure', clause: 'kv.x', seen: 'c', cause: 'the cause' });
    expect(isConformanceFailure(failure)).toBe(true);
    expect([new RangeError('x'), null, undefined, 'x', {}].some(isConformanceFailure)).toBe(false);
  });
});

describe('a run without a runner', () => {
  test('tells every result, in order, as it comes', async () => {
    const seen: SuiteResult[] = [];
    const results = await runSuite((suiteTest) => keyValueStoreSuite({ name: 'mine', test: suiteTest, create: async () => records() }), {
      onResult: (result) => seen.push(result),
    });
    expect(results).toEqual(seen);
    expect(results).toHaveLength(conformanceClauses('KeyValueStore').length);
    const persistent = results.find(({ name }) => name.includes('kv.persistent'));
    expect(persistent).toMatchObject({ outcome: 'not-applicable', message: 'the adapter says that it cannot do this' });
  });

  test('goes on behind an adapter that never settles', async () => {
    const clock = { after: (delayMs: number, run: () => void) => manual(delayMs, run) };
    const waits: number[] = [];
    const manual = (delayMs: number, run: () => void): (() => void) => {
      waits.push(delayMs);
      // The clock runs as soon as the microtasks have: whoever is not done by then never will be.
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    };
    const hanging = async () => records({ remove: () => new Promise<never>(() => undefined) });
    const results = await runSuite(
      (suiteTest) => {
        suiteTest('passes', async () => undefined);
        keyValueStoreSuite({ name: 'mine', test: suiteTest, create: hanging });
      },
      { clock, limitMs: 900 },
    );
    const failed = results.filter(({ outcome }) => outcome === 'failed');
    expect(results[0]).toEqual({ name: 'passes', outcome: 'passed' });
    expect(failed.map(({ name }) => name).some((name) => name.includes('kv.remove.missing'))).toBe(true);
    expect(failed[0]?.message).toContain('did not settle within 900 ms');
    expect(new Set(waits)).toEqual(new Set([900]));
  });

  test('tells a fixture that cannot be made, and a cleanup that fails', async () => {
    const results = await runSuite((suiteTest) => {
      keyValueStoreSuite({
        name: 'no fixture',
        test: suiteTest,
        create: async () => {
          throw new RangeError('no room');
        },
      });
      keyValueStoreSuite({
        name: 'no cleanup',
        test: suiteTest,
        create: async () => ({
          ...records(),
          cleanup: async () => {
            throw new RangeError('busy');
          },
        }),
      });
    });
    expect(results.every(({ outcome }) => outcome === 'failed')).toBe(true);
    expect(new Set(results.map(({ message }) => message))).toEqual(new Set(['RangeError: no room', 'RangeError: busy']));
  });

  test('a failed test keeps its failure although the cleanup fails behind it, and every fixture is cleaned up', async () => {
    let cleaned = 0;
    const create = async () => ({
      ...records({ get: async () => null as never }),
      cleanup: async () => {
        cleaned += 1;
        throw new RangeError('busy');
      },
    });
    const results = await runSuite((suiteTest) => keyValueStoreSuite({ name: 'mine', test: suiteTest, create }));
    expect(results.find(({ name }) => name.includes('kv.get.missing'))).toMatchObject({ clause: 'kv.get.missing' });
    expect(cleaned).toBe(results.length);
  });
});

describe('mistakes of the caller', () => {
  const create = async () => records();
  test.each<[string, object]>([
    ['no name', { test, create }],
    ['no test function', { name: 'x', create }],
    ['no create', { name: 'x', test }],
  ])('%s', (_name, options) => {
    expect(() => keyValueStoreSuite(options as never)).toThrow(/^keyValueStoreSuite: /);
    expect(() => fileSystemSuite(options as never)).toThrow(TypeError);
    expect(() => blobStoreSuite(options as never)).toThrow(TypeError);
  });
});
