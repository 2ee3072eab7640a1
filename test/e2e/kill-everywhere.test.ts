/**
 * Kill at every operation: a process that kills itself before and after its n-th port operation, for every n, and is started
 * again. Judged from outside, by the files that it leaves.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunResult, runNode } from './kit/cli.js';
import {
  bucketFiles,
  filesBelow,
  fingerprints,
  makeRandomFile,
  makeTemp,
  removeTemp,
  rewritten,
  sha256Of,
  sha256OfSegments,
} from './kit/files.js';

const SEGMENTS = 8;
const SIZE = 7.5 * 524_288;
const WINDOW = 3;
const UPLOAD = fileURLToPath(new URL('programs/upload.mjs', import.meta.url));
const FETCH = fileURLToPath(new URL('programs/fetch.mjs', import.meta.url));

let directory = '';
let file = '';
let digest = '';

beforeAll(() => {
  directory = makeTemp('kill-everywhere');
  file = join(directory, 'source');
  makeRandomFile(file, SIZE);
  digest = sha256Of(file);
});

afterAll(() => removeTemp(directory));

interface Death {
  readonly at: number;
  readonly phase: 'before' | 'after';
}

/** Every death from 1 to `operations`, on both sides of the operation. */
function deaths(operations: number): Death[] {
  return Array.from({ length: operations }, (_, index) => index + 1).flatMap((at) => [
    { at, phase: 'before' as const },
    { at, phase: 'after' as const },
  ]);
}

/** Two at once, since the machines that run this have two cores. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

describe('an upload of 8 segments', () => {
  const place = (name: string) => {
    const home = join(directory, name);
    return { home, file, bucket: join(home, 'bucket'), state: join(home, 'state'), posts: `${home}.posts` };
  };
  const life = (name: string, death?: Death): Promise<RunResult> => runNode(UPLOAD, [JSON.stringify({ ...place(name), death })]);

  it('survives a kill before and after each of its operations', async () => {
    const plain = await life('plain');
    expect(plain.stderr).toBe('');
    const operations = Number(plain.last?.['operations']);
    // Each segment is at least read, put and journaled.
    expect(operations).toBeGreaterThan(3 * SEGMENTS);
    console.log(`${operations} operations in an upload of ${SEGMENTS} segments: ${2 * operations} kills`);
    let survived = 0;
    await forEach(deaths(operations), async (death) => {
      const name = `upload-${death.at}-${death.phase}`;
      const { home, bucket, posts } = place(name);
      const killed = await life(name, death);
      // Two lives need not do the same number of operations, so the last ones may not be reached.
      if (killed.signal === 'SIGKILL') survived += 1;
      else expect(killed.code, `${name}: ${killed.stderr}`).toBe(0);
      const before = fingerprints(bucket, bucketFiles(bucket).segments);
      const again = await life(name);
      expect(again.code, `${name}: ${again.stderr}`).toBe(0);
      expect(again.last, name).toMatchObject({ type: 'done', segments: SEGMENTS, warnings: [] });
      const { manifests, segments, others } = bucketFiles(bucket);
      expect({ name, manifests: manifests.length, segments: segments.length, others }).toEqual({
        name,
        manifests: 1,
        segments: SEGMENTS,
        others: [],
      });
      expect(sha256OfSegments(bucket), name).toBe(digest);
      expect(rewritten(before, fingerprints(bucket, segments)), name).toBeLessThanOrEqual(WINDOW);
      const keys = new Set(readFileSync(posts, 'utf8').trim().split('\n'));
      expect(keys.size, name).toBe(1);
      rmSync(home, { recursive: true, force: true });
    });
    expect(survived).toBeGreaterThan(2 * operations - 10);
  });
});

describe('a fetch of 8 segments', () => {
  const bucket = () => join(directory, 'filled', 'bucket');
  const place = (name: string) => {
    const home = join(directory, name);
    return { home, bucket: bucket(), cache: join(home, 'cache'), output: join(home, 'output') };
  };
  const life = (name: string, death?: Death): Promise<RunResult> => runNode(FETCH, [JSON.stringify({ ...place(name), death })]);

  beforeAll(async () => {
    const home = join(directory, 'filled');
    const job = { file, bucket: join(home, 'bucket'), state: join(home, 'state'), posts: join(directory, 'filled.posts') };
    expect((await runNode(UPLOAD, [JSON.stringify(job)])).code).toBe(0);
  });

  it('survives a kill before and after each of its operations', async () => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(place('plain-fetch').home);
    const plain = await life('plain-fetch');
    expect(plain.stderr).toBe('');
    const operations = Number(plain.last?.['operations']);
    expect(operations).toBeGreaterThan(2 * SEGMENTS);
    console.log(`${operations} operations in a fetch of ${SEGMENTS} segments: ${2 * operations} kills`);
    let survived = 0;
    await forEach(deaths(operations), async (death) => {
      const name = `fetch-${death.at}-${death.phase}`;
      const { home, cache, output } = place(name);
      mkdirSync(home);
      const killed = await life(name, death);
      if (killed.signal === 'SIGKILL') survived += 1;
      else expect(killed.code, `${name}: ${killed.stderr}`).toBe(0);
      // Whole, or not there: nobody ever sees a part of a video under its name.
      if (existsSync(output)) expect(sha256Of(output), name).toBe(digest);
      const segments = join(cache, 'segments');
      const before = fingerprints(segments, filesBelow(segments));
      const again = await life(name);
      expect(again.code, `${name}: ${again.stderr}`).toBe(0);
      expect(sha256Of(output), name).toBe(digest);
      expect(rewritten(before, fingerprints(segments, filesBelow(segments))), name).toBeLessThanOrEqual(WINDOW);
      expect(readdirSync(home).sort(), name).toEqual(['cache', 'output']);
      rmSync(home, { recursive: true, force: true });
    });
    expect(survived).toBeGreaterThan(2 * operations - 10);
  });
});
