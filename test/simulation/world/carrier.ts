/**
 * The operating system's own uploader: it is handed files and outlives the process. What it carries it finishes, fails or drops, in
 * any order, whether anybody listens or not; an abort stops it or does not.
 */
import { ReelwayError } from '../../../src/errors/index.js';
import type { BlobBody, BlobStore, PutOptions } from '../../../src/index.js';
import { arrive, landingOf, lend, network, type Traffic, troubleOf } from './blobs.js';
import type { Bucket, StoredBlob } from './bucket.js';
import { type Disk, isSame } from './disk.js';
import type { Flight, Life } from './life.js';

/** Longer than a canceled upload waits for its last sweep, by far shorter than an engine waits for a key. */
const LONGEST_CARRY_MS = 240_000;
const USUAL_CARRY_MS = 2_500;

/** One file under way. */
interface Load {
  readonly path: string;
  /** The file as it was handed over. */
  readonly bytes: Uint8Array;
}

/** What outlives every process. */
export class Carrier {
  readonly loads = new Map<string, Load>();
}

export interface CarrierSetting {
  readonly bucket: Bucket;
  readonly carrier: Carrier;
  readonly disk: Disk;
  readonly traffic: Traffic;
}

/** A store whose puts the operating system carries. */
export function carriedBy(life: Life, store: BlobStore, setting: CarrierSetting): BlobStore {
  const { world } = life;
  const { carrier, traffic } = setting;
  return {
    ...store,
    accepts: ['file'],
    put: (key, body, { onProgress, ...options }) =>
      life.request(`put ${key} ${body.sizeBytes}`, options.signal, (flight) => {
        const done = lend(traffic, key, body.sizeBytes);
        const heard = { ...options, onProgress: (bytes: number) => life.whenAwake(() => onProgress?.(bytes)) };
        return new Carriage(life, setting, key, body, heard, flight, done)
          .run()
          .then((blob) => {
            traffic.onAcknowledged(key);
            return { key, sizeBytes: blob.bytes.length, hashes: {} };
          })
          .catch((error: unknown) => {
            if (!(error instanceof ReelwayError)) world.violate('world', `the carrier itself failed: ${String(error)}`);
            // Whoever has given up hears no answer.
            else if (!flight.over && !flight.isDeaf) traffic.onAnswered(key, error);
            throw error;
          })
          .finally(done);
      }),
    pending: () => {
      const bad = life.alive && world.strikes('pendingFails');
      return life.operate('pending', world.delay(5), () => {
        if (bad) throw new ReelwayError('UNAVAILABLE', { message: 'simulated' });
        return [...carrier.loads.keys()];
      });
    },
  };
}

/** One put on its way. */
class Carriage {
  private readonly life: Life;
  private readonly setting: CarrierSetting;
  private readonly key: string;
  private readonly body: BlobBody;
  private readonly options: PutOptions;
  private readonly flight: Flight;
  private readonly onCut: () => void;
  private tell: { readonly resolve: (blob: StoredBlob) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(life: Life, setting: CarrierSetting, key: string, body: BlobBody, options: PutOptions, flight: Flight, onCut: () => void) {
    this.life = life;
    this.setting = setting;
    this.key = key;
    this.body = body;
    this.options = options;
    this.flight = flight;
    this.onCut = onCut;
  }

  async run(): Promise<StoredBlob> {
    const { life, flight, key } = this;
    flight.onCut = () => {
      this.onCut();
      return 0;
    };
    // Until it is signed and handed over, it is the process' own.
    await life.wait(5 + life.world.delay(20));
    const trouble = troubleOf(life.world, key);
    if (trouble !== undefined) throw trouble;
    if (flight.isCut || this.body.kind !== 'file') throw network(key);
    const load = this.handOver(this.body.path);
    flight.onCut = (why) => {
      this.onCut();
      this.cut(load, why);
      return 0;
    };
    return new Promise((resolve, reject) => {
      this.tell = { resolve, reject };
      this.carry(load);
    });
  }

  private handOver(path: string): Load {
    const { world } = this.life;
    const { carrier, disk } = this.setting;
    // Who has lost the lock without knowing hands over what the next one carries already.
    const wasFollowed = world.firedOf('leaseStolen') + world.firedOf('silentHolderFollowed') > 0;
    if (carrier.loads.has(this.key) && !wasFollowed) world.violate('I12', `${this.key} is sent while it is carried`);
    const load = { path, bytes: disk.files.get(path)?.bytes.slice() ?? new Uint8Array(0) };
    carrier.loads.set(this.key, load);
    world.trace(`carries ${this.key}`);
    return load;
  }

  private cut(load: Load, why: 'abort' | 'death'): void {
    const { world } = this.life;
    const { carrier } = this.setting;
    if (carrier.loads.get(this.key) !== load) return;
    if (why === 'death' || world.random() < 0.4) {
      world.count(why === 'death' ? 'carriedPastDeath' : 'carriedPastAbort');
      return;
    }
    carrier.loads.delete(this.key);
    if (world.random() < 0.3) landingOf(world, this.setting.bucket, this.key, this.options).later(load.bytes, 'cutAndLandsLate');
  }

  private carry(load: Load): void {
    const { world } = this.life;
    const ms = world.strikes('slowCarry') ? world.delay(LONGEST_CARRY_MS) : 5 + world.delay(USUAL_CARRY_MS);
    world.later(ms, () => this.end(load));
  }

  private end(load: Load): void {
    const { world } = this.life;
    const { carrier, disk, bucket } = this.setting;
    // Given up, or another was put in its place.
    if (carrier.loads.get(this.key) !== load) return;
    const file = disk.files.get(load.path);
    if (file === undefined || !isSame(file.bytes, load.bytes)) world.violate('I12', `the file of ${this.key} changed while it was carried`);
    // The process is told of a failure, and the system tries again by itself.
    if (world.strikes('carrierGoesOn')) {
      this.tell?.reject(network(this.key));
      this.carry(load);
      return;
    }
    carrier.loads.delete(this.key);
    if (!world.online || world.storeAway !== undefined || world.strikes('reset') || world.strikes('carrierDrops')) {
      this.tell?.reject(network(this.key));
      return;
    }
    this.land(load, bucket);
  }

  private land(load: Load, bucket: Bucket): void {
    const { world } = this.life;
    const landing = landingOf(world, bucket, this.key, this.options);
    try {
      this.tell?.resolve(arrive(world, bucket, this.key, load.bytes.length, this.options, landing, load.bytes));
    } catch (error) {
      this.tell?.reject(error);
    }
  }
}
