/**
 * Prints the size of manifests and what reading them costs in memory and time.
 *
 *     node --expose-gc --import tsx test/bench/manifest-size.ts
 */
import { encodeManifest, latin1Decode, parseManifest, segmentsOf, type VideoManifest } from '../../src/core/index.js';
import { rawManifest } from '../core/manifests.js';

const CASES = [
  ['114 MB', 114_381_456],
  ['10 GB', 10_000_000_000],
  ['65,536 segments', 65_536 * 524_288],
] as const;

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Collected twice with a pause between, since array buffers are let go of in the background. */
async function heldBytes(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return usedBytes();
}

function walk(manifest: VideoManifest): number {
  let sum = 0;
  for (const { size } of segmentsOf(manifest)) sum += size;
  return sum;
}

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} KB`;

// Warm, so that the first row does not pay for compiling.
parseManifest(encodeManifest(rawManifest(50_000_000)));

for (const [name, sizeBytes] of CASES) {
  for (const algorithm of ['crc32c', 'sha256'] as const) {
    const bytes = encodeManifest(rawManifest(sizeBytes, algorithm));
    const opening = latin1Decode(bytes).indexOf(',"metadata"');
    const before = await heldBytes();
    const started = performance.now();
    const manifest = parseManifest(bytes);
    const parsedMs = performance.now() - started;
    const grown = usedBytes() - before;
    const held = (await heldBytes()) - before;
    const walkStarted = performance.now();
    const walked = walk(manifest);
    const walkMs = performance.now() - walkStarted;
    console.log(
      [
        `${name}, ${algorithm}: ${kilobytes(bytes.length)}`,
        `opening within ${opening} bytes`,
        `read in ${parsedMs.toFixed(1)} ms, heap grows by ${kilobytes(grown)} while reading and ${kilobytes(held)} stay`,
        `${manifest.segmentCount} segments walked in ${walkMs.toFixed(1)} ms`,
        walked === sizeBytes ? 'sums up' : 'DOES NOT SUM UP',
      ].join('; '),
    );
  }
}
