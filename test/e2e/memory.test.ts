/** What a video costs in memory, over a process that is warm; and that a larger one costs no more. */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
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

interface Memory {
  readonly rssGrowthBytes: number;
  readonly arrayBufferGrowthBytes: number;
  readonly peakBufferBytes: number;
}

async function measure(verb: 'upload' | 'fetch', name: string): Promise<Memory> {
  const place = (video: string) => ({
    file: join(directory, video),
    bucket: join(directory, `bucket-${video}`),
    state: join(directory, `state-${video}`),
    cache: join(directory, `cache-${video}`),
    output: join(directory, `${video}.out`),
    videoId: video,
  });
  const job = { verb, warm: place('small'), real: place(name) };
  const { code, last, stderr } = await runNode(PROGRAM, [JSON.stringify(job)], { nodeOptions: ['--expose-gc'] });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const memory = last as unknown as Memory;
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(2)} MiB`;
  console.log(
    `${verb} of ${name}: RSS +${mib(memory.rssGrowthBytes)}, array buffers +${mib(memory.arrayBufferGrowthBytes)}, own buffers ${mib(memory.peakBufferBytes)}`,
  );
  return memory;
}

describe('memory', () => {
  // The order matters: what is uploaded here is fetched here.
  it.each([['upload'], ['fetch']] as const)('%s: 114 MB within the bounds, 2 GiB within 8 MiB of it', async (verb) => {
    const big = await measure(verb, 'big');
    expect(big.peakBufferBytes).toBeLessThanOrEqual(1.5 * MIB);
    expect(big.arrayBufferGrowthBytes).toBeLessThanOrEqual(2 * MIB);
    expect(big.rssGrowthBytes).toBeLessThanOrEqual(24 * MIB);
    const huge = await measure(verb, 'huge');
    expect(huge.peakBufferBytes).toBeLessThanOrEqual(1.5 * MIB);
    expect(huge.arrayBufferGrowthBytes).toBeLessThanOrEqual(2 * MIB);
    expect(huge.rssGrowthBytes).toBeLessThanOrEqual(big.rssGrowthBytes + 8 * MIB);
    expect(bucketFiles(join(directory, 'bucket-huge')).segments).toHaveLength(4_096);
  });
});
