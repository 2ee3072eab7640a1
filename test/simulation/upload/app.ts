/** An app in the simulated world: makes an engine in each of its lives, adds its videos, survives crashes. */
import { isReelwayError, ReelwayError, type ReelwayErrorCode } from '../../../src/errors/index.js';
import type { Conditions, Lock, Packaging } from '../../../src/index.js';
import type { PublishRequest, UploadEngine, UploadEngineOptions } from '../../../src/upload/index.js';
import { blobStoreOf } from '../world/blobs.js';
import type { Bucket } from '../world/bucket.js';
import { type Carrier, carriedBy } from '../world/carrier.js';
import { type Disk, fileSystemOf } from '../world/disk.js';
import { editUnseen, LARGE_BYTES } from '../world/edits.js';
import { conditionsOf } from '../world/holdings.js';
import { type Leases, lockOf } from '../world/lease.js';
import { Life } from '../world/life.js';
import { type Records, recordsOf } from '../world/records.js';
import { damageRecords } from '../world/rot.js';
import { CANARY, type World } from '../world/world.js';
import type { Job, Ledger } from './ledger.js';
import type { UploadOracle } from './oracle.js';

/** What all apps of one world share. */
export interface Surroundings {
  readonly world: World;
  readonly disk: Disk;
  readonly records: Records;
  readonly bucket: Bucket;
  readonly carrier: Carrier;
  readonly leases: Leases;
  readonly ledger: Ledger;
  readonly oracle: UploadOracle;
  readonly conditions: Conditions | undefined;
  readonly createUploadEngine: (options: UploadEngineOptions) => UploadEngine;
  readonly packaging: Packaging;
  readonly engineOptions: Pick<UploadEngineOptions, 'limits' | 'retry'>;
  readonly hasPublish: boolean;
  readonly hasRefresh: boolean;
}

/** Codes with which the app's own calls may fail in a bad world; it calls again. */
const EXCUSED: readonly ReelwayErrorCode[] = [
  'QUEUE_LOCKED',
  'STORAGE_UNAVAILABLE',
  'STORAGE_FULL',
  'ENGINE_STOPPED',
  'SOURCE_UNREADABLE',
  'SOURCE_CHANGED',
  'SOURCE_NOT_FOUND',
  'FILE_UNREADABLE',
  'INVALID_STATE',
  'UPLOAD_NOT_FOUND',
  'UPLOAD_CANCELED',
  'NETWORK',
  'TIMEOUT',
  'UNAVAILABLE',
  'THROTTLED',
  'AUTH_REQUIRED',
  'FORBIDDEN',
];

/** The longest time between the stop of the engine and the end of the process, during the chaos and after it. */
const LINGER_MS = 20_000;
const LONG_LINGER_MS = 900_000;

/** A hook that does not settle: longer than any run. */
const HANGS_MS = 1_000_000_000;

export class App {
  life: Life;
  /** The engine of this life, once it has started. */
  engine: UploadEngine | undefined;
  /** The chaos is over: a new life begins at once. */
  calm = false;
  private readonly around: Surroundings;
  private readonly addsJobs: boolean;
  private lives = 0;
  private endOfLife = (): void => undefined;
  private onEnd: (() => void)[] = [];
  private restarting = false;
  private retired = false;

  constructor(around: Surroundings, addsJobs: boolean, firstLife: number) {
    this.around = around;
    this.addsJobs = addsJobs;
    this.lives = firstLife;
    this.life = this.boot();
  }

  /** Ends this life in good order, and begins the next. */
  async restart(): Promise<void> {
    if (this.restarting || !this.life.alive || this.engine === undefined) return;
    await this.stop();
    this.rebootLater();
  }

  /** Stops the engine, then ends the process, at once or later. */
  async stop(): Promise<void> {
    // A process that is suspended can be asked to stop only once it goes on.
    if (this.life.isSuspended) await Promise.race([new Promise<void>((resolve) => this.life.whenAwake(resolve)), this.ended()]);
    const { life, engine } = this;
    const { world } = this.around;
    if (engine === undefined || !life.alive) return;
    this.restarting = true;
    world.trace(`life ${life.id} stops`);
    // Before the calls, since a crash in one of them ends the life.
    const ended = this.ended();
    if (world.aside() < 0.3) this.leaveCalls(engine);
    await Promise.race([engine.stop(), ended]);
    if (life.alive) await this.linger(life);
    if (!life.alive) return;
    this.restarting = false;
    this.tellEnd();
    life.end();
  }

  /** Makes calls that are under way when the engine stops. */
  private leaveCalls(engine: UploadEngine): void {
    const { signal } = this.life;
    const call = (what: string, run: () => Promise<unknown>): void =>
      void run().catch((error: unknown) => this.excuse(`${what} at the stop`, error));
    for (const { id, status } of engine.list()) {
      if (status === 'completed') call('completed', () => engine.get(id).completed({ signal }));
      else if (status !== 'canceled') call('segmentVideo', () => engine.segmentVideo(id));
    }
    call('idle', () => engine.idle({ signal }));
  }

  /** I10: a stopped engine has nothing open, and makes nothing as long as its process lives. */
  private async linger(life: Life): Promise<void> {
    const { world } = this.around;
    this.engine = undefined;
    life.requireNothingOpen('after stop()');
    life.stopped = true;
    if (world.aside() < 0.5) return;
    world.count('lingers');
    await Promise.race([life.wait(world.aside() * (this.calm ? LONG_LINGER_MS : LINGER_MS)), this.ended()]);
    if (life.alive) life.requireNothingOpen('some time after stop()');
  }

  /** Resolves when this life ends. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      this.onEnd.push(resolve);
    });
  }

  private tellEnd(): void {
    this.endOfLife();
    for (const tell of this.onEnd.splice(0)) tell();
  }

  /** Kills the process, if it lives; no other life follows. */
  retire(): void {
    this.retired = true;
    this.engine = undefined;
    if (!this.life.alive) return;
    this.tellEnd();
    this.life.end();
  }

  /** A new life, whatever was before. */
  boot(): Life {
    this.lives += 1;
    this.engine = undefined;
    this.restarting = false;
    rot(this.around);
    const life = new Life(this.around.world, this.lives, () => this.died());
    this.life = life;
    this.around.world.trace(`life ${life.id} begins`);
    void this.live(life);
    return life;
  }

  private died(): void {
    this.engine = undefined;
    this.around.oracle.disturbances += 1;
    this.tellEnd();
    this.rebootLater();
  }

  private rebootLater(): void {
    const { world } = this.around;
    world.server.after(this.calm ? 10 : 10 + world.delay(15_000), () => {
      if (!this.life.alive && !this.retired) this.boot();
    });
  }

  private async live(life: Life): Promise<void> {
    const { world, oracle } = this.around;
    const traffic = oracle.watchTraffic(life);
    this.endOfLife = () => traffic.endOfLife();
    const engine = this.around.createUploadEngine(this.optionsFor(life, traffic));
    oracle.watchEngine(life, engine);
    engine.on('warning', ({ error }) => {
      // Somebody else has the queue now: the engine has stopped itself, and the app begins anew.
      if (error.code === 'QUEUE_LOCKED' && life.alive) world.server.after(100, () => life.whenAwake(() => void this.restart()));
    });
    await this.insist(life, 'start', () => engine.start());
    if (!life.alive) return;
    world.trace(`life ${life.id} started`);
    oracle.checkStarted(engine);
    this.engine = engine;
    this.stopEarly();
    if (this.addsJobs) for (const job of this.around.ledger.jobs) this.planJob(life, engine, job);
  }

  /** Stops some lives soon after the start, while the engine sweeps for canceled uploads. */
  private stopEarly(): void {
    const { world } = this.around;
    if (!this.addsJobs || this.calm || world.aside() >= 0.1) return;
    world.server.after(world.aside() * 300, () => {
      world.count('earlyStop');
      void this.restart();
    });
  }

  private optionsFor(life: Life, traffic: ReturnType<UploadOracle['watchTraffic']>): UploadEngineOptions {
    const { disk, records, bucket, carrier, leases, oracle, conditions, packaging, engineOptions, hasPublish, hasRefresh } = this.around;
    const lock: Lock = lockOf(life, leases);
    const blobStore = blobStoreOf(life, bucket, traffic);
    const isCarried = bucket.profile.outlives === true;
    return {
      fileSystem: fileSystemOf(life, disk, isCarried),
      keyValueStore: recordsOf(life, records, oracle.order.recordWatch(life)),
      blobStore: isCarried ? carriedBy(life, blobStore, { bucket, carrier, disk, traffic }) : blobStore,
      stagingDirectory: '/staging',
      scope: 'simulation',
      packaging,
      lock,
      clock: life.clock,
      ...(conditions === undefined ? {} : { conditions: conditionsOf(life, conditions) }),
      ...(hasPublish ? { publish: (request: PublishRequest) => this.publish(life, request) } : {}),
      ...(hasRefresh ? { refreshAuth: () => this.refresh(life) } : {}),
      ...engineOptions,
    };
  }

  private publish(life: Life, { item, manifestKey, idempotencyKey }: PublishRequest): Promise<void> {
    const { world, oracle } = this.around;
    if (life.alive && world.strikes('publishHangs')) return life.operate(`publish ${item.id}`, HANGS_MS, () => undefined);
    const fails = life.alive && world.strikes('publishFails');
    const lost = life.alive && !fails && world.strikes('publishAnswerLost');
    if (life.alive) oracle.checkCompleted(item.id, manifestKey);
    const appear = (): void => oracle.onPublished(item.id, idempotencyKey, manifestKey);
    return life.operate(
      `publish ${item.id}`,
      world.delay(200),
      () => {
        if (fails) throw new Error(`the backend says no to Bearer ${CANARY}`);
        appear();
        if (lost) throw new Error('the answer is lost');
      },
      () => {
        if (world.random() < 0.5) appear();
      },
    );
  }

  private refresh(life: Life): Promise<void> {
    const { world } = this.around;
    if (life.alive && world.strikes('refreshHangs')) return life.operate('refresh', HANGS_MS, () => undefined);
    const fails = life.alive && world.strikes('refreshFails');
    return life.operate('refresh', world.delay(500), () => {
      if (fails) throw new ReelwayError('NETWORK', { cause: new Error(CANARY) });
      world.authValid = true;
    });
  }

  private planJob(life: Life, engine: UploadEngine, job: Job): void {
    const { ledger, world } = this.around;
    const found = engine.list().find((item) => item.metadata.title === job.name);
    if (found !== undefined) this.accept(found.id, job);
    if (ledger.isDecided(job)) return;
    const insist = (): void =>
      void this.insist(life, `add ${job.name}`, async () => {
        // The app gave up on a file that is gone.
        if (!life.alive || ledger.isDecided(job) || !this.around.disk.files.has(job.path)) return;
        await this.add(engine, job);
      });
    world.server.after(Math.max(0, job.addAtMs - world.nowMs), () => life.whenAwake(insist));
  }

  private async add(engine: UploadEngine, job: Job): Promise<void> {
    const { ledger, world } = this.around;
    const { signal } = this.life;
    const options = {
      priority: job.priority,
      signal,
      ...(job.videoId === undefined ? {} : { videoId: job.videoId }),
      ...(job.copied ? { staging: 'copy' as const } : {}),
    };
    try {
      const handle = await engine.add(job.path, { title: job.name }, options);
      this.accept(handle.id, job);
      this.around.oracle.order.onAccepted(handle.id);
      world.trace(`accepted ${job.name} ${handle.id}`);
      // The oracle judges the outcome; this is a waiter with a signal.
      handle.completed({ signal }).catch((error: unknown) => isReelwayError(error) || this.excuse('completed', error));
    } catch (error) {
      // Only where the name is taken indeed: by a rival, or by an add of a former life whose answer was lost.
      const named = (other: { readonly videoId: string | undefined }): boolean => other.videoId === job.videoId;
      const rival = engine.list().some(named) || ledger.jobs.some((other) => other !== job && named(other));
      if (!isReelwayError(error) || error.code !== 'VIDEO_EXISTS' || !rival) throw error;
      job.refused = true;
    }
  }

  private accept(uploadId: string, job: Job): void {
    const { ledger, disk } = this.around;
    ledger.accept(uploadId, job);
    if (job.copied) disk.remove(job.path);
  }

  /** Calls until it works, in this life. */
  private async insist(life: Life, what: string, call: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await call();
        return;
      } catch (error) {
        this.excuse(what, error);
        if (!life.alive || (isReelwayError(error) && error.code === 'ENGINE_STOPPED')) return;
        await life.wait(1_000);
      }
    }
  }

  /** A call of the app failed: only a bad world excuses that. */
  excuse(what: string, error: unknown): void {
    const { world } = this.around;
    const code = isReelwayError(error) ? error.code : undefined;
    world.trace(`${what} failed ${code ?? String(error)}`);
    if (code === undefined || !EXCUSED.includes(code))
      world.violate('call', `${what}: ${code ?? ''} ${String(error)} ${error instanceof Error ? String(error.cause) : ''}`);
  }
}

/** What happens while no process looks: records are damaged, a page of acknowledgements is cut short, a source is edited in place. */
function rot({ world, records, disk, ledger }: Surroundings): void {
  damageRecords(world, records);
  for (const [key, page] of records) {
    if (key.includes('/page/') && world.strikes('rottenPage')) records.set(key, page.slice(0, Math.floor(world.random() * page.length)));
  }
  if (world.livesAlive > 0) return;
  const random = world.ownRandom('edits');
  for (const job of ledger.jobs) {
    const file = disk.files.get(job.path);
    const isLarge = file !== undefined && file.bytes.length >= LARGE_BYTES;
    // Of an edit that leaves size, time and samples as they were, a late put of the former bytes cannot be told apart.
    if (isLarge && world.nowMs >= world.lateUntilMs && world.strikes('sourceEditedBetweenLives')) editUnseen(file, job, random);
  }
}
