/**
 * One run of one contender, in a process of its own: gets ready (not measured), carries the video (measured), prints its figures as JSON.
 * Libraries are loaded before the clock starts; what they hold counts as memory.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { prepare } = await import(`./contenders/${job.contender.module}.mjs`);
const { run, finish } = await prepare(job);
const startedCpu = process.cpuUsage();
const startedMs = performance.now();
const more = await run();
const wallMs = performance.now() - startedMs;
const cpu = process.cpuUsage(startedCpu);
await finish?.();
// Not getrusage's figure: that begins with what the parent had.
const peakRssBytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1_024;
console.log(JSON.stringify({ wallMs, cpuMs: (cpu.user + cpu.system) / 1_000, peakRssBytes, ...more }));
process.exit(0);
