/** All ports in memory in one call, with a restart that only the durable ones survive: what an app's own tests need. */
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore, memoryLock } from '../../adapters/memory/index.js';
import type { BlobStore, DeviceConditions, FileSystem, KeyValueStore, Lock } from '../index.js';
import { killable, killableLock } from './killable-ports.js';
import { createSeededRandom } from './random.js';
import { createTestConditions, type TestConditions } from './test-conditions.js';
import { createTimeline, type Timeline } from './timeline.js';
import { clockOf, type VirtualClock } from './virtual-clock.js';

const DEFAULT_WALL_MS = 1_700_000_000_000;
const PIECE_BYTES = 524_288;

/** How {@link createTestPorts} is set up. */
export interface TestPortsOptions {
  /** Seed of the clock's `random()` and of {@link TestPorts.addFile}, a safe integer ≥ 0. @default 1 */
  readonly seed?: number;
  /** Milliseconds since 1970 at the start. @default 1,700,000,000,000 */
  readonly wallMs?: number;
  /** Bytes that all files together may hold, ≥ 0. @default unbounded */
  readonly diskBytes?: number;
  /** Bytes that all blobs together may hold, ≥ 0. @default unbounded */
  readonly bucketBytes?: number;
  /** @default online, not metered, in the foreground, charging, battery full */
  readonly conditions?: DeviceConditions;
  /** Replaces the bucket by another store, such as a scripted link. It is kept across restarts. @default unchanged */
  readonly wrapBlobStore?: (store: BlobStore, clock: VirtualClock) => BlobStore;
}

/** The ports of one life of an app. */
export interface TestPorts {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly blobStore: BlobStore;
  readonly lock: Lock;
  readonly clock: VirtualClock;
  readonly conditions: TestConditions;
  /** Writes a file and its directories: these bytes, or a number of bytes (≥ 0) made from the seed and the path. */
  addFile(path: string, content: Uint8Array | number): Promise<void>;
  /** All bytes of a file; `undefined` where there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** All bytes of a blob; `undefined` where there is none. */
  readBlob(key: string): Promise<Uint8Array | undefined>;
  /** Keys of all blobs, sorted. */
  blobKeys(): Promise<string[]>;
  /**
   * Kills the app and starts it again: calls under way through these ports never settle, timers vanish, locks are free; files,
   * records, blobs and time go on in the ports that are returned.
   */
  restart(): TestPorts;
}

interface Durable {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly bucket: BlobStore;
  readonly blobStore: BlobStore;
  readonly lock: Lock;
  readonly timeline: Timeline;
  readonly conditions: TestConditions;
  readonly seed: number;
}

/** Ports in memory on one virtual clock. */
export function createTestPorts(options: TestPortsOptions = {}): TestPorts {
  const { seed = 1, wallMs = DEFAULT_WALL_MS, diskBytes, bucketBytes } = options;
  const timeline = createTimeline(wallMs, createSeededRandom(seed));
  // The bucket and the disk belong to no life of the app.
  const clock = clockOf(timeline, timeline.view(), 1);
  const bucket = memoryBlobStore({ clock, ...(bucketBytes === undefined ? {} : { capacityBytes: bucketBytes }) });
  return live({
    fileSystem: memoryFileSystem({ clock, ...(diskBytes === undefined ? {} : { capacityBytes: diskBytes }) }),
    keyValueStore: memoryKeyValueStore(),
    bucket,
    blobStore: options.wrapBlobStore?.(bucket, clock) ?? bucket,
    lock: memoryLock({ clock }),
    timeline,
    conditions: createTestConditions(options.conditions),
    seed,
  });
}

function live(durable: Durable): TestPorts {
  const life = { ended: false };
  const leases = new Set<() => Promise<void>>();
  const view = durable.timeline.view();
  return {
    fileSystem: killable(durable.fileSystem, life),
    keyValueStore: killable(durable.keyValueStore, life),
    blobStore: killable(durable.blobStore, life),
    lock: killableLock(durable.lock, life, leases),
    clock: clockOf(durable.timeline, view, 1),
    conditions: durable.conditions,
    addFile: (path, content) => addFile(durable, path, content),
    readFile: (path) => readFile(durable.fileSystem, path),
    readBlob: (key) => readBlob(durable.bucket, key),
    blobKeys: () => blobKeys(durable.bucket),
    restart: () => {
      life.ended = true;
      view.end();
      for (const release of leases) void release();
      return live(durable);
    },
  };
}

async function addFile(durable: Durable, path: string, content: Uint8Array | number): Promise<void> {
  const { fileSystem, seed } = durable;
  const cut = path.lastIndexOf('/');
  if (cut > 0) await fileSystem.makeDirectory(path.slice(0, cut));
  const file = await fileSystem.create(path);
  if (typeof content !== 'number') await file.write(content);
  else {
    const random = createSeededRandom(seed + [...path].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2 ** 31, 7));
    for (let left = content; left > 0; left -= PIECE_BYTES) await file.write(randomBytes(random, Math.min(left, PIECE_BYTES)));
  }
  await file.close();
}

function randomBytes(random: () => number, length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4)).map(() => random() * 2 ** 32);
  return new Uint8Array(words.buffer, 0, length);
}

async function readFile(fileSystem: FileSystem, path: string): Promise<Uint8Array | undefined> {
  const info = await fileSystem.stat(path);
  if (info?.kind !== 'file') return undefined;
  const bytes = new Uint8Array(info.sizeBytes);
  const file = await fileSystem.open(path);
  for (let at = 0; at < bytes.length; ) {
    const length = await file.readInto(bytes.subarray(at, at + PIECE_BYTES), at);
    if (length === 0) break;
    at += length;
  }
  await file.close();
  return bytes;
}

async function readBlob(store: BlobStore, key: string): Promise<Uint8Array | undefined> {
  const info = await store.head(key);
  if (info === undefined) return undefined;
  const bytes = new Uint8Array(info.sizeBytes ?? 0);
  const reader = await store.get(key);
  let at = 0;
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
    bytes.set(piece, at);
    at += piece.length;
  }
  await reader.close();
  return bytes;
}

async function blobKeys(store: BlobStore): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list?.('', cursor);
    keys.push(...(page?.blobs ?? []).map((blob) => blob.key));
    cursor = page?.cursor;
  } while (cursor !== undefined);
  return keys.sort();
}
