/** One seed of fetching: videos in a bucket, a small cache, an app that plays, loads, combines and dies; then all must be right. */
import { isReelwayError, type ReelwayErrorCode } from '../../../src/errors/index.js';
import type { VideoFetcher, VideoFetcherOptions, VideoSession } from '../../../src/fetch/index.js';
import type { AbortSignalLike } from '../../../src/index.js';
import { createSeededRandom } from '../../../src/testing/index.js';
import { blobStoreOf, type Traffic } from '../world/blobs.js';
import { fileSystemOf, isSame } from '../world/disk.js';
import { drive } from '../world/drive.js';
import { drawRates, pick, type Rates } from '../world/faults.js';
import { conditionsOf } from '../world/holdings.js';
import { Life } from '../world/life.js';
import { recordsOf } from '../world/records.js';
import { type CrashPoint, World } from '../world/world.js';
import { CACHE, CACHE_BYTES, Shelf, type Video } from './shelf.js';

const BUFFER_BYTES = 1_572_864;
/** What an app may see of a bad world, and calls again. */
const EXCUSED: readonly ReelwayErrorCode[] = [
  'NETWORK',
  'TIMEOUT',
  'UNAVAILABLE',
  'THROTTLED',
  'AUTH_REQUIRED',
  'FORBIDDEN',
  'STORAGE_FULL',
  'STORAGE_UNAVAILABLE',
  'CACHE_FULL',
  'FILE_UNREADABLE',
  'SEGMENT_CORRUPT',
  // What a flipped bit makes of a manifest.
  'MANIFEST_INVALID',
  'MANIFEST_VERSION_UNSUPPORTED',
  'URL_NOT_ALLOWED',
  'MANIFEST_UNTRUSTED',
  'ENGINE_STOPPED',
];

/** What an app may see of a video that was replaced while it played. */
const REPLACED: readonly ReelwayErrorCode[] = ['SEGMENT_MISSING', 'BLOB_NOT_FOUND', 'INVALID_STATE'];

/** The longest pause of the app after a cleanup, during the chaos and after it. */
const LINGER_MS = 10_000;
const LONG_LINGER_MS = 900_000;
/** The part of sessions in which the app reads with two readers at once. */
const TWO_READERS = 0.4;
/** Longer than a healthy world needs for a whole video. */
const READ_AHEAD_MS = 120_000;

/** Of all calls at the end, some seconds apart. */
const MOST_ATTEMPTS = 30;

export interface FetchSimulationOptions {
  readonly seed: number;
  readonly createVideoFetcher: (options: VideoFetcherOptions) => VideoFetcher;
  /** @default drawn from the seed */
  readonly rates?: Rates;
  readonly crashes?: readonly CrashPoint[];
  /** Milliseconds of chaos. @default up to 40,000 */
  readonly chaosMs?: number;
  readonly keepLog?: boolean;
  /** Kinds of faults that strike although the engine cannot survive them yet. @default none */
  readonly pending?: readonly string[];
}

export interface FetchSimulationResult {
  readonly violations: readonly string[];
  readonly trace: string;
  readonly operations: number;
  readonly lives: number;
  readonly fired: ReadonlyMap<string, number>;
  readonly log: readonly string[];
}

/** Where an app keeps what it fetches. */
interface Place {
  readonly scope: string;
  /** Lives are numbered from the next one. */
  readonly firstLife: number;
}

const SILENT: Traffic = {
  onPutBegins: () => undefined,
  onPutEnds: () => undefined,
  onAcknowledged: () => undefined,
  onAnswered: () => undefined,
  onRemove: () => undefined,
  onList: () => undefined,
};

export async function simulateFetch(options: FetchSimulationOptions): Promise<FetchSimulationResult> {
  const random = createSeededRandom(options.seed * 2 + 2_000_003);
  const rates = options.rates ?? drawRates(random, options.seed, options.pending);
  const world = new World({ seed: options.seed, rates, crashes: options.crashes ?? [], keepLog: options.keepLog ?? false });
  const shelf = new Shelf(world, random, options.crashes !== undefined);
  const viewer = new Viewer(world, options, random, shelf, { scope: 'simulation', firstLife: 0 });
  const chaosMs = options.chaosMs ?? 2_000 + random() * 38_000;
  const others = options.crashes === undefined ? [secondApp(world, options, shelf)] : [];
  const viewers = [viewer, ...others];
  if (options.crashes === undefined) {
    viewer.planOutages(chaosMs);
    planUploads(world, shelf, chaosMs);
  }
  const over = { chaos: false, all: false };
  world.server.after(chaosMs, () => void Object.assign(over, { chaos: true }));
  await drive(world, () => over.chaos || world.violations.length > 0);
  if (chaosMs > 0) world.heal();
  viewer.setOnline(true);
  Promise.all(viewers.map((one) => one.finish())).then(
    () => void Object.assign(over, { all: true }),
    (error: unknown) => world.violate('I9', error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  await drive(world, () => over.all || world.violations.length > 0);
  const { violations, operations, fired, log } = world;
  return { violations, operations, fired, log, trace: world.traceHash(), lives: viewer.lives };
}

/** Another app with another scope in the same cache directory, or with the same one. */
function secondApp(world: World, options: FetchSimulationOptions, shelf: Shelf): Viewer {
  const scope = options.pending?.includes('twoFetchers') === true ? 'simulation' : 'second';
  return new Viewer(world, options, world.ownRandom('second app'), shelf, { scope, firstLife: 1_000 });
}

/** Another video appears under an id while something plays. */
function planUploads(world: World, shelf: Shelf, chaosMs: number): void {
  const random = world.ownRandom('reuploads');
  for (let left = pick([0, 0, 1, 2], random); left > 0; left -= 1) world.server.after(random() * chaosMs, () => shelf.replace());
}

/** An app that shows videos. */
class Viewer {
  lives = 0;
  private life: Life;
  private fetcher: VideoFetcher | undefined;
  private calm = false;
  /** The life in which a cleanup is checked: no other call begins meanwhile. */
  private tidying: Life | undefined;
  /** Longer than the longest Retry-After that is kept: whoever waits for one holds its place in the cache. */
  private attemptsLeft = MOST_ATTEMPTS;
  private readonly world: World;
  private readonly options: FetchSimulationOptions;
  private readonly random: () => number;
  private readonly shelf: Shelf;
  private readonly scope: string;
  /** What the paths of its combined files begin with. */
  private readonly outputs: string;

  constructor(world: World, options: FetchSimulationOptions, random: () => number, shelf: Shelf, place: Place) {
    this.world = world;
    this.options = options;
    this.random = random;
    this.shelf = shelf;
    this.scope = place.scope;
    this.outputs = `/out/${place.firstLife}-`;
    this.lives = place.firstLife;
    this.life = this.boot();
  }

  private boot(): Life {
    this.lives += 1;
    const life = new Life(this.world, this.lives, () => {
      this.fetcher = undefined;
      this.world.server.after(this.calm ? 10 : this.world.delay(3_000), () => this.boot());
    });
    this.life = life;
    this.world.trace(`life ${life.id} begins`);
    const fetcher = this.options.createVideoFetcher({
      fileSystem: fileSystemOf(life, this.shelf.disk),
      keyValueStore: recordsOf(life, this.shelf.records),
      blobStore: blobStoreOf(life, this.shelf.bucket, SILENT),
      scope: this.scope,
      cache: { directory: CACHE, maxBytes: CACHE_BYTES },
      conditions: conditionsOf(life, this.shelf.conditions),
      clock: life.clock,
      retry: { baseDelayMs: 100, maxDelayMs: 2_000, stallMs: 5_000, maxAttempts: 6 },
    });
    this.fetcher = fetcher;
    if (!this.calm) for (let hand = 0; hand < 2; hand += 1) void this.play(life, fetcher);
    return life;
  }

  /** What people do, again and again, as long as this life lasts. */
  private async play(life: Life, fetcher: VideoFetcher): Promise<void> {
    while (life.alive && !this.calm) {
      const video = pick(this.shelf.videos, this.random);
      const act = pick([this.watch, this.load, this.combine, this.watch, this.tidy], this.random);
      await this.excused(() => act.call(this, fetcher, video));
      await life.wait(this.world.delay(1_500));
      // A person signs in again.
      if (this.random() < 0.2) this.world.authValid = true;
    }
  }

  private async excused(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const code = isReelwayError(error) ? error.code : undefined;
      this.world.trace(`failed ${code ?? String(error)}`);
      const isReplaced = code !== undefined && REPLACED.includes(code) && this.world.firedOf('reupload') > 0;
      if (code === undefined || !(isReplaced || EXCUSED.includes(code))) this.world.violate('call', `${code ?? ''} ${String(error)}`);
    }
  }

  /** Outages during which the fetcher waits for the device's conditions to change. */
  planOutages(chaosMs: number): void {
    const { world } = this;
    for (let left = Math.floor(world.aside() * 4); left > 0; left -= 1) {
      const startMs = world.aside() * chaosMs;
      world.server.after(startMs, () => !this.calm && this.setOnline(false));
      world.server.after(startMs + world.aside() * 4_000, () => this.setOnline(true));
    }
  }

  setOnline(online: boolean): void {
    this.world.online = online;
    this.shelf.conditions.set({ online });
    if (!online) this.world.count('offline');
  }

  /** Makes one call of the fetcher, once no cleanup is checked. */
  private async use<T>(call: (options: { readonly signal: AbortSignalLike }) => Promise<T>): Promise<T> {
    const { life } = this;
    while (this.tidying === life && life.alive) await life.wait(100);
    return call({ signal: life.signal });
  }

  private async watch(fetcher: VideoFetcher, video: Video): Promise<void> {
    const session = await this.use((options) => fetcher.open(video.id, options));
    try {
      await this.use((options) => session.ready(options));
      const bytes = video.uploads.get(session.manifest.uploadId) ?? new Uint8Array(0);
      if (this.random() < TWO_READERS) await Promise.all([this.readWithOwnReader(session, bytes), this.readWithOwnReader(session, bytes)]);
      else await this.read(session, bytes);
    } finally {
      await session.close();
    }
  }

  private async readWithOwnReader(session: VideoSession, bytes: Uint8Array): Promise<void> {
    this.world.count('readers');
    const reader = session.openReader();
    await this.read(reader, bytes);
    await reader.close();
  }

  private async read(reader: Pick<VideoSession, 'readInto'>, bytes: Uint8Array): Promise<void> {
    let position = Math.floor(this.random() * bytes.length);
    for (let reads = 0; reads < 3; reads += 1) {
      const buffer = new Uint8Array(1 + Math.floor(this.random() * 50_000));
      const at = position;
      const length = await this.use((options) => reader.readInto(buffer, at, options));
      this.check('read', buffer.subarray(0, length), bytes.subarray(at, at + length));
      position = at + length;
    }
  }

  private async load(fetcher: VideoFetcher, video: Video): Promise<void> {
    const manifest = await this.use((options) => fetcher.prepareVideo(undefined, video.id, options));
    await this.use((options) => fetcher.startIntelligentLoading(manifest, options));
  }

  private async combine(fetcher: VideoFetcher, video: Video): Promise<void> {
    const wasCalm = this.calm;
    const outputPath = await this.use((options) => fetcher.combineSegments(video.id, { ...options, outputPath: this.outputOf(video) }));
    this.checkFile(outputPath, wasCalm ? [this.shelf.newest(video)] : [...video.uploads.values()]);
  }

  private async tidy(fetcher: VideoFetcher): Promise<void> {
    const { life, world } = this;
    const isAlone = this.tidying !== life && world.aside() < 0.6;
    if (isAlone) this.tidying = life;
    try {
      await fetcher.cleanup();
      if (isAlone) await this.linger(life, LINGER_MS);
    } finally {
      if (isAlone && this.tidying === life) this.tidying = undefined;
    }
  }

  /** I10: after a cleanup the fetcher has nothing open, and makes nothing until its next call. */
  private async linger(life: Life, mostMs: number): Promise<void> {
    const { world } = this;
    life.requireNothingOpen('after cleanup()');
    life.stopped = true;
    world.count('lingers');
    await Promise.race([life.wait(world.aside() * mostMs), this.deathOf(life)]);
    life.stopped = false;
    if (life.alive) life.requireNothingOpen('some time after cleanup()');
  }

  private outputOf({ id }: Video): string {
    return `${this.outputs}${id}.mp4`;
  }

  private checkFile(path: string, wanted: readonly Uint8Array[]): void {
    const found = this.shelf.disk.files.get(path)?.bytes ?? new Uint8Array(0);
    if (!wanted.some((bytes) => isSame(bytes, found))) this.world.violate('I9', `${path} is not what was stored`);
  }

  /** I9. */
  private check(what: string, found: Uint8Array, wanted: Uint8Array): void {
    if (!isSame(found, wanted)) this.world.violate('I9', `a ${what} of ${found.length} bytes is not what was stored`);
  }

  /** The world is good again: every byte must be there, and nothing left lying about. */
  async finish(): Promise<void> {
    this.calm = true;
    for (let done = false; !done; ) {
      await this.life.wait(this.attemptsLeft === MOST_ATTEMPTS ? 5_000 : 20_000);
      const { life, fetcher } = this;
      if (fetcher === undefined || !life.alive) continue;
      done = await Promise.race([this.useAll(fetcher), this.deathOf(life)]);
      if (!done) continue;
      await this.linger(life, LONG_LINGER_MS);
      this.checkEnd(fetcher);
    }
  }

  /** Whether all of it worked. Whoever still plays something from before may leave no room, but only for a while. */
  private async useAll(fetcher: VideoFetcher): Promise<boolean> {
    try {
      for (const video of this.shelf.videos) {
        await this.load(fetcher, video);
        await this.watch(fetcher, video);
        await this.combine(fetcher, video);
      }
      if (this.options.crashes === undefined) await this.checkReadAhead(fetcher, this.shelf.videos[0] as Video);
      await fetcher.cleanup();
      return true;
    } catch (error) {
      this.attemptsLeft -= 1;
      // What the disk would not remove counts against the budget until the next start.
      if (this.attemptsLeft === 6) await this.startAgain(fetcher);
      const passes: readonly unknown[] = this.world.firedOf('reupload') > 0 ? ['CACHE_FULL', 'INVALID_STATE'] : ['CACHE_FULL'];
      if (this.attemptsLeft === 0 || !isReelwayError(error) || !passes.includes(error.code)) throw error;
      return false;
    }
  }

  /** I16: what two readers read ahead comes onto the device, wherever the other one reads. All of it lies in their windows. */
  private async checkReadAhead(fetcher: VideoFetcher, video: Video): Promise<void> {
    const { life, world } = this;
    const bytes = this.shelf.newest(video);
    await fetcher.erase();
    const session = await fetcher.open(video.id);
    const [first, second] = [session.openReader(), session.openReader()];
    await first.readInto(new Uint8Array(1), 0);
    await second.readInto(new Uint8Array(1), bytes.length >> 1);
    await Promise.race([life.wait(READ_AHEAD_MS), this.deathOf(life)]);
    const ranges = life.alive ? JSON.stringify(session.cachedRanges()) : undefined;
    if (ranges !== undefined && ranges !== JSON.stringify([{ start: 0, end: bytes.length }]))
      world.violate('I16', `of ${bytes.length} bytes that are read ahead, ${ranges} are on the device`);
    await session.close();
  }

  private async startAgain(fetcher: VideoFetcher): Promise<void> {
    await fetcher.cleanup();
    this.boot();
  }

  private deathOf(life: Life): Promise<false> {
    return new Promise((resolve) => {
      life.atDeath(() => resolve(false));
    });
  }

  private checkEnd(fetcher: VideoFetcher): void {
    const { world } = this;
    const { disk } = this.shelf;
    const names = this.shelf.videos.map((video) => this.outputOf(video));
    for (const path of disk.files.keys())
      if (path.startsWith(this.outputs) && !names.includes(path)) world.violate('I8', `${path} is left behind`);
    const { peakBufferBytes } = fetcher.report();
    if (peakBufferBytes > BUFFER_BYTES) world.violate('I4', `${peakBufferBytes} bytes of buffers`);
  }
}
