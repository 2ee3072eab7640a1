/** What a video costs in memory, over a process that is warm; and that a larger one costs no more. */
import { closeSync, ftruncateSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNode } from './kit/cli.js';
import { BIG_BYTES, bucketFiles, makeRandomFile, makeTemp, removeTemp } from './kit/files.js';

const MIB = 1_048_576;
const GIB = 1_024 * MIB;
const PROGRAM = fileURLToPath(new URL('programs/memory.mjs', import.meta.url));

let directory = '';

beforeAll(() => {
  directory = makeTemp('memory');
  makeRandomFile(join(directory, 'small'), 8 * 524_288);
  makeRandomFile(join(directory, 'big'), BIG_BYTES);
  const sparse = openSync(join(directory, 'huge'), 'w');
  ftruncateSync(sparse, 2 * GIB);
  closeSync(sparse);
});

afterAll(() => removeTemp(directory));

/**
 * Left to itself, V8 collects late: in a long run its young generation alone grows to 3 × 16 MiB, whatever the program needs.
 * The small heap makes it collect what is garbage, so that only what is needed is left to be measured.
 */
const HEAPS = { default: [], small: ['--max-semi-space-size=1', '--max-old-space-size=16'] } as const;

interface Memory {
  readonly rssGrowthBytes: number;
  readonly arrayBufferGrowthBytes: number;
  readonly peakBufferBytes: number;
}

async function measure(verb: 'upload' | 'fetch', name: string, heap: 'default' | 'small'): Promise<Memory> {
  const round = `${heap}-${name}`;
  const place = (video: string) => ({
    file: join(directory, video),
    bucket: join(directory, `bucket-${round}-${video}`),
    state: join(directory, `state-${round}-${video}`),
    cache: join(directory, `cache-${round}-${video}`),
    output: join(directory, `${video}.out`),
    videoId: video,
  });
  const job = { verb, warm: place('small'), real: place(name) };
  const { code, last, stderr } = await runNode(PROGRAM, [JSON.stringify(job)], { nodeOptions: ['--expose-gc', ...HEAPS[heap]] });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const memory = last as unknown as Memory;
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(2)} MiB`;
  console.log(
    `${verb} of ${name}, ${heap} heap: RSS +${mib(memory.rssGrowthBytes)}, array buffers +${mib(memory.arrayBufferGrowthBytes)}, own buffers ${mib(memory.peakBufferBytes)}`,
  );
  return memory;
}

describe('memory', () => {
  // The order matters: what is uploaded here is fetched here.
  it.each([['upload'], ['fetch']] as const)('%s of 114 MB stays within the bounds', async (verb) => {
    const { peakBufferBytes, arrayBufferGrowthBytes, rssGrowthBytes } = await measure(verb, 'big', 'default');
    expect(peakBufferBytes).toBeLessThanOrEqual(1.5 * MIB);
    expect(arrayBufferGrowthBytes).toBeLessThanOrEqual(2 * MIB);
    expect(rssGrowthBytes).toBeLessThanOrEqual(24 * MIB);
  });

  it.each([['upload'], ['fetch']] as const)('%s of 2 GiB needs no more than 8 MiB beyond that', async (verb) => {
    const big = await measure(verb, 'big', 'small');
    const huge = await measure(verb, 'huge', 'small');
    expect(huge.peakBufferBytes).toBe(big.peakBufferBytes);
    expect(huge.rssGrowthBytes).toBeLessThanOrEqual(big.rssGrowthBytes + 8 * MIB);
    // 4,096 digests, and the manifest that holds them, instead of 219.
    expect(huge.arrayBufferGrowthBytes).toBeLessThanOrEqual(big.arrayBufferGrowthBytes + 2 * MIB);
    const bucket = join(directory, 'bucket-small-huge-huge');
    expect(bucketFiles(bucket).segments).toHaveLength(4_096);
    if (verb === 'fetch') expect(statSync(join(directory, 'huge.out')).size).toBe(2 * GIB);
  });

  it.each([['upload'], ['fetch']] as const)('%s: by a process that has carried 2 GiB before, with default flags', async (verb) => {
    const place = (video: string, round: string) => ({
      file: join(directory, video),
      bucket: join(directory, `bucket-warm-${round}`),
      state: join(directory, `state-warm-${round}`),
      cache: join(directory, `cache-warm-${round}`),
      output: join(directory, `${round}.out`),
      videoId: video,
    });
    const job = { verb, warmRounds: 1, warm: place('huge', 'first'), real: [place('big', 'big'), place('huge', 'second')] };
    const { code, lines, stderr } = await runNode(PROGRAM, [JSON.stringify(job)]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const [big, huge] = lines as unknown as [Memory, Memory];
    const mib = (bytes: number) => `${(bytes / MIB).toFixed(2)} MiB`;
    console.log(`${verb}, warm: RSS +${mib(big.rssGrowthBytes)} for 114 MB, +${mib(huge.rssGrowthBytes)} for 2 GiB`);
    expect(big.rssGrowthBytes).toBeLessThanOrEqual(24 * MIB);
    expect(huge.rssGrowthBytes).toBeLessThanOrEqual(big.rssGrowthBytes + 8 * MIB);
    expect(huge.peakBufferBytes).toBe(big.peakBufferBytes);
  });
});
