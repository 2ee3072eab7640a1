/**
 * Which buckets a state directory knows: its queue is one scope a bucket, and each scope's bucket is remembered in a record
 * of the command line's own, written before the first upload to it.
 */
import { type KeyValueStore, ReelwayError } from '../../index.js';
import { type BucketLocation, scopeOf } from './bucket-location.js';

const PREFIX = 'cli/bucket/';

/** Version 1 has the URL alone, as directories need; version 2 has the way to a server too. */
const VERSION = { plain: 1, server: 2 } as const;

/** Remembers a bucket, and the way there by which it was last used, for `queue` and `cancel`. @throws {ReelwayError} STORAGE_UNAVAILABLE, STORAGE_FULL */
export async function rememberBucket(store: KeyValueStore, place: BucketLocation): Promise<void> {
  const key = PREFIX + scopeOf(place);
  const { url, ...way } = place;
  const version = Object.values(way).some((value) => value !== undefined) ? VERSION.server : VERSION.plain;
  const record = JSON.stringify({ version, url, ...way });
  if ((await store.get(key)) !== record) await store.set(key, record);
}

/** What a state directory knows. */
export interface KnownBuckets {
  readonly places: readonly BucketLocation[];
  /** Records that cannot be read; they are left where they are. */
  readonly damaged: readonly ReelwayError[];
}

/** All buckets, by URL. @throws {ReelwayError} STORAGE_UNAVAILABLE */
export async function knownBuckets(store: KeyValueStore): Promise<KnownBuckets> {
  const places: BucketLocation[] = [];
  const damaged: ReelwayError[] = [];
  for (const key of await store.keys(PREFIX)) {
    const place = placeIn(await store.get(key));
    if (place !== undefined && PREFIX + scopeOf(place) === key) places.push(place);
    else damaged.push(new ReelwayError('QUEUE_RECORD_CORRUPT', { message: `The record ${key} names no bucket`, context: { key } }));
  }
  return { places: places.sort((a, b) => (scopeKey(a) < scopeKey(b) ? -1 : 1)), damaged };
}

function scopeKey({ url, endpoint = '' }: BucketLocation): string {
  return `${url} ${endpoint}`;
}

function placeIn(record: string | undefined): BucketLocation | undefined {
  let told: { readonly [name: string]: unknown };
  try {
    told = Object(JSON.parse(record ?? '')) as typeof told;
  } catch {
    return undefined;
  }
  const { version, url, endpoint, pathStyle, region, profile } = told;
  if ((version !== VERSION.plain && version !== VERSION.server) || typeof url !== 'string') return undefined;
  return {
    url,
    ...(typeof endpoint === 'string' ? { endpoint } : {}),
    ...(pathStyle === true ? { pathStyle } : {}),
    ...(typeof region === 'string' ? { region } : {}),
    ...(typeof profile === 'string' ? { profile } : {}),
  };
}
