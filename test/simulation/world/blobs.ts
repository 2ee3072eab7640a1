/** The bucket as one life of the process sees it: over a network that refuses, resets, loses answers, delivers late and twice. */
import { isReelwayError, ReelwayError, type ReelwayErrorCode } from '../../../src/errors/index.js';
import type {
  AbortSignalLike,
  BlobBody,
  BlobInfo,
  BlobReader,
  BlobStore,
  GetOptions,
  HashAlgorithm,
  Hashes,
  PutOptions,
} from '../../../src/index.js';
import { type Bucket, digestOf, type StoredBlob } from './bucket.js';
import { isSame } from './disk.js';
import { pick } from './faults.js';
import { forged } from './forgery.js';
import type { Flight, Life } from './life.js';
import { pageOf } from './listing.js';
import { CANARY, type World } from './world.js';

/** A killed or given-up request may still land so much later, in milliseconds. */
export const LATEST_LANDING_MS = 20_000;
/** Longer wishes are bounded by the engine. */
export const LONGEST_RETRY_AFTER_MS = 300_000;
/** With what a store that is away answers, where it answers at all. */
const AWAY_STATUS: { readonly [Code in ReelwayErrorCode]?: number } = {
  UNAVAILABLE: 500,
  THROTTLED: 429,
  AUTH_REQUIRED: 401,
  FORBIDDEN: 403,
};
/** What a captive portal answers, whatever it is asked. */
const PAGE = new TextEncoder().encode('<!doctype html><title>Sign in to the network</title>');
/** Often enough for any limit on silence. */
const TRICKLE_MS = 4_000;
/** Bodies of which that takes hours. */
const TRICKLING_BYTES = 5_000;
const RETRY_AFTER_MS = [undefined, 0, 1_000, 15_000, 1e15, Number.NaN];

/** What is watched of one life's requests. */
export interface Traffic {
  /** A put begins that is lent so many bytes. */
  onPutBegins(key: string, bytes: number): void;
  /** It is answered, or was given up. */
  onPutEnds(key: string, bytes: number): void;
  /** Its answer was success. */
  onAcknowledged(key: string): void;
  onAnswered(key: string, error: ReelwayError): void;
  /** A removal of these keys begins. */
  onRemove(keys: readonly string[]): void;
  /** A page of a listing is asked for. */
  onList(prefix: string, cursor: string | undefined): void;
}

/** The store as one life sees it. */
export function blobStoreOf(life: Life, bucket: Bucket, traffic: Traffic): BlobStore {
  const { world } = life;
  const { profile } = bucket;
  const attests = profile.attests === 'never' ? [] : [profile.algorithm];
  const info = (key: string, blob: StoredBlob, attested: boolean): BlobInfo => ({
    key,
    sizeBytes: blob.bytes.length,
    modifiedMs: blob.storedMs,
    hashes: {
      ...(profile.echoes === true ? without(attests, blob.givenHashes) : {}),
      ...(attested ? { [profile.algorithm]: digestOf(blob.bytes, profile.algorithm) } : {}),
    },
  });
  const small = <T>(label: string, key: string, signal: AbortSignalLike | undefined, apply: () => T): Promise<T> =>
    life.request(`${label} ${key}`, signal, async (flight) => {
      flight.ignoresAbort = world.isAbortIgnored();
      await life.wait(world.delay(60));
      const trouble = troubleOf(world, key);
      if (trouble !== undefined) throw trouble;
      if (flight.isCut && world.random() < 0.5) throw network(key);
      const answer = apply();
      if (world.strikes('lostResponse')) throw network(key);
      return answer;
    });
  return {
    rangeRead: true,
    accepts: profile.accepts,
    attests,
    put: (key, body, options) =>
      life.request(`put ${key} ${body.sizeBytes}`, options.signal, (flight) => {
        const done = lend(traffic, key, body.sizeBytes);
        return send(life, bucket, key, body, options, flight, done)
          .then((blob) => {
            traffic.onAcknowledged(key);
            return info(key, blob, profile.attests === 'put');
          })
          .catch((error: unknown) => {
            // After an abort there is no answer, and the body may reject with the reason of the abort.
            if (flight.isCut) throw error;
            if (!isReelwayError(error)) world.violate('world', `the store itself failed: ${String(error)}`);
            else traffic.onAnswered(key, error);
            throw error;
          })
          .finally(done);
      }),
    head: (key, signal) =>
      small('head', key, signal, () => {
        if (world.isPortal) return { key, sizeBytes: PAGE.length, hashes: {} };
        const blob = bucket.blobs.get(key);
        return blob === undefined ? undefined : info(key, blob, profile.attests !== 'never');
      }),
    get: (key, options = {}) => download(life, bucket, key, options),
    remove: (keys, signal) => {
      traffic.onRemove(keys);
      return small(`remove ${keys.length}`, keys[0] ?? '', signal, () => {
        // A store removes several in any order.
        for (const key of shuffled(keys, world)) if (!world.isPortal) bucket.remove(key);
      });
    },
    ...(profile.canList
      ? {
          list: (prefix: string, cursor?: string, signal?: AbortSignalLike) => {
            traffic.onList(prefix, cursor);
            return small('list', prefix, signal, () => {
              const stale = world.strikes('staleList');
              const isShown = (blob: StoredBlob): boolean =>
                !stale || blob.landedMs <= world.settledMs || world.nowMs - blob.landedMs >= 5_000;
              return pageOf(world, bucket, prefix, cursor, (key, blob) => info(key, blob, profile.attests !== 'never'), isShown);
            });
          },
        }
      : {}),
  };
}

function without(algorithms: readonly HashAlgorithm[], hashes: Hashes = {}): Hashes {
  return Object.fromEntries(Object.entries(hashes).filter(([algorithm]) => !algorithms.some((one) => one === algorithm)));
}

/** Counts a put as under way; what it returns ends that, once. */
export function lend(traffic: Traffic, key: string, bytes: number): () => void {
  let open = true;
  traffic.onPutBegins(key, bytes);
  return () => {
    if (open) traffic.onPutEnds(key, bytes);
    open = false;
  };
}

/** Where a body ends up: the bucket, at once or later, whole or damaged. */
export interface Landing {
  now(bytes: Uint8Array, damaged?: boolean): StoredBlob;
  later(bytes: Uint8Array, kind: string): void;
}

export function landingOf(world: World, bucket: Bucket, key: string, options: PutOptions): Landing {
  const now = (bytes: Uint8Array, damaged = false): StoredBlob => {
    const { hashes: givenHashes = {} } = options;
    const blob = { bytes, damaged, givenHashes, storedMs: world.timeline.wallMs(), landedMs: world.nowMs };
    if (options.ifAbsent === true && bucket.profile.honoursIfAbsent && bucket.blobs.has(key)) throw failure('BLOB_EXISTS', key, 412);
    world.trace(`lands ${key} ${bytes.length}`);
    bucket.store(key, blob);
    return blob;
  };
  const later = (bytes: Uint8Array, kind: string): void => {
    world.count(kind);
    world.lateUntilMs = Math.max(world.lateUntilMs, world.nowMs + LATEST_LANDING_MS);
    world.later(world.delay(LATEST_LANDING_MS), () => {
      try {
        now(bytes);
      } catch {
        // A late conditional put that finds something is no news to anybody.
      }
    });
  };
  return { now, later };
}

/** The way of one body to the bucket. */
async function send(
  life: Life,
  bucket: Bucket,
  key: string,
  body: BlobBody,
  options: PutOptions,
  flight: Flight,
  onCut: () => void,
): Promise<StoredBlob> {
  const { world } = life;
  const landing = landingOf(world, bucket, key, options);
  let sent: Uint8Array | undefined;
  flight.onCut = (why) => {
    onCut();
    if (sent === undefined) return 0;
    if (why === 'abort' && body.kind === 'bytes' && world.strikes('deaf')) {
      flight.isDeaf = true;
      return landDeaf(world, body.bytes, landing);
    }
    // Half of what was under way is lost.
    if (world.random() < 0.5) return 0;
    landing.later(sent, 'cutAndLandsLate');
    return 0;
  };
  await life.wait(5 + world.delay(20));
  const trouble = troubleOf(world, key);
  if (trouble !== undefined) throw trouble;
  sent = await bytesOf(body);
  if (world.strikes('stall')) await new Promise(() => undefined);
  if (body.sizeBytes >= TRICKLING_BYTES && world.strikes('trickle')) await trickle(life, flight, options);
  if (world.isPortal) return { bytes: PAGE, storedMs: 0, landedMs: world.nowMs };
  options.onProgress?.(Math.floor(body.sizeBytes / 2));
  await life.wait(5 + world.delay(120));
  if (flight.isCut || !world.online || world.storeAway !== undefined || world.strikes('reset')) throw network(key);
  if (world.strikes('lateLanding')) {
    landing.later(sent, 'landsAfterError');
    throw network(key);
  }
  if (body.kind === 'bytes' && !isSame(body.bytes, sent)) world.violate('lending', `bytes for ${key} changed while they were lent`);
  return arrive(world, bucket, key, body.sizeBytes, options, landing, sent);
}

/** A byte every few seconds, for ever. */
async function trickle(life: Life, flight: Flight, options: PutOptions): Promise<void> {
  for (let bytes = 1; !flight.over && life.alive; bytes += 1) {
    options.onProgress?.(bytes);
    await life.wait(TRICKLE_MS);
  }
}

/** The body is there: stored as it was sent or damaged, answered or not. */
export function arrive(
  world: World,
  bucket: Bucket,
  key: string,
  sizeBytes: number,
  options: PutOptions,
  landing: Landing,
  sent: Uint8Array,
): StoredBlob {
  const forgery = key.endsWith('/manifest.json') && world.strikes('forgedManifest') ? forged(sent, world.random) : undefined;
  const damaged = forgery !== undefined || world.strikes('corruptPut');
  const refuses = damaged && bucket.profile.attests === 'put' && options.hashes !== undefined;
  if (refuses && world.random() < 0.5) throw failure('BLOB_CORRUPT', key, 400);
  const blob = landing.now(damaged ? (forgery ?? flipped(sent, world)) : sent, damaged);
  options.onProgress?.(sizeBytes);
  // A damaged body that also comes twice is beyond any promise: nobody could ever look last.
  if (!damaged && world.strikes('duplicate')) landing.later(sent, 'landsTwice');
  if (world.strikes('lostResponse')) throw network(key);
  return blob;
}

/** A store that is deaf to the abort goes on reading what it was lent. */
function landDeaf(world: World, lent: Uint8Array, landing: Landing): number {
  const deafMs = 1_000 + world.delay(10_000);
  world.lateUntilMs = Math.max(world.lateUntilMs, world.nowMs + deafMs + LATEST_LANDING_MS);
  world.later(deafMs * 0.9, () => landing.later(lent.slice(), 'landsDeaf'));
  return deafMs;
}

async function bytesOf(body: BlobBody): Promise<Uint8Array> {
  if (body.kind === 'bytes') return body.bytes.slice(0, body.sizeBytes);
  if (body.kind === 'file') throw new TypeError('The simulated store takes no files');
  const bytes = new Uint8Array(body.sizeBytes);
  const reader = await body.open();
  let at = 0;
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
      bytes.set(piece, at);
      at += piece.length;
    }
  } finally {
    await reader.close();
  }
  if (at !== body.sizeBytes) throw new TypeError(`A body of ${at} bytes said that it has ${body.sizeBytes}`);
  return bytes;
}

/** What any request may meet. */
export function troubleOf(world: World, key: string): ReelwayError | undefined {
  if (world.storeAway !== undefined) return failure(world.storeAway, key, AWAY_STATUS[world.storeAway]);
  if (!world.online || world.strikes('refused')) return network(key);
  if (world.strikes('auth')) world.authValid = false;
  if (!world.authValid) return failure('AUTH_REQUIRED', key, 401);
  if (world.strikes('forbidden')) return failure('FORBIDDEN', key, 403);
  const retryAfterMs = pick(RETRY_AFTER_MS, world.random);
  if (world.strikes('unavailable')) return failure('UNAVAILABLE', key, 503, retryAfterMs);
  if (world.strikes('throttled')) return failure('THROTTLED', key, 429, retryAfterMs);
  return undefined;
}

export function network(key: string): ReelwayError {
  return failure('NETWORK', key);
}

function failure(code: ReelwayErrorCode, key: string, status?: number, retryAfterMs?: number): ReelwayError {
  return new ReelwayError(code, {
    message: `simulated ${code}`,
    context: { key, ...(status === undefined ? {} : { status }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    cause: new Error(`PUT with Authorization: Bearer ${CANARY}`),
  });
}

function flipped(bytes: Uint8Array, world: World): Uint8Array {
  const copy = bytes.slice();
  const at = Math.floor(world.random() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(world.random() * 8));
  return copy;
}

function shuffled(keys: readonly string[], world: World): string[] {
  return keys
    .map((key) => ({ key, place: world.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ key }) => key);
}

/** What lies under a key, or what answers in its place. */
function answerFor(bucket: Bucket, world: World, key: string): Pick<StoredBlob, 'bytes'> {
  const blob = world.isPortal ? { bytes: PAGE } : bucket.blobs.get(key);
  if (blob === undefined) throw failure('BLOB_NOT_FOUND', key, 404);
  return blob;
}

async function download(life: Life, bucket: Bucket, key: string, options: GetOptions): Promise<BlobReader> {
  const { world } = life;
  const opened = await life.request(
    `get ${key} ${options.range?.start ?? 0}-${options.range?.end ?? ''}`,
    options.signal,
    async (flight) => {
      flight.ignoresAbort = world.isAbortIgnored();
      await life.wait(5 + world.delay(40));
      const trouble = troubleOf(world, key);
      if (trouble !== undefined) throw trouble;
      const blob = answerFor(bucket, world, key);
      const { start, end } = options.range ?? { start: 0, end: blob.bytes.length };
      if (end > blob.bytes.length || (options.range !== undefined && start >= end)) throw failure('RANGE_NOT_SATISFIABLE', key, 416);
      const whole = blob.bytes.slice(start, end);
      return readerOf(life, key, world.strikes('corruptGet') ? flipped(whole, world) : whole, blob.bytes.length, options.signal);
    },
  );
  // Counted from here on: after an abort no reader reaches the engine.
  const closed = life.hold('download');
  return {
    ...opened,
    close: () => {
      closed();
      return opened.close();
    },
  };
}

function readerOf(life: Life, key: string, bytes: Uint8Array, sizeBytes: number, signal: AbortSignalLike | undefined): BlobReader {
  const { world } = life;
  const pieceBytes = Math.max(1, Math.floor(bytes.length / 3));
  const lent = new Uint8Array(pieceBytes);
  const endsAt = world.strikes('truncatedGet') ? Math.floor(world.random() * bytes.length) : bytes.length;
  let at = 0;
  return {
    sizeBytes,
    next: () =>
      life.request(`next ${key} ${at}`, signal, async (flight) => {
        flight.ignoresAbort = world.isAbortIgnored();
        await life.wait(1 + world.delay(20));
        if (world.strikes('stall')) await new Promise(() => undefined);
        if (!world.online || world.strikes('reset')) throw network(key);
        const length = Math.min(pieceBytes, endsAt - at);
        if (length <= 0) return undefined;
        lent.set(bytes.subarray(at, at + length));
        at += length;
        return lent.subarray(0, length);
      }),
    close: () => Promise.resolve(),
  };
}
