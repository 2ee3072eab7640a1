/**
 * The way of a byte: the files of `src` whose functions run for one segment, by V8's coverage of a real run over ports in memory.
 *
 * `npm run byte-path` prints both lists, and `-- --write` puts them into docs/architecture.md. `-- --check` fails where the page
 * differs, `-- --limits` where a list is too long; `-- --page <file>` names another page. A virtual clock, one segment at a time
 * and engines that have settled make every run give the same lists. Within one turn of the event loop the higher room stands
 * first. Counted are the files of the engine, `transfer`, `packaging` and `internal`. Those of the journal and the pure functions
 * of `core` are listed and counted apart. The ports are left out, since an app brings its own, and so is `src/testing`.
 */
import { createHook } from 'node:async_hooks';
import { readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FLOORS, MAY } from '../../.config/rooms.mjs';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore, memoryLock } from '../../adapters/memory/index.js';
import { createVideoFetcher } from '../../src/fetch/index.js';
import type { BlobStore, FileSystem } from '../../src/ports/index.js';
import { createVirtualClock } from '../../src/testing/index.js';
import { createUploadEngine } from '../../src/upload/index.js';

/** Most files that count. */
const LIMITS = { up: 20, down: 16 };
const ROOT = new URL('../../', import.meta.url).href;
const SEGMENT_BYTES = 524_288;
const SEGMENTS = 24;
/** The segment that is watched: by then the engines have settled. */
const WATCHED = 20;
/** One that is in the cache, but no longer in memory. */
const CACHED = 8;

/** The stages of a way, each with the files that run in it and in none before. */
type Way = ReadonlyMap<string, readonly string[]>;

/** Notes which files run, turn by turn. */
class Recorder {
  private readonly session = new Session();
  private readonly way = new Map<string, string[]>();
  private stage: string | undefined;
  private readonly hook = createHook({ before: () => this.note() });

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
  }

  /** What runs from now on belongs to this stage. */
  enter(stage: string): void {
    if (this.stage === undefined) this.start();
    else this.note();
    this.stage = stage;
  }

  /** The next stage, where a stage is being recorded. */
  proceed(stage: string): void {
    if (this.stage !== undefined) this.enter(stage);
  }

  /** Rests until a stage is entered. */
  rest(): void {
    this.note();
    this.stage = undefined;
    this.hook.disable();
    this.session.post('Profiler.stopPreciseCoverage');
  }

  /** All that was recorded; the next record begins empty. */
  finish(): Way {
    this.rest();
    const way = new Map(this.way);
    this.way.clear();
    return way;
  }

  /** Coverage makes everything slow, so it runs only while something is recorded. */
  private start(): void {
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    this.take();
    this.hook.enable();
  }

  private note(): void {
    if (this.stage === undefined) return;
    const known = new Set([...this.way.values()].flat());
    const files = this.take().filter((file) => !known.has(file));
    this.way.set(this.stage, [...(this.way.get(this.stage) ?? []), ...files.sort(byRoom)]);
  }

  /** The files that ran since the last call. */
  private take(): string[] {
    let files: string[] = [];
    this.session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      const ran = coverage.result.filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0));
      files = ran.filter(({ url }) => url.startsWith(ROOT)).map(({ url }) => url.slice(ROOT.length));
    });
    return files.filter((file) => /^src\/(?!testing\/)/.test(file));
  }
}

const rooms: { readonly [room: string]: readonly string[] } = MAY;
const floorsOf: { readonly [room: string]: readonly (readonly string[])[] } = FLOORS;

/** How high a room stands: above all that it imports. */
function heightOf(room: string): number {
  return 1 + Math.max(0, ...(rooms[room] ?? []).filter((other) => rooms[other] !== undefined).map(heightOf));
}

/** From the highest room and floor down, then by name. */
function byRoom(one: string, other: string): number {
  const rank = (file: string): number => {
    const [, room = '', folder = ''] = file.split('/');
    const floor = floorsOf[room]?.findIndex((names) => names.includes(folder.endsWith('.ts') ? '.' : folder)) ?? 0;
    return floor / 100 - heightOf(room);
  };
  return rank(one) - rank(other) || one.localeCompare(other, 'en');
}

const recorder = new Recorder();
const clock = createVirtualClock();
const files = memoryFileSystem({ clock });
const bucket = memoryBlobStore({ clock, attests: ['crc32c'] });
const common = { clock, scope: 'byte-path', limits: { concurrency: 1 } };

/** Goes to this stage at each read of a file while something is recorded. */
function watchedFiles(stage: string): FileSystem {
  const open: FileSystem['open'] = async (path) => {
    const handle = await files.open(path);
    const readInto: typeof handle.readInto = (buffer, position) => {
      recorder.proceed(stage);
      return handle.readInto(buffer, position);
    };
    return { readInto, close: () => handle.close() };
  };
  return { ...files, open };
}

async function makeSource(path: string): Promise<void> {
  const file = await files.create(path);
  for (let index = 0; index < SEGMENTS; index += 1) await file.write(new Uint8Array(SEGMENT_BYTES).fill(index + 1));
  await file.close();
}

async function upload(): Promise<Way> {
  const stages = { first: 'Its turn comes', read: 'It is read', put: 'It is put, and acknowledged' };
  const put: BlobStore['put'] = (key, body, options) => {
    recorder.proceed(stages.put);
    return bucket.put(key, body, options);
  };
  await makeSource('/source');
  const ports = { fileSystem: watchedFiles(stages.read), blobStore: { ...bucket, put }, keyValueStore: memoryKeyValueStore() };
  const engine = createUploadEngine({ ...common, ...ports, lock: memoryLock({ clock }) });
  await clock.runUntil(engine.start());
  let way: Way | undefined;
  const uploaded = engine.add('/source', {}, { videoId: 'video' }).then((handle) => {
    handle.on('segment', ({ index }) => {
      if (index === WATCHED - 1) recorder.enter(stages.first);
      if (index === WATCHED) way = recorder.finish();
    });
    return handle.completed();
  });
  await clock.runUntil(uploaded);
  await clock.runUntil(engine.stop());
  if (way === undefined) throw new Error(`segment ${WATCHED} was not uploaded`);
  return way;
}

async function fetch(): Promise<Way> {
  const stages = { first: '`readInto` asks for it', get: 'It is fetched and cached', again: '`readInto` finds it in the cache' };
  const get: BlobStore['get'] = (key, options) => {
    recorder.proceed(stages.get);
    return bucket.get(key, options);
  };
  const ports = { fileSystem: files, blobStore: { ...bucket, get }, keyValueStore: memoryKeyValueStore() };
  const fetcher = createVideoFetcher({ ...common, ...ports, cache: { directory: '/cache' } });
  const session = await clock.runUntil(fetcher.open('video'));
  const buffer = new Uint8Array(SEGMENT_BYTES);
  const read = async (index: number): Promise<void> => {
    await clock.runUntil(session.readInto(buffer, index * SEGMENT_BYTES));
    if (buffer[0] !== index + 1) throw new Error(`segment ${index} was not read`);
  };
  for (let index = 0; index < CACHED; index += 1) await read(index);
  await clock.runUntilIdle();
  const cached = new Promise<void>((resolve) => {
    fetcher.on('segment', ({ index, state }) => {
      if (index !== WATCHED || state !== 'cached') return;
      recorder.rest();
      resolve();
    });
  });
  recorder.enter(stages.first);
  await read(WATCHED);
  await clock.runUntil(cached);
  await clock.runUntilIdle();
  recorder.enter(stages.again);
  await read(CACHED);
  const way = recorder.finish();
  await clock.runUntil(fetcher.cleanup());
  return way;
}

const isOf = (folder: string) => (file: string) => file.startsWith(`src/${folder}/`);
const isJournal = isOf('upload/journal');
const isCore = isOf('core');

function filesOf(way: Way): readonly string[] {
  return [...way.values()].flat();
}

/** How many files count. */
function lengthOf(way: Way): number {
  return filesOf(way).filter((file) => !isJournal(file) && !isCore(file)).length;
}

function describe(title: string, way: Way): string {
  const core = filesOf(way).filter(isCore).length;
  const journal = filesOf(way).filter(isJournal).length;
  const head = `**${title}**: ${lengthOf(way)} files, besides ${core} of \`core\`${journal === 0 ? '' : ` and ${journal} of the journal`}.`;
  const stages = [...way].filter(([, files]) => files.length > 0);
  const nameOf = (file: string): string => `\`${file.slice('src/'.length, -'.ts'.length)}\``;
  return [head, '', ...stages.map(([stage, files], number) => `${number + 1}. ${stage}: ${files.map(nameOf).join(', ')}.`)].join('\n');
}

const START = '<!-- byte-path: made by `npm run byte-path -- --write` -->';
const END = '<!-- byte-path: end -->';

/** The page with these lists between its markers. */
function withLists(page: string, lists: string): string {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page lacks the markers ${START} and ${END}`);
  return `${before}${START}\n\n${lists}\n\n${END}${after}`;
}

const OPTIONS = { write: { type: 'boolean' }, check: { type: 'boolean' }, limits: { type: 'boolean' }, page: { type: 'string' } } as const;
const { values } = parseArgs({ options: OPTIONS });
const pagePath = values.page ?? fileURLToPath(new URL('docs/architecture.md', ROOT));
const ways = { up: await upload(), down: await fetch() };
const lists = `${describe('Up', ways.up)}\n\n${describe('Down', ways.down)}`;
process.stdout.write(`${lists}\n`);
const page = values.write === true || values.check === true ? readFileSync(pagePath, 'utf8') : '';
if (values.write === true) writeFileSync(pagePath, withLists(page, lists));
else if (values.check === true && withLists(page, lists) !== page)
  fail('The lists in the page are not those of this run: run `npm run byte-path -- --write`');
for (const name of values.limits === true ? (['up', 'down'] as const) : [])
  if (lengthOf(ways[name]) > LIMITS[name]) fail(`The way ${name} has ${lengthOf(ways[name])} files; expected at most ${LIMITS[name]}`);

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
