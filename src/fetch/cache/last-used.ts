/**
 * When each video was last used, in 64 small records at most. The key of a video selects its record, so that opening costs the
 * same few reads for any number of videos. A lost record only makes the order of eviction worse.
 */
import type { ReelwayError } from '../../errors/index.js';
import type { KeyValueStore } from '../../ports/index.js';
import { asReelwayError } from '../../transfer/index.js';

/** The line of one video in its record. */
export interface UsedVideo {
  readonly key: string;
  readonly lastUsed: number;
  readonly videoId: string | undefined;
}

const LINE = /^([0-9a-f]{24}) ([0-9a-z]{1,11})(?: ([A-Za-z0-9._-]{1,128}))?$/;
/** Below the 65,536 characters that a value may have. */
const MAX_RECORD = 60_000;

export class LastUsedStore {
  private readonly store: KeyValueStore;
  private readonly prefix: string;
  private readonly warn: (error: ReelwayError) => void;
  private readonly dirty = new Set<string>();
  private saving: Promise<void> = Promise.resolve();

  constructor(store: KeyValueStore, prefix: string, warn: (error: ReelwayError) => void) {
    this.store = store;
    this.prefix = prefix;
    this.warn = warn;
  }

  /** Reads all lines. Lines that do not parse are skipped. */
  async load(): Promise<UsedVideo[]> {
    try {
      const keys = await this.store.keys(this.prefix);
      const records = await Promise.all(keys.map((key) => this.store.get(key)));
      return records.flatMap((record) => (record ?? '').split('\n').flatMap(parseLine));
    } catch (error) {
      this.warn(asReelwayError(error));
      return [];
    }
  }

  /** Marks the line of a video as out of date. */
  touch(key: string): void {
    this.dirty.add(bucketOf(key));
  }

  /** Writes the records that are out of date. A failure is a warning, since loads do not depend on this order. */
  save(videos: Iterable<UsedVideo>): Promise<void> {
    this.saving = this.saving.then(() => this.saveNow(videos));
    return this.saving;
  }

  async erase(): Promise<void> {
    await this.saving;
    this.dirty.clear();
    for (const key of await this.store.keys(this.prefix)) await this.store.remove(key);
  }

  private async saveNow(videos: Iterable<UsedVideo>): Promise<void> {
    if (this.dirty.size === 0) return;
    const lines = new Map<string, UsedVideo[]>();
    for (const bucket of this.dirty) lines.set(bucket, []);
    for (const video of videos) {
      if (video.lastUsed > 0) lines.get(bucketOf(video.key))?.push(video);
    }
    this.dirty.clear();
    for (const [bucket, used] of lines) {
      try {
        await this.store.set(`${this.prefix}${bucket}`, recordOf(used));
      } catch (error) {
        this.dirty.add(bucket);
        this.warn(asReelwayError(error));
      }
    }
  }
}

function bucketOf(key: string): string {
  return (Number.parseInt(key.slice(0, 2), 16) >> 2).toString(16).padStart(2, '0');
}

/** The latest first: lines that do not fit belong to the videos that are evicted first anyway. */
function recordOf(videos: UsedVideo[]): string {
  let record = '';
  for (const { key, lastUsed, videoId } of videos.sort((a, b) => b.lastUsed - a.lastUsed)) {
    const line = `${key} ${lastUsed.toString(36)}${videoId === undefined ? '' : ` ${videoId}`}\n`;
    if (record.length + line.length > MAX_RECORD) break;
    record += line;
  }
  return record;
}

function parseLine(line: string): UsedVideo[] {
  const match = LINE.exec(line);
  if (match === null) return [];
  const lastUsed = Number.parseInt(match[2] as string, 36);
  return Number.isSafeInteger(lastUsed) ? [{ key: match[1] as string, lastUsed, videoId: match[3] }] : [];
}
