/**
 * `node test/bench/tarballs/handover.mjs <old.tgz> <new.tgz>`: whether two releases do the same, and finish what the other has begun.
 *
 * 1. Without faults the same uploads give byte-identical buckets. 2. Each release finishes uploads and a cache that the other one left
 * when its process was killed; the bucket is the same as without a kill. 3. With the same seeded faults and kills the final states and
 * buckets are equal. Prints a table, and ends with 1 at any difference. Run by hand before a release; `--seeds 50` says how many seeds.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { installBoth, runProgram } from './install.mjs';

const SEGMENT_BYTES = 524_288;
const SIZES = [1, 1_000, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, 10_000_000];
const DIRECTIONS = [
  ['old', 'new'],
  ['new', 'old'],
];
const LIFE = 'handover-life.mjs';
const FAULTS = 'handover-faults.mjs';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string', default: '50' } } });
const [old, young] = positionals.map((path) => resolve(path));
if (young === undefined) throw new Error('expected the paths of two tarballs: the old one and the new one');
const directory = await realpath(await mkdtemp(join(tmpdir(), 'reelway-handover-')));
let places = 0;
let differences = 0;
try {
  const folders = await installBoth(directory, { old, new: young }, [LIFE, FAULTS]);
  const videos = await makeVideos();
  const whole = await sameBuckets(folders, videos);
  await refuseEmpty(folders);
  await handOverUploads(folders, videos, whole);
  await handOverCommands(folders, videos);
  await handOverCache(folders, videos);
  await sameOutcomes(folders);
} finally {
  await rm(directory, { recursive: true, force: true });
}
console.log(differences === 0 ? '\nNo difference.' : `\n${differences} differences.`);
process.exitCode = differences === 0 ? 0 : 1;

/** One line of the table; below it what differs. */
function report(name, isSame, detail, one, other) {
  console.log(`${isSame ? 'same     ' : 'DIFFERENT'}  ${name.padEnd(46)} ${detail}`);
  if (isSame) return;
  differences += 1;
  for (const line of other === undefined ? [JSON.stringify(one)] : differencesOf(one, other)) console.log(`           ${line}`);
}

/** The entries of two values that differ, one a line. */
function differencesOf(one, other, path = '') {
  if (isDeepStrictEqual(one, other)) return [];
  const areObjects = [one, other].every((value) => typeof value === 'object' && value !== null);
  if (!areObjects) return [`${path}: ${JSON.stringify(one)}, ${JSON.stringify(other)}`];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => differencesOf(one[name], other[name], `${path}/${name}`));
}

async function makeVideos() {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const videos = [];
  for (const sizeBytes of SIZES) {
    const file = join(directory, `video-${sizeBytes}.mp4`);
    await writeFile(file, noise.update(Buffer.alloc(sizeBytes)));
    videos.push({ videoId: `video-${sizeBytes}`, file });
  }
  videos.push({ ...videos.at(-2), videoId: 'video-copied', staging: 'copy' });
  return videos;
}

async function newPlace() {
  places += 1;
  const place = join(directory, `place-${places}`);
  await mkdir(place);
  return place;
}

/** Path below a bucket's directory → hash of the object. What a killed process has not renamed yet is no object. */
async function contentOf(place) {
  const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.filter((path) => !relative(place, path).startsWith('.reelway-tmp/'));
  const hashed = files.sort().map(async (file) => [
    relative(place, file),
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ]);
  return Object.fromEntries(await Promise.all(hashed));
}

async function sameBuckets(folders, videos) {
  const ends = {};
  for (const [name, folder] of Object.entries(folders)) {
    const place = await newPlace();
    const { states } = await runProgram(folder, LIFE, { verb: 'upload', life: 0, place, videos });
    ends[name] = { states, bucket: await contentOf(join(place, 'bucket')), place };
  }
  const { states, bucket } = ends.old;
  const isSame = isDeepStrictEqual(states, ends.new.states) && isDeepStrictEqual(bucket, ends.new.bucket);
  const areDone = states.every((state) => / completed /.test(`${state} `));
  report(
    `without faults: ${videos.length} videos`,
    isSame && areDone,
    `${Object.keys(bucket).length} objects`,
    { states, bucket },
    ends.new,
  );
  return ends.old;
}

/** A file of 0 bytes: refused or uploaded, by both alike. */
async function refuseEmpty(folders) {
  const file = join(directory, 'empty.mp4');
  await writeFile(file, '');
  const ends = [];
  for (const folder of Object.values(folders)) {
    const place = await newPlace();
    const job = { verb: 'upload', life: 0, place, videos: [{ videoId: 'empty', file }] };
    const end = await runProgram(folder, LIFE, job).catch((error) => /code: '(\w+)'/.exec(error.stderr)?.[1] ?? error.stderr);
    ends.push({ end, bucket: await contentOf(join(place, 'bucket')) });
  }
  report('without faults: a file of 0 bytes', isDeepStrictEqual(ends[0], ends[1]), JSON.stringify(ends[0].end), ...ends);
}

async function handOverUploads(folders, videos, whole) {
  const puts = Object.keys(whole.bucket).length;
  const deaths = [1, 2, 5, Math.floor(puts / 2), puts - 3, puts - 1, puts].flatMap((at) => [
    { call: 'put', at, phase: 'before' },
    { call: 'put', at, phase: 'after' },
  ]);
  for (const [first, second] of DIRECTIONS) {
    for (const death of deaths) await handOver(folders, [first, second], [death], { videos, whole });
    const chain = [3, 4, 5, 6].map((at) => ({ call: 'put', at, phase: at % 2 === 0 ? 'before' : 'after' }));
    await handOver(folders, [first, second, first, second, first], chain, { videos, whole });
  }
}

/** Each release in its turn until one is not killed. */
async function handOver(folders, names, deaths, { videos, whole }) {
  const place = await newPlace();
  let states;
  for (const [life, name] of names.entries()) {
    const end = await runProgram(folders[name], LIFE, { verb: 'upload', life, place, videos, death: deaths[life] });
    const isKilled = end === undefined;
    if (isKilled !== life < deaths.length) report(`${names.join(' > ')}: life ${life}`, false, isKilled ? 'was killed' : 'was not killed');
    states = end?.states;
  }
  const bucket = await contentOf(join(place, 'bucket'));
  const isSame = isDeepStrictEqual(bucket, whole.bucket) && isDeepStrictEqual(states, whole.states);
  const when = deaths.map(({ at, phase }) => `${phase} put ${at}`).join(', ');
  report(`killed: ${names.join(' > ')}`, isSame, when, { states, bucket }, whole);
  await rm(place, { recursive: true });
}

/** A pause and a cancellation are durable: the other release keeps to them. */
async function handOverCommands(folders, videos) {
  const large = videos.find(({ videoId }) => videoId === 'video-10000000');
  for (const names of DIRECTIONS) {
    const paused = await handOverCommand(folders, names, [{ ...large, command: 'pause' }], [{ ...large, command: 'resume' }]);
    report(
      `paused: ${names.join(' > ')}`,
      paused.left === 21 && / completed /.test(`${paused.states[0]} `),
      `${paused.left} objects`,
      paused,
    );
    const death = { call: 'remove', at: 1, phase: 'before' };
    const canceled = await handOverCommand(folders, names, [{ ...large, command: 'cancel' }], [{ ...large, wasCanceled: true }], death);
    const isGone = canceled.had > 0 && canceled.left === 0 && !/ completed /.test(`${canceled.states[0]} `);
    report(`canceled: ${names.join(' > ')}`, isGone, `${canceled.had} objects before, ${canceled.left} after`, canceled);
  }
}

async function handOverCommand(folders, [first, second], before, after, death) {
  const place = await newPlace();
  const count = async () => Object.keys(await contentOf(join(place, 'bucket'))).length;
  const killed = await runProgram(folders[first], LIFE, { verb: 'upload', life: 0, place, videos: before, death });
  if (killed !== undefined) report(`${before[0].command}: ${first}`, false, 'was not killed', killed);
  const had = await count();
  const { states } = await runProgram(folders[second], LIFE, { verb: 'upload', life: 1, place, videos: after });
  return { had, left: await count(), states };
}

/** What one release has cached the other one does not fetch again. */
async function handOverCache(folders, videos) {
  const { videoId, file } = videos.find((video) => video.videoId === 'video-10000000');
  const stocked = await newPlace();
  await runProgram(folders.old, LIFE, { verb: 'upload', life: 0, place: stocked, videos: [{ videoId, file }] });
  for (const [first, second] of DIRECTIONS) {
    const place = await newPlace();
    await cp(join(stocked, 'bucket'), join(place, 'bucket'), { recursive: true });
    const job = { verb: 'fetch', place, videoId };
    const killed = await runProgram(folders[first], LIFE, { ...job, life: 0, death: { call: 'get', at: 12, phase: 'before' } });
    const { bytesFetched, warnings } = await runProgram(folders[second], LIFE, { ...job, life: 1 });
    const isWhole = (await readFile(join(place, 'combined'))).equals(await readFile(file));
    // Of 20 segments at most the three under way at the kill were lost; the manifest was the first request.
    const isRight = killed === undefined && isWhole && warnings.length === 0 && bytesFetched < 14 * SEGMENT_BYTES;
    report(`cache: ${first} > ${second}`, isRight, `${bytesFetched} bytes fetched by the second`, { bytesFetched, warnings, isWhole });
  }
}

async function sameOutcomes(folders) {
  const struck = {};
  const ends = {};
  let isSame = true;
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
    const [before, after] = await Promise.all([folders.old, folders.new].map((folder) => runProgram(folder, FAULTS, { seed })));
    for (const [kind, times] of Object.entries(after.struck)) struck[kind] = (struck[kind] ?? 0) + times;
    for (const status of (after.states ?? []).map((state) => state.split(' ')[1])) ends[status] = (ends[status] ?? 0) + 1;
    const isAlike = before.states !== undefined && isDeepStrictEqual([before.states, before.bucket], [after.states, after.bucket]);
    if (!isAlike) report(`faults: seed ${seed}`, false, '', before, after);
    isSame &&= isAlike;
  }
  const summary = (counts) =>
    Object.entries(counts)
      .map(([name, times]) => `${times} ${name}`)
      .join(', ');
  if (isSame) report(`faults: ${values.seeds} seeds`, true, `${summary(ends)}; ${summary(struck)}`);
}
