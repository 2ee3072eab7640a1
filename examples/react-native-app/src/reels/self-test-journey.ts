/**
 * A made-up video goes up, is interrupted on the way, goes on, and comes back: what all adapters of this device do together, and
 * how fast. Figures of it are what nobody can know without the device.
 */
import { createUploadEngine, createVideoFetcher, type FileSystem, isReelwayError } from 'reelway';
import type { SelfTestTargets } from './self-test';

export interface Journey {
  readonly bytes: number;
  readonly uploadMs: number;
  readonly fetchMs: number;
  /** The longest time that JavaScript was busy at a stretch: what a person feels as a stutter. */
  readonly longestPauseMs: number;
  /** Why it did not get to its end. */
  readonly problem?: string;
}

const PIECE_BYTES = 524_288;
/** Five whole segments and a short one. */
const SIZE_BYTES = 5 * PIECE_BYTES + 4_321;

/** Never rejects: what went wrong is in it. The meter is the caller's to stop, where an adapter never answers. */
export async function runJourney(targets: SelfTestTargets, name: string, meter: PauseMeter): Promise<Journey> {
  const times = { uploadMs: 0, fetchMs: 0 };
  const end = (): Journey => ({ bytes: SIZE_BYTES, ...times, longestPauseMs: meter.stop() });
  try {
    const world = await prepare(targets, name);
    try {
      times.uploadMs = await timed(() => upload(world));
      times.fetchMs = await timed(() => fetchBack(world));
    } finally {
      await clear(world);
    }
    return end();
  } catch (error) {
    return { ...end(), problem: isReelwayError(error) ? `${error.code}: ${error.message}` : String(error) };
  }
}

async function prepare({ fileSystem, directory, keyValueStore, blobStore }: SelfTestTargets, name: string) {
  const prefix = `self-test/${name}/`;
  const folder = `${directory}/${name}`;
  const ports = { fileSystem, keyValueStore: keyValueStore(prefix), blobStore: blobStore(prefix), scope: 'self-test' };
  const source = `${folder}/source.mp4`;
  await fileSystem.makeDirectory(folder);
  await writePattern(fileSystem, source);
  return { ports, folder, source };
}

type World = Awaited<ReturnType<typeof prepare>>;

/** With a second engine that goes on after the first segment. */
async function upload({ ports, folder, source }: World): Promise<void> {
  const options = { ...ports, stagingDirectory: `${folder}/staging` };
  const first = createUploadEngine(options);
  await first.start();
  try {
    const { id } = await first.add(source, {}, { videoId: 'journey', start: false });
    const [opening] = await first.segmentVideo(id);
    await first.uploadSegments(opening === undefined ? [] : [opening.id], id);
    await first.stop();
    const second = createUploadEngine(options);
    await second.start();
    try {
      await second.uploadSegments(undefined, id);
      await second.finalizeUpload(id);
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
  }
}

async function fetchBack({ ports, folder, source }: World): Promise<void> {
  const fetcher = createVideoFetcher({ ...ports, cache: { directory: `${folder}/cache` } });
  try {
    await fetcher.startIntelligentLoading(await fetcher.prepareVideo(undefined, 'journey'));
    const path = await fetcher.combineSegments('journey', { outputPath: `${folder}/back.mp4` });
    const place = await firstDifference(ports.fileSystem, source, path);
    if (place !== undefined) throw new TypeError(`what came back differs at byte ${place}`);
  } finally {
    await fetcher.cleanup();
  }
}

async function clear({ ports, folder }: World): Promise<void> {
  const { blobStore, keyValueStore, fileSystem } = ports;
  const page = await blobStore.list?.('');
  await blobStore.remove((page?.blobs ?? []).map(({ key }) => key));
  for (const key of await keyValueStore.keys('')) await keyValueStore.remove(key);
  await fileSystem.remove(folder);
}

async function writePattern(fileSystem: FileSystem, path: string): Promise<void> {
  const file = await fileSystem.create(path);
  for (let start = 0; start < SIZE_BYTES; start += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, SIZE_BYTES - start);
    await file.write(Uint8Array.from({ length }, (_, at) => ((start + at) * 31 + ((start + at) >> 11)) & 0xff));
  }
  await file.close();
}

async function firstDifference(fileSystem: FileSystem, left: string, right: string): Promise<number | undefined> {
  const [one, other] = [await fileSystem.open(left), await fileSystem.open(right)];
  const [expected, actual] = [new Uint8Array(65_536), new Uint8Array(65_536)];
  try {
    for (let at = 0; at < SIZE_BYTES; ) {
      const count = await one.readInto(expected, at);
      let have = 0;
      while (have < count) {
        const more = await other.readInto(actual.subarray(have, count), at + have);
        if (more === 0) return at + have;
        have += more;
      }
      const place = expected.subarray(0, count).findIndex((byte, index) => byte !== actual[index]);
      if (place >= 0) return at + place;
      at += count;
    }
    return (await other.readInto(actual, SIZE_BYTES)) === 0 ? undefined : SIZE_BYTES;
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}

async function timed(run: () => Promise<void>): Promise<number> {
  const startMs = Date.now();
  await run();
  return Date.now() - startMs;
}

const TICK_MS = 10;

/** A timer that notices how late it comes. It runs until it is stopped. */
export class PauseMeter {
  private longestMs = 0;
  private lastMs = Date.now();
  private readonly timer = setInterval(() => this.look(), TICK_MS);

  stop(): number {
    this.look();
    clearInterval(this.timer);
    return this.longestMs;
  }

  private look(): void {
    const nowMs = Date.now();
    this.longestMs = Math.max(this.longestMs, nowMs - this.lastMs - TICK_MS);
    this.lastMs = nowMs;
  }
}
