/** One seed of fetching: videos in a bucket, a small cache, an app that plays, loads, combines and dies; then all must be right. */
import { createManifest, encodeManifest, segmentKey } from '../../../src/core/index.js';
import { isReelwayError, type ReelwayErrorCode } from '../../../src/errors/index.js';
import type { VideoFetcher, VideoFetcherOptions, VideoSession } from '../../../src/fetch/index.js';
import type { AbortSignalLike } from '../../../src/index.js';
import { createSeededRandom, createTestConditions } from '../../../src/testing/index.js';
import { blobStoreOf, type Traffic } from '../world/blobs.js';
import { Bucket, digestOf, HONEST_LISTING } from '../world/bucket.js';
import { Disk, fileSystemOf, isSame } from '../world/disk.js';
import { drive } from '../world/drive.js';
import { drawRates, pick, type Rates } from '../world/faults.js';
import { conditionsOf } from '../world/holdings.js';
import { Life } from '../world/life.js';
import { recordsOf } from '../world/records.js';
import { type CrashPoint, World } from '../world/world.js';

const CACHE = '/cache';
const CACHE_BYTES = 1_048_576;
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

/** The longest pause of the app after a cleanup, during the chaos and after it. */
const LINGER_MS = 10_000;
const LONG_LINGER_MS = 900_000;
/** The part of sessions in which the app reads with two readers at once. */
const TWO_READERS = 0.4;
/** Longer than a healthy world needs for a whole video. */
const READ_AHEAD_MS = 120_000;

export interface FetchSimulationOptions {
  readonly seed: number;
  readonly createVideoFetcher: (options: VideoFetcherOptions) => VideoFetcher;
  /** @default drawn from the seed */
  readonly rates?: Rates;
  readonly crashes?: readonly CrashPoint[];
  /** Milliseconds of chaos. @default up to 40,000 */
  readonly chaosMs?: number;
  readonly keepLog?: boolean;
}

export interface FetchSimulationResult {
  readonly violations: readonly string[];
  readonly trace: string;
  readonly operations: number;
  readonly lives: number;
  readonly fired: ReadonlyMap<string, number>;
  readonly log: readonly string[];
}

interface Video {
  readonly id: string;
  readonly bytes: Uint8Array;
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
  const rates = options.rates ?? drawRates(random, options.seed);
  const world = new World({ seed: options.seed, rates, crashes: options.crashes ?? [], keepLog: options.keepLog ?? false });
  const viewer = new Viewer(world, options, random);
  const chaosMs = options.chaosMs ?? 2_000 + random() * 38_000;
  if (options.crashes === undefined) viewer.planOutages(chaosMs);
  const over = { chaos: false, all: false };
  world.server.after(chaosMs, () => void Object.assign(over, { chaos: true }));
  await drive(world, () => over.chaos || world.violations.length > 0);
  if (chaosMs > 0) world.heal();
  viewer.setOnline(true);
  viewer.finish().then(
    () => void Object.assign(over, { all: true }),
    (error: unknown) => world.violate('I9', error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  await drive(world, () => over.all || world.violations.length > 0);
  const { violations, operations, fired, log } = world;
  return { violations, operations, fired, log, trace: world.traceHash(), lives: viewer.lives };
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
  private attemptsLeft = 100;
  private readonly world: World;
  private readonly options: FetchSimulationOptions;
  private readonly random: () => number;
  private readonly disk = new Disk();
  private readonly records = new Map<string, string>();
  private readonly bucket: Bucket;
  private readonly videos: readonly Video[];
  private readonly conditions = createTestConditions();

  constructor(world: World, options: FetchSimulationOptions, random: () => number) {
    this.world = world;
    this.options = options;
    this.random = random;
    this.bucket = new Bucket({
      attests: 'head',
      algorithm: 'crc32c',
      accepts: ['bytes'],
      honoursIfAbsent: true,
      canList: true,
      listing: HONEST_LISTING,
    });
    this.videos = Array.from({ length: options.crashes === undefined ? 2 : 1 }, (_, index) => this.storeVideo(`clip-${index}`));
    for (const directory of ['/out', CACHE]) this.disk.directories.add(directory);
    this.disk.onChange = () => {
      const used = this.disk.usedBelow(CACHE);
      if (used > CACHE_BYTES) world.violate('I7', `${used} bytes in a cache of ${CACHE_BYTES}`);
    };
    this.life = this.boot();
  }

  private storeVideo(id: string): Video {
    const { random, bucket } = this;
    const segmentBytes = this.options.crashes === undefined ? pick([30_000, 60_000], random) : 4_000;
    const count = this.options.crashes === undefined ? 4 + Math.floor(random() * 14) : 3;
    const words = Uint32Array.from({ length: (segmentBytes * count) / 4 }, () => random() * 2 ** 32);
    const bytes = new Uint8Array(words.buffer, 0, segmentBytes * count - 7);
    const slices = Array.from({ length: count }, (_, index) => bytes.slice(index * segmentBytes, (index + 1) * segmentBytes));
    const manifest = createManifest({
      videoId: id,
      uploadId: 'up1',
      layout: 'raw',
      createdMs: 1,
      source: { sizeBytes: bytes.length, contentType: 'video/mp4' },
      metadata: {},
      renditions: [
        {
          urlTemplate: 'up1/{n}',
          opening: [{ start: 0, end: 3_000 }],
          segments: slices.map((slice) => ({ sizeBytes: slice.length, hashes: { crc32c: digestOf(slice, 'crc32c') } })),
        },
      ],
    });
    const put = (key: string, stored: Uint8Array): void => bucket.store(key, { bytes: stored, storedMs: 1, landedMs: -60_000 });
    for (const [index, slice] of slices.entries()) put(segmentKey(id, 'up1', index), slice);
    put(`${id}/manifest.json`, encodeManifest(manifest));
    return { id, bytes };
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
      fileSystem: fileSystemOf(life, this.disk),
      keyValueStore: recordsOf(life, this.records),
      blobStore: blobStoreOf(life, this.bucket, SILENT),
      scope: 'simulation',
      cache: { directory: CACHE, maxBytes: CACHE_BYTES },
      conditions: conditionsOf(life, this.conditions),
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
      const video = pick(this.videos, this.random);
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
      if (code === undefined || !EXCUSED.includes(code)) this.world.violate('call', `${code ?? ''} ${String(error)}`);
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
    this.conditions.set({ online });
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
      if (this.random() < TWO_READERS) await Promise.all([this.readWithOwnReader(session, video), this.readWithOwnReader(session, video)]);
      else await this.read(session, video);
    } finally {
      await session.close();
    }
  }

  private async readWithOwnReader(session: VideoSession, video: Video): Promise<void> {
    this.world.count('readers');
    const reader = session.openReader();
    await this.read(reader, video);
    await reader.close();
  }

  private async read(reader: Pick<VideoSession, 'readInto'>, video: Video): Promise<void> {
    let position = Math.floor(this.random() * video.bytes.length);
    for (let reads = 0; reads < 3; reads += 1) {
      const buffer = new Uint8Array(1 + Math.floor(this.random() * 50_000));
      const at = position;
      const length = await this.use((options) => reader.readInto(buffer, at, options));
      this.check('read', buffer.subarray(0, length), video.bytes.subarray(at, at + length));
      position = at + length;
    }
  }

  private async load(fetcher: VideoFetcher, video: Video): Promise<void> {
    const manifest = await this.use((options) => fetcher.prepareVideo(undefined, video.id, options));
    await this.use((options) => fetcher.startIntelligentLoading(manifest, options));
  }

  private async combine(fetcher: VideoFetcher, video: Video): Promise<void> {
    const outputPath = await this.use((options) => fetcher.combineSegments(video.id, { ...options, outputPath: `/out/${video.id}.mp4` }));
    this.checkFile(outputPath, video);
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

  private checkFile(path: string, video: Video): void {
    this.check('combined file', this.disk.files.get(path)?.bytes ?? new Uint8Array(0), video.bytes);
  }

  /** I9. */
  private check(what: string, found: Uint8Array, wanted: Uint8Array): void {
    if (!isSame(found, wanted)) this.world.violate('I9', `a ${what} of ${found.length} bytes is not what was stored`);
  }

  /** The world is good again: every byte must be there, and nothing left lying about. */
  async finish(): Promise<void> {
    this.calm = true;
    for (let done = false; !done; ) {
      await this.life.wait(5_000);
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
      for (const video of this.videos) {
        await this.load(fetcher, video);
        await this.watch(fetcher, video);
        await this.combine(fetcher, video);
      }
      if (this.options.crashes === undefined) await this.checkReadAhead(fetcher, this.videos[0] as Video);
      await fetcher.cleanup();
      return true;
    } catch (error) {
      this.attemptsLeft -= 1;
      // What the disk would not remove counts against the budget until the next start.
      if (this.attemptsLeft === 20) await this.startAgain(fetcher);
      if (this.attemptsLeft === 0 || !isReelwayError(error) || error.code !== 'CACHE_FULL') throw error;
      return false;
    }
  }

  /** I16: what two readers read ahead comes onto the device, wherever the other one reads. All of it lies in their windows. */
  private async checkReadAhead(fetcher: VideoFetcher, { id, bytes }: Video): Promise<void> {
    const { life, world } = this;
    await fetcher.erase();
    const session = await fetcher.open(id);
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
    const { world, disk } = this;
    const names = this.videos.map((video) => `/out/${video.id}.mp4`);
    for (const path of disk.files.keys())
      if (path.startsWith('/out/') && !names.includes(path)) world.violate('I8', `${path} is left behind`);
    const { peakBufferBytes } = fetcher.report();
    if (peakBufferBytes > BUFFER_BYTES) world.violate('I4', `${peakBufferBytes} bytes of buffers`);
  }
}
