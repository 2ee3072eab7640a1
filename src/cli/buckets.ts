/**
 * Which buckets a state directory knows: its queue is one scope a bucket, and each scope's bucket is remembered in a record
 * of the command line's own, written before the first upload to it.
 */
import { createHash } from 'node:crypto';
import { type KeyValueStore, ReelwayError } from '../index.js';

const PREFIX = 'cli/bucket/';

/** The scope of a bucket's uploads and of its cache: two buckets never see each other's. */
export function scopeOf(bucketUrl: string): string {
  return `bucket-${createHash('sha256').update(bucketUrl).digest('hex').slice(0, 32)}`;
}

/** Remembers a bucket for `queue` and `cancel`. @throws {ReelwayError} STORAGE_UNAVAILABLE, STORAGE_FULL */
export async function rememberBucket(store: KeyValueStore, bucketUrl: string): Promise<void> {
  const key = PREFIX + scopeOf(bucketUrl);
  const record = JSON.stringify({ version: 1, url: bucketUrl });
  if ((await store.get(key)) !== record) await store.set(key, record);
}

/** What a state directory knows. */
export interface KnownBuckets {
  readonly urls: readonly string[];
  /** Records that cannot be read; they are left where they are. */
  readonly damaged: readonly ReelwayError[];
}

/** All buckets, by URL. @throws {ReelwayError} STORAGE_UNAVAILABLE */
export async function knownBuckets(store: KeyValueStore): Promise<KnownBuckets> {
  const urls: string[] = [];
  const damaged: ReelwayError[] = [];
  for (const key of await store.keys(PREFIX)) {
    const url = urlIn(await store.get(key));
    if (url !== undefined && PREFIX + scopeOf(url) === key) urls.push(url);
    else damaged.push(new ReelwayError('QUEUE_RECORD_CORRUPT', { message: `The record ${key} names no bucket`, context: { key } }));
  }
  return { urls: urls.sort(), damaged };
}

function urlIn(record: string | undefined): string | undefined {
  try {
    const { version, url } = JSON.parse(record ?? '') as { version?: unknown; url?: unknown };
    return version === 1 && typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
