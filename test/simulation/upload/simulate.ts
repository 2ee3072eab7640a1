/** One seed: a world, an app, a time of chaos; then everything heals, and every promise must be kept. */
import { MAX_SEGMENT_BYTES } from '../../../src/core/index.js';
import type { Packaging } from '../../../src/index.js';
import { createSeededRandom, createTestConditions, type TestConditions } from '../../../src/testing/index.js';
import type { UploadEngine, UploadEngineOptions } from '../../../src/upload/index.js';
import { Bucket, type BucketProfile, HONEST_LISTING, type ListingFault, type ListingProfile } from '../world/bucket.js';
import { Carrier } from '../world/carrier.js';
import { Disk } from '../world/disk.js';
import { drive } from '../world/drive.js';
import { editUnseen, LARGE_BYTES, SAMPLE_BYTES } from '../world/edits.js';
import { drawEventRates, drawRates, type EventRates, NO_EVENTS, NO_RATES, pick, type Rates, randomFor } from '../world/faults.js';
import { Leases } from '../world/lease.js';
import type { Records } from '../world/records.js';
import { type CrashPoint, World } from '../world/world.js';
import { App, type Surroundings } from './app.js';
import { planEvents } from './commands.js';
import { finish } from './finish.js';
import { type Job, Ledger } from './ledger.js';
import { UploadOracle } from './oracle.js';
import { OrderOracle } from './order.js';

/** The engine under test; a planted bug comes in here. */
export interface EngineUnderTest {
  readonly createUploadEngine: (options: UploadEngineOptions) => UploadEngine;
  readonly rawPackaging: (options: { readonly segmentBytes: number }) => Packaging;
}

export interface SimulationOptions {
  readonly seed: number;
  /** @default drawn from the seed */
  readonly rates?: Rates;
  readonly events?: EventRates;
  readonly crashes?: readonly CrashPoint[];
  /** Segments of the only video. @default up to three videos of up to eight */
  readonly segments?: number;
  /** Whether the operating system carries files on after the process has gone. @default drawn from the seed */
  readonly outlives?: boolean;
  /** How often the process is suspended for a while and goes on. @default drawn from the seed, and 0 with chosen events */
  readonly suspensions?: number;
  /** Whether the engine copies the sources first. @default drawn from the seed, and false for the only video */
  readonly copies?: boolean;
  /** Whether the sources are larger than what the engine compares at each start. @default drawn from the seed, and false for the only video */
  readonly large?: boolean;
  /** Kinds of faults that strike although the engine cannot survive them yet. @default none */
  readonly pending?: readonly string[];
  /** How the bucket lists. @default drawn from the seed, and honest for the only video */
  readonly listing?: ListingProfile;
  readonly keepLog?: boolean;
}

export interface SimulationResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly trace: string;
  readonly operations: number;
  readonly fired: ReadonlyMap<string, number>;
  readonly log: readonly string[];
  readonly lives: number;
}

/** Videos of others: before, between and behind those of the jobs, and one under a job's own name. */
const FOREIGN_VIDEOS = ['a', 'shared-too', 'video-00', 'zebra'];
const CONCURRENCY = [1, 3, 5];
const SEGMENT_BYTES = [16, 50, 64];
/** Up to eight of them make a source that is larger than its samples. */
const LARGE_SEGMENT_BYTES = 9_000;

export async function simulateUpload(engine: EngineUnderTest, options: SimulationOptions): Promise<SimulationResult> {
  const plan = planOf(options);
  const { world, around, conditions } = surround(engine, options, plan);
  const app = new App(around, true, 0);
  const planned = planEvents(around, app, conditions, plan);
  const over = { chaos: plan.chaosMs === 0, all: false };
  if (!over.chaos) world.server.after(plan.chaosMs, () => void Object.assign(over, { chaos: true }));
  await drive(world, () => (over.chaos && world.storeAway === undefined && world.unreadable.size === 0) || world.violations.length > 0);
  if (plan.chaosMs > 0) world.heal();
  planned.end();
  finish(around, app).then(
    () => void Object.assign(over, { all: true }),
    (error: unknown) => world.violate('driver', error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  await drive(world, () => over.all || world.violations.length > 0);
  return {
    seed: options.seed,
    violations: world.violations,
    trace: world.traceHash(),
    operations: world.operations,
    fired: world.fired,
    log: world.log,
    lives: app.life.id,
  };
}

/** What one seed is made of. */
interface Plan {
  readonly random: () => number;
  readonly rates: Rates;
  readonly events: EventRates;
  readonly suspensions: number;
  readonly chaosMs: number;
  readonly segmentBytes: number;
  readonly concurrency: number;
  readonly jobs: readonly Job[];
  readonly profile: BucketProfile;
}

function planOf(options: SimulationOptions): Plan {
  const random = createSeededRandom(options.seed * 2 + 1_000_003);
  const smallBytes = pick(SEGMENT_BYTES, random);
  const isLarge = options.large ?? (options.segments === undefined && randomFor(options.seed, 'large')() < 0.2);
  const segmentBytes = isLarge ? LARGE_SEGMENT_BYTES : smallBytes;
  if (options.segments !== undefined) {
    const jobs = [{ ...jobOf(0, options.segments * segmentBytes - 5, 0, random), copied: options.copies ?? false }];
    const { rates = NO_RATES, events = NO_EVENTS } = options;
    return {
      random,
      rates,
      events,
      suspensions: 0,
      chaosMs: 0,
      segmentBytes,
      concurrency: 3,
      jobs,
      profile: { ...PLAIN, listing: options.listing ?? HONEST_LISTING, outlives: options.outlives ?? false },
    };
  }
  const chaosMs = 5_000 + random() * 60_000;
  return {
    random,
    rates: options.rates ?? drawRates(random, options.seed, options.pending),
    events: options.events ?? drawEventRates(random, options.seed, options.pending),
    suspensions: options.suspensions ?? (options.events === undefined ? drawSuspensions(options.seed) : 0),
    chaosMs,
    segmentBytes,
    concurrency: pick(CONCURRENCY, random),
    jobs: withCopies(drawJobs(segmentBytes, chaosMs, random), options),
    profile: { ...drawProfile(random, options), outlives: options.outlives ?? random() < 0.25, echoes: drawEchoes(options.seed) },
  };
}

function surround(
  engine: EngineUnderTest,
  options: SimulationOptions,
  plan: Plan,
): { world: World; around: Surroundings; conditions: TestConditions } {
  const { random, rates, segmentBytes, concurrency, jobs } = plan;
  const world = new World({ seed: options.seed, rates, crashes: options.crashes ?? [], keepLog: options.keepLog ?? false });
  const disk = new Disk();
  for (const job of jobs) disk.files.set(job.path, { bytes: job.versions[0] ?? new Uint8Array(0), modifiedMs: 1_000 });
  const ledger = new Ledger(jobs);
  disk.onRead = (path, bytes) => {
    const job = jobs.find((one) => one.path === path && !one.changed);
    const isSegment = bytes > SAMPLE_BYTES && bytes <= LARGE_SEGMENT_BYTES;
    // Between two reads of its bytes, in place, with its size and time: only the bytes tell.
    if (job !== undefined && isSegment && world.strikes('sourceEditedUnseen'))
      editUnseen(disk.files.get(path), job, world.ownRandom('edits'));
  };
  const bucket = new Bucket(plan.profile);
  for (const videoId of FOREIGN_VIDEOS) bucket.placeForeign(videoId, 'older', 3);
  const conditions = createTestConditions();
  const { corruptPut, recordStoreFull, recordStoreUnavailable, tornRecord, rottenPage, flippedDigit } = rates;
  const resendsAreBounded = corruptPut + recordStoreFull + recordStoreUnavailable + tornRecord + rottenPage + flippedDigit === 0;
  const records: Records = new Map();
  // On one machine of Linux a holder that is alive is never followed.
  const leases = new Leases(plan.suspensions > 0 && world.aside() < 0.75);
  const seen = random() < 0.7 ? conditions : undefined;
  const engineOptions = {
    limits: { concurrency, memoryBytes: pick([concurrency, 16], random) * MAX_SEGMENT_BYTES, activeVideos: pick([1, 2], random) },
    retry: { baseDelayMs: 200, maxDelayMs: 5_000, stallMs: 10_000, maxAttempts: pick([6, 1_000], random) },
  };
  const hasPublish = random() < 0.7;
  const setting = { world, records, bucket, leases, ledger, hasPublish };
  const around: Surroundings = {
    ...setting,
    disk,
    carrier: new Carrier(),
    oracle: new UploadOracle(new OrderOracle(setting), setting, { concurrency, segmentBytes, resendsAreBounded }),
    conditions: seen,
    createUploadEngine: engine.createUploadEngine,
    packaging: engine.rawPackaging({ segmentBytes }),
    engineOptions,
    hasRefresh: random() < 0.8,
  };
  return { world, around, conditions };
}

const PLAIN: BucketProfile = {
  attests: 'put',
  algorithm: 'crc32c',
  accepts: ['bytes', 'stream'],
  honoursIfAbsent: true,
  canList: true,
  listing: HONEST_LISTING,
};

const LISTING_FAULTS: readonly ListingFault[] = ['listIgnoresPrefix', 'listForgetsPrefix', 'listTruncated', 'listRepeats', 'listEndless'];

/** Drawn apart, so that a seed's world is what it was before listings could be wrong. */
function drawListing(seed: number): ListingProfile {
  const random = createSeededRandom(seed * 7 + 191);
  const pageSize = pick([1, 2, 5, 1_000], random);
  return { pageSize, fault: random() < 0.5 ? undefined : pick(LISTING_FAULTS, random) };
}

function drawProfile(random: () => number, { seed, listing }: SimulationOptions): BucketProfile {
  return {
    attests: pick(['put', 'put', 'head', 'never'] as const, random),
    algorithm: pick(['crc32c', 'crc32c', 'md5'] as const, random),
    accepts: pick([['bytes', 'stream'], ['stream']] as const, random),
    honoursIfAbsent: random() < 0.5,
    canList: random() < 0.7,
    listing: listing ?? drawListing(seed),
  };
}

/** Drawn apart, so that a seed's world is what it was before there were echoes. */
function drawEchoes(seed: number): boolean {
  return createSeededRandom(seed * 7 + 131)() < 0.4;
}

function drawJobs(segmentBytes: number, chaosMs: number, random: () => number): Job[] {
  const count = 1 + Math.floor(random() * 3);
  const sharedId = random() < 0.15 ? 'shared' : undefined;
  return Array.from({ length: count }, (_, index) => {
    const share = random();
    const size = Math.floor(segmentBytes === LARGE_SEGMENT_BYTES ? LARGE_BYTES * (1 + share) : share * 8 * segmentBytes);
    return jobOf(index, size, random() * chaosMs * 0.6, random, sharedId);
  });
}

/** Drawn apart, so that a seed's world is what it was before there were copies. */
function withCopies(jobs: readonly Job[], { seed, copies }: SimulationOptions): Job[] {
  const random = createSeededRandom(seed * 5 + 77);
  return jobs.map((job) => ({ ...job, copied: copies ?? random() < 0.25 }));
}

/** Drawn apart, as the copies are. */
function drawSuspensions(seed: number): number {
  const random = createSeededRandom(seed * 11 + 40_009);
  return pick([0, 0, 0, 0, 0, 0, 0, 0, 1, 3], random);
}

function jobOf(index: number, size: number, addAtMs: number, random: () => number, sharedId?: string): Job {
  const ownId = random() < 0.5 ? `video-${index}` : undefined;
  return {
    name: `job-${index}`,
    path: `/camera/clip-${index}.mp4`,
    copied: false,
    addAtMs,
    priority: pick(['high', 'normal', 'low'] as const, random),
    videoId: sharedId ?? ownId,
    versions: [Uint8Array.from({ length: size }, () => Math.floor(random() * 256))],
    changed: false,
    refused: false,
  };
}
