/**
 * Replays seeds of the upload simulation from the command line:
 *
 *     npx tsx test/simulation/replay.ts 42          the whole trace of one seed
 *     npx tsx test/simulation/replay.ts 1 10000     many seeds: violations, speed, and how often each fault struck
 *
 * OUTLIVES=1 before it: the same seeds over a store whose puts the operating system carries.
 * PENDING=sourceEditedUnseen before it: with kinds of faults that the engine cannot survive yet, separated by commas.
 * SUSPENSIONS=3 before it: the same seeds, with a process that is suspended three times.
 */
import { createUploadEngine, rawPackaging } from '../../src/upload/index.js';
import { simulateUpload } from './upload/simulate.js';

const [from = 1, to] = process.argv.slice(2).map(Number);
const engine = { createUploadEngine, rawPackaging };
const suspensions = process.env['SUSPENSIONS'];
const pending = process.env['PENDING']?.split(',') ?? [];
const more = {
  pending,
  ...(process.env['OUTLIVES'] === undefined ? {} : { outlives: true }),
  ...(suspensions === undefined ? {} : { suspensions: Number(suspensions) }),
};

async function replayOne(seed: number): Promise<void> {
  const result = await simulateUpload(engine, { seed, keepLog: true, ...more });
  for (const line of result.log) console.log(line);
  console.log(`seed ${seed}, trace ${result.trace}, ${result.operations} operations in ${result.lives} lives`);
  for (const violation of result.violations) console.log(`VIOLATION ${violation}`);
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}

async function runMany(first: number, last: number): Promise<void> {
  const startMs = performance.now();
  const fired = new Map<string, number>();
  const sum = { operations: 0, lives: 0, broken: 0 };
  for (let seed = first; seed <= last; seed += 1) {
    const result = await simulateUpload(engine, { seed, ...more });
    sum.operations += result.operations;
    sum.lives += result.lives;
    for (const [kind, count] of result.fired) fired.set(kind, (fired.get(kind) ?? 0) + count);
    if (result.violations.length === 0) continue;
    sum.broken += 1;
    console.log(`seed ${seed}: ${result.violations.join('; ')}`);
  }
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(`${last - first + 1} seeds, ${sum.operations} operations, ${sum.lives} lives, ${sum.broken} broken, ${seconds} s`);
  console.log(Object.fromEntries([...fired].sort()));
  process.exitCode = sum.broken === 0 ? 0 : 1;
}

if (to === undefined) await replayOne(from);
else await runMany(from, to);
