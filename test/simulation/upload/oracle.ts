/**
 * Watches the simulated world from outside, as a reader of the bucket and as a person with the app in hand, and says which
 * promise was broken. The numbers are those of docs/reliability.md.
 */
import { HASH_ALGORITHMS, type Hashes, parseManifest, resolveSegmentKey, segmentsOf, type VideoManifest } from '../../../src/core/index.js';
import type { ReelwayError, ReelwayErrorCode } from '../../../src/errors/index.js';
import type { UploadEngine, UploadState } from '../../../src/upload/index.js';
import { LONGEST_RETRY_AFTER_MS, type Traffic } from '../world/blobs.js';
import { type Bucket, digestOf, type StoredBlob } from '../world/bucket.js';
import { isSame } from '../world/disk.js';
import type { Life } from '../world/life.js';
import { CANARY, type World } from '../world/world.js';
import type { Job, Ledger } from './ledger.js';
import type { OrderOracle, OrderSetting } from './order.js';

export interface OracleOptions {
  readonly concurrency: number;
  readonly segmentBytes: number;
  /** Seeds without faults that may cost an acknowledgement: only there is I5 exact. */
  readonly resendsAreBounded: boolean;
}

interface VisibleManifest {
  readonly uploadId: string;
  readonly references: ReadonlyMap<string, Hashes>;
}

/** What somebody else's answer looks like to an upload. */
const NO_PROOF: readonly ReelwayErrorCode[] = ['VIDEO_EXISTS', 'SEGMENT_MISSING', 'MANIFEST_INVALID', 'BLOB_CORRUPT', 'SEGMENT_CORRUPT'];
const MANIFEST = /\/manifest\.json$/;
/** Beyond the pages of any honest listing of this world, and the empty ones that are followed. */
const MOST_PAGES = 200;

export class UploadOracle {
  private readonly world: World;
  private readonly bucket: Bucket;
  private readonly ledger: Ledger;
  private readonly options: OracleOptions;
  private readonly visible = new Map<string, VisibleManifest>();
  /** Segments whose success was told to a life. */
  private readonly acknowledged = new Set<string>();
  readonly order: OrderOracle;
  /** Changes of what the device or the person wants: whoever waits may be woken by them. */
  disturbances = 0;

  constructor(order: OrderOracle, { world, bucket, ledger }: OrderSetting, options: OracleOptions) {
    this.order = order;
    this.world = world;
    this.bucket = bucket;
    this.ledger = ledger;
    this.options = options;
    bucket.onChange = (key, _before, after) => this.onBlob(key, after);
  }

  /** I1, I3: looks at the bucket after each change as a reader would. */
  private onBlob(key: string, after: StoredBlob | undefined): void {
    if (after !== undefined) this.order.onLanded(key);
    if (MANIFEST.test(key)) this.onManifest(key, after);
    else this.onSegment(key, after);
  }

  private onManifest(key: string, after: StoredBlob | undefined): void {
    const before = this.visible.get(key);
    this.visible.delete(key);
    if (after === undefined) {
      if (before !== undefined && this.ledger.completed.has(before.uploadId))
        this.violate('I3', `the manifest ${key} of a completed upload was removed`);
      return;
    }
    // Readers refuse a damaged manifest; that it does not stay is asked at the end.
    if (after.damaged === true) return;
    const manifest = parseManifest(after.bytes);
    const { uploadId } = manifest;
    if (before !== undefined && before.uploadId !== uploadId && this.ledger.completed.has(before.uploadId)) {
      this.violate('I3', `the manifest ${key} of ${before.uploadId} was replaced by that of ${uploadId}`);
    }
    if (this.ledger.cancelAsked.has(uploadId)) return;
    const problem = this.problemOf(key, manifest);
    if (problem !== undefined) this.violate('I1', `${key}: ${problem}`);
    this.order.onManifest(uploadId);
    const references = [...segmentsOf(manifest)].map((segment) => [resolveSegmentKey(key, segment.url), segment.hashes] as const);
    this.visible.set(key, { uploadId, references: new Map(references) });
  }

  private onSegment(key: string, after: StoredBlob | undefined): void {
    for (const [manifest, { uploadId, references }] of this.visible) {
      const hashes = references.get(key);
      if (hashes === undefined || this.ledger.cancelAsked.has(uploadId)) continue;
      if (after === undefined) this.violate('I1', `${key} was removed while ${manifest} refers to it`);
      else if (!hasHashes(after.bytes, hashes)) this.violate('I1', `${key} was changed while ${manifest} refers to it`);
    }
  }

  /** What is wrong with a manifest for a reader; `undefined`: nothing. */
  private problemOf(key: string, manifest: VideoManifest): string | undefined {
    const job = this.ledger.jobNamed(manifest.metadata.title);
    if (job === undefined) return 'it belongs to no job';
    const whole: Uint8Array[] = [];
    for (const segment of segmentsOf(manifest)) {
      const segmentKey = resolveSegmentKey(key, segment.url);
      if (!segmentKey.includes(manifest.uploadId)) return `the key ${segmentKey} does not name the upload`;
      const blob = this.bucket.blobs.get(segmentKey);
      if (blob === undefined) return `segment ${segment.index} is missing`;
      if (blob.bytes.length !== segment.size) return `segment ${segment.index} has ${blob.bytes.length} bytes, not ${segment.size}`;
      if (!hasHashes(blob.bytes, segment.hashes)) return `segment ${segment.index} has another hash`;
      whole.push(blob.bytes);
    }
    const bytes = Buffer.concat(whole);
    return job.versions.some((version) => isSame(version, bytes)) ? undefined : 'its bytes are no version of the source';
  }

  /** I3 and I1 for an upload that says of itself that it is completed. */
  checkCompleted(uploadId: string, manifestKey: string): void {
    const problem = this.problemOfCompleted(uploadId, manifestKey);
    if (problem !== undefined) this.violate('I3', `completed ${uploadId}: ${problem}`);
  }

  private problemOfCompleted(uploadId: string, manifestKey: string): string | undefined {
    const blob = this.bucket.blobs.get(manifestKey);
    if (blob === undefined) return `there is no ${manifestKey}`;
    if (blob.damaged === true) return 'its manifest is not what was put';
    try {
      const manifest = parseManifest(blob.bytes);
      return manifest.uploadId === uploadId ? this.problemOf(manifestKey, manifest) : `${manifestKey} is of ${manifest.uploadId}`;
    } catch (error) {
      return String(error);
    }
  }

  /** The backend is told of a video; the app's publish step. */
  onPublished(uploadId: string, idempotencyKey: string, manifestKey: string): void {
    const keys = this.ledger.published.get(uploadId) ?? new Set<string>();
    this.ledger.published.set(uploadId, keys.add(idempotencyKey));
    if (keys.size > 1) this.violate('I3', `${uploadId} was published under ${keys.size} idempotency keys`);
    this.checkCompleted(uploadId, manifestKey);
  }

  /** What one life sends: I4, I5, I10. */
  watchTraffic(life: Life): Traffic & { endOfLife(): void } {
    const known = new Set(this.acknowledged);
    const resent = new Set<string>();
    const notBefore = new Map<string, { atMs: number; disturbances: number }>();
    const pages = new Map<string, number>();
    let puts = 0;
    let bytes = 0;
    return {
      onPutBegins: (key, size) => {
        this.order.onPut(life, key);
        const wait = notBefore.get(key);
        if (wait !== undefined && this.world.nowMs < wait.atMs - 1 && wait.disturbances === this.disturbances) {
          this.violate('I10', `${key} was sent ${Math.round(wait.atMs - this.world.nowMs)} ms before Retry-After`);
        }
        if (MANIFEST.test(key)) return;
        puts += 1;
        bytes += size;
        if (puts > this.options.concurrency) this.violate('I10', `${puts} segments in flight`);
        if (bytes > this.options.concurrency * this.options.segmentBytes) this.violate('I4', `${bytes} bytes in flight`);
        if (known.has(key)) resent.add(key);
      },
      onPutEnds: (key, size) => {
        if (MANIFEST.test(key)) return;
        puts -= 1;
        bytes -= size;
      },
      onAcknowledged: (key) => this.acknowledged.add(key),
      onRemove: (keys) => {
        this.order.onRemove(life, keys);
        this.checkRemoval(keys);
      },
      onList: (prefix, cursor) => this.checkPages(pages, prefix, cursor),
      onAnswered: (key, error) => this.rememberRetryAfter(notBefore, key, error),
      endOfLife: () => {
        const bound = this.options.concurrency;
        if (!this.options.resendsAreBounded || this.disturbedRecords() || resent.size <= bound) return;
        this.violate('I5', `life ${life.id} sent ${resent.size} acknowledged segments again`);
      },
    };
  }

  /** I13: a removal is for one canceled upload: its objects, or its own manifest. */
  private checkRemoval(keys: readonly string[]): void {
    const uploads = new Set(keys.map((key) => this.ownerOf(key)));
    for (const uploadId of uploads) {
      if (uploadId !== undefined && !this.ledger.cancelAsked.has(uploadId) && !this.mayBePutAgain(keys))
        this.violate('I13', `${keys.join(', ')} would be removed, of ${uploadId}, which was not canceled`);
    }
    if (uploads.size > 1) this.violate('I13', `one removal is for ${[...uploads].join(' and ')}: ${keys.join(', ')}`);
  }

  /** An upload may remove its own manifest, to put it again. None of a canceled upload of the same video may. */
  private mayBePutAgain(keys: readonly string[]): boolean {
    const [key = ''] = keys;
    const videoId = key.split('/')[0];
    const isRivalCanceled = [...this.ledger.cancelAsked].some((id) => this.ledger.accepted.get(id)?.videoId === videoId);
    return keys.length === 1 && MANIFEST.test(key) && !this.bucket.foreign.has(key) && !isRivalCanceled;
  }

  /** The upload that an object belongs to; `undefined`: a damaged manifest, or none, which makes room. */
  private ownerOf(key: string): string | undefined {
    if (this.bucket.foreign.has(key)) return 'another video';
    if (!MANIFEST.test(key)) return key.split('/')[1];
    const blob = this.bucket.blobs.get(key);
    return blob === undefined || blob.damaged === true ? undefined : parseManifest(blob.bytes).uploadId;
  }

  /** I10: a listing that does not end is given up. */
  private checkPages(pages: Map<string, number>, prefix: string, cursor: string | undefined): void {
    const count = cursor === undefined ? 1 : (pages.get(prefix) ?? 0) + 1;
    pages.set(prefix, count);
    if (count > MOST_PAGES) this.violate('I10', `${count} pages of one listing were asked for`);
  }

  /** Faults that were not planned can cost acknowledgements too. */
  private disturbedRecords(): boolean {
    return ['leaseStolen', 'silentHolderFollowed', 'sourceChange', 'landsDeaf'].some((kind) => this.world.firedOf(kind) > 0);
  }

  private rememberRetryAfter(notBefore: Map<string, { atMs: number; disturbances: number }>, key: string, error: ReelwayError): void {
    const { retryAfterMs } = error.context;
    notBefore.delete(key);
    if (retryAfterMs === undefined || !Number.isFinite(retryAfterMs)) return;
    notBefore.set(key, { atMs: this.world.nowMs + Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS), disturbances: this.disturbances });
  }

  /** I2: whatever was promised in an earlier life is there again. */
  checkStarted(engine: UploadEngine): void {
    const known = new Set(engine.list().map((item) => item.id));
    for (const [uploadId, job] of this.ledger.accepted) {
      const mayBeGone = known.has(uploadId) || this.ledger.cancelAsked.has(uploadId);
      if (!mayBeGone) this.violate('I2', `${uploadId} (${job.name}) is not there after a start`);
    }
  }

  /** What one engine tells: I6, I11. */
  watchEngine(life: Life, engine: UploadEngine): void {
    const acknowledged = new Map<string, number>();
    const ended = new Map<string, string>();
    engine.on('progress', (progress) => {
      if (!life.alive) return;
      const before = acknowledged.get(progress.uploadId) ?? 0;
      if (progress.acknowledgedBytes < before)
        this.violate('I6', `progress of ${progress.uploadId} fell from ${before} to ${progress.acknowledgedBytes}`);
      if (progress.acknowledgedBytes > progress.totalBytes) this.violate('I6', `progress of ${progress.uploadId} is above its total`);
      this.order.progress.onProgress(progress);
      if (!(progress.fraction >= 0 && progress.fraction <= 1)) this.violate('I6', `a fraction of ${progress.fraction}`);
      acknowledged.set(progress.uploadId, progress.acknowledgedBytes);
    });
    engine.on('status', (state) => {
      if (!life.alive) return;
      this.world.trace(`status ${state.uploadId} ${state.status}`);
      this.onStatus(state, ended);
    });
    engine.on('retry', ({ error, uploadId, delayMs }) => {
      this.world.trace(`retry ${uploadId} ${error.code} in ${Math.round(delayMs)}: ${error.message}`);
      this.inspect('a retry event', error);
    });
    engine.on('warning', ({ error }) => {
      this.world.trace(`warning ${error.code} ${error.message}`);
      this.inspect('a warning', error);
      if (life.alive && error.code === 'INTERNAL') this.violate('INTERNAL', `${error.message} ${String(error.cause)}`);
    });
  }

  private onStatus(state: UploadState & { readonly uploadId: string }, ended: Map<string, string>): void {
    const { uploadId, status } = state;
    const before = ended.get(uploadId);
    if (before !== undefined) this.violate('I6', `${uploadId} was ${before}, and is ${status}`);
    if (status === 'completed' || status === 'canceled') ended.set(uploadId, status);
    if (status === 'completed') {
      this.ledger.completed.add(uploadId);
      this.checkCompleted(uploadId, state.manifestKey);
      this.order.onCompleted(uploadId);
    }
    if (status === 'canceled' && !this.ledger.cancelAsked.has(uploadId)) this.violate('I2', `${uploadId} was canceled by nobody`);
    if ((status === 'failed' || status === 'waiting') && state.error !== undefined) this.inspect(`the state of ${uploadId}`, state.error);
    if (status === 'failed') this.judgePassing(uploadId, state.error.code);
    if (status === 'failed' && state.error.code === 'INTERNAL')
      this.violate('INTERNAL', `${state.error.message} ${String(state.error.cause)}`);
  }

  /** I2b: what passes is waited for, however long it lasts. */
  private judgePassing(uploadId: string, code: ReelwayErrorCode): void {
    const { storeAway, isPortal } = this.world;
    const path = this.ledger.accepted.get(uploadId)?.path ?? '';
    if (storeAway === code) this.violate('I2b', `${uploadId} failed with ${code} while the store was away`);
    if (isPortal && NO_PROOF.includes(code)) this.violate('I2b', `${uploadId} failed with ${code} while another answered for the store`);
    if (code === 'SOURCE_UNREADABLE' && this.world.unreadable.has(path))
      this.violate('I2b', `${uploadId} failed with ${code} while its source was away`);
  }

  private inspect(where: string, error: ReelwayError): void {
    const shown = [error.message, error.userMessage, JSON.stringify(error.context)].join(' ');
    if (shown.includes(CANARY)) this.violate('I11', `a secret in ${where}`);
  }

  jobOf(uploadId: string): Job | undefined {
    return this.ledger.accepted.get(uploadId);
  }

  private violate(invariant: string, text: string): void {
    this.world.violate(invariant, text);
  }
}

function hasHashes(bytes: Uint8Array, hashes: Hashes): boolean {
  const algorithms = HASH_ALGORITHMS.filter((algorithm) => hashes[algorithm] !== undefined);
  return algorithms.length > 0 && algorithms.every((algorithm) => digestOf(bytes, algorithm) === hashes[algorithm]);
}
