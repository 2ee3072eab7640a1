/**
 * `node test/bench/tarballs/processor-time.mjs <old.tgz> <new.tgz>`: the processor time of an upload of 114,381,456 bytes into a directory
 * and of a fetch back, by two releases in turns, 9 rounds each. Ends with 1 where a new median is over 1.05 of the old one. Run by
 * hand on a machine that does nothing else; `--smoke` does one small round, whose ratio means nothing.
 */
import { createCipheriv } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installBoth, runProgram } from './install.mjs';

const ROUND = 'processor-round.mjs';
const MAX_RATIO = 1.05;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { smoke: { type: 'boolean', default: false } } });
const [old, young] = positionals.map((path) => resolve(path));
if (young === undefined) throw new Error('expected the paths of two tarballs: the old one and the new one');
const sizeBytes = values.smoke ? 4_000_000 : 114_381_456;
const rounds = values.smoke ? 1 : 9;
const directory = await mkdtemp(join(tmpdir(), 'reelway-processor-'));
try {
  printEnvironment();
  const folders = await installBoth(directory, { old, new: young }, [ROUND]);
  const file = join(directory, 'source.mp4');
  await makeFile(file);
  const figures = { old: [], new: [] };
  // A round that does not count, so that none pays for the first reading of the file.
  for (const name of ['old', 'new']) await round(folders[name], file);
  for (let number = 0; number < rounds; number += 1) {
    // Each release is the first in every other round.
    for (const name of number % 2 === 0 ? ['old', 'new'] : ['new', 'old']) figures[name].push(await round(folders[name], file));
  }
  const worst = printFigures(figures);
  if (!values.smoke && worst > MAX_RATIO) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

function printEnvironment() {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 1_024 ** 3)} GiB`;
  const load = loadavg().map((each) => each.toFixed(1));
  console.log(`Node ${process.version}, ${type()} ${release()}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memory}`);
  console.log(
    `load ${load.join(' ')}; ${sizeBytes.toLocaleString('en-US')} bytes, medians of ${rounds} rounds in turns, files in ${tmpdir()}\n`,
  );
}

async function makeFile(path) {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 3), Buffer.alloc(16));
  const zeros = Buffer.alloc(524_288);
  const file = await open(path, 'w');
  for (let left = sizeBytes; left > 0; left -= zeros.length)
    await file.write(noise.update(zeros.subarray(0, Math.min(left, zeros.length))));
  await file.close();
}

async function round(folder, file) {
  const place = join(directory, 'place');
  await mkdir(place);
  try {
    const figures = await runProgram(folder, ROUND, { file, place });
    if (!(await readFile(join(place, 'combined'))).equals(await readFile(file)))
      throw new Error(`${folder} fetched other bytes than it uploaded`);
    return figures;
  } finally {
    await rm(place, { recursive: true });
  }
}

/** Prints the medians; the highest ratio. */
function printFigures(figures) {
  const row = (...cells) => console.log(cells.map((cell, index) => (index === 0 ? cell.padEnd(18) : cell.padStart(12))).join(''));
  row('processor time', 'old', 'new', 'new / old');
  const ratios = ['up', 'down', 'total'].map((name) => {
    const [before, after] = [figures.old, figures.new].map((all) => median(all.map((each) => each[name])));
    row(name, `${before.toFixed(0)} ms`, `${after.toFixed(0)} ms`, (after / before).toFixed(3));
    return after / before;
  });
  for (const [name, all] of Object.entries(figures)) console.log(`${name}: ${all.map(({ total }) => total.toFixed(0)).join(' ')} ms`);
  const worst = Math.max(...ratios);
  console.log(`highest ratio ${worst.toFixed(3)}; at most ${MAX_RATIO} is expected`);
  return worst;
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}
