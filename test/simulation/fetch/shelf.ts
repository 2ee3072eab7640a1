/** What outlives every process that shows videos: the bucket, the disk, the records; and what happens to it meanwhile. */
import { createManifest, encodeManifest, segmentKey } from '../../../src/core/index.js';
import { createTestConditions } from '../../../src/testing/index.js';
import { Bucket, digestOf, HONEST_LISTING } from '../world/bucket.js';
import { Disk } from '../world/disk.js';
import { pick } from '../world/faults.js';
import type { Records } from '../world/records.js';
import type { World } from '../world/world.js';

export const CACHE = '/cache';
export const CACHE_BYTES = 1_048_576;
/** The objects of a replaced upload go so late, in milliseconds. */
const LATEST_REMOVAL_MS = 20_000;

/** A video, and all that was ever uploaded under its id. */
export interface Video {
  readonly id: string;
  /** Upload id → bytes; the last one is the newest. */
  readonly uploads: Map<string, Uint8Array>;
}

export class Shelf {
  readonly disk = new Disk();
  readonly records: Records = new Map();
  readonly conditions = createTestConditions();
  readonly bucket = new Bucket({
    attests: 'head',
    algorithm: 'crc32c',
    accepts: ['bytes'],
    honoursIfAbsent: true,
    canList: true,
    listing: HONEST_LISTING,
  });
  readonly videos: readonly Video[];
  private readonly world: World;
  private readonly isSmall: boolean;

  constructor(world: World, random: () => number, isSmall: boolean) {
    this.world = world;
    this.isSmall = isSmall;
    const own = world.ownRandom('third video');
    this.videos = (isSmall ? [random] : [random, random, own]).map((numbers, index) => this.storeVideo(`clip-${index}`, numbers));
    for (const directory of ['/out', CACHE]) this.disk.directories.add(directory);
    this.disk.onChange = () => this.checkBudgets();
  }

  /** The newest bytes of a video. */
  newest(video: Video): Uint8Array {
    return [...video.uploads.values()].at(-1) ?? new Uint8Array(0);
  }

  /** Another video under the same id; the objects of the former one go some time later. */
  replace(): void {
    const { world } = this;
    const random = world.ownRandom('reupload');
    const video = pick(this.videos, random);
    const former = [...video.uploads.keys()].at(-1);
    world.count('reupload');
    world.trace(`another upload of ${video.id}`);
    this.upload(video, `up${video.uploads.size + 1}`, random);
    const old = [...this.bucket.blobs.keys()].filter((key) => key.startsWith(`${video.id}/${former}/`));
    world.server.after(random() * LATEST_REMOVAL_MS, () => {
      for (const key of old) this.bucket.remove(key);
    });
  }

  private storeVideo(id: string, random: () => number): Video {
    const video: Video = { id, uploads: new Map() };
    this.upload(video, 'up1', random);
    return video;
  }

  private upload(video: Video, uploadId: string, random: () => number): void {
    const { bucket, isSmall } = this;
    const segmentBytes = isSmall ? 4_000 : pick([30_000, 60_000], random);
    const count = isSmall ? 3 : 4 + Math.floor(random() * 14);
    const words = Uint32Array.from({ length: (segmentBytes * count) / 4 }, () => random() * 2 ** 32);
    const bytes = new Uint8Array(words.buffer, 0, segmentBytes * count - 7);
    const slices = Array.from({ length: count }, (_, index) => bytes.slice(index * segmentBytes, (index + 1) * segmentBytes));
    const manifest = createManifest({
      videoId: video.id,
      uploadId,
      layout: 'raw',
      createdMs: 1,
      source: { sizeBytes: bytes.length, contentType: 'video/mp4' },
      metadata: {},
      renditions: [
        {
          urlTemplate: `${uploadId}/{n}`,
          opening: [{ start: 0, end: 3_000 }],
          segments: slices.map((slice) => ({ sizeBytes: slice.length, hashes: { crc32c: digestOf(slice, 'crc32c') } })),
        },
      ],
    });
    const put = (key: string, stored: Uint8Array): void => bucket.store(key, { bytes: stored, storedMs: 1, landedMs: -60_000 });
    for (const [index, slice] of slices.entries()) put(segmentKey(video.id, uploadId, index), slice);
    put(`${video.id}/manifest.json`, encodeManifest(manifest));
    video.uploads.set(uploadId, bytes);
  }

  /** I7: the folder of each scope is a cache of its own. */
  private checkBudgets(): void {
    const used = new Map<string, number>();
    for (const [path, file] of this.disk.files) {
      if (!path.startsWith(`${CACHE}/`)) continue;
      const folder = path.slice(0, path.indexOf('/', CACHE.length + 1));
      used.set(folder, (used.get(folder) ?? 0) + file.bytes.length);
    }
    for (const [folder, bytes] of used) {
      if (bytes > CACHE_BYTES) this.world.violate('I7', `${bytes} bytes in ${folder}, a cache of ${CACHE_BYTES}`);
    }
  }
}
