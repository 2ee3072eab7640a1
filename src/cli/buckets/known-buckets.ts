/**
 * The buckets of a state directory. Its queue has one scope per bucket; a record of the command line stores the bucket of each
 * scope and is written before the first upload to it.
 */
import { type KeyValueStore, ReelwayError } from '../../index.js';
import { type BucketLocation, scopeOf } from './bucket-location.js';

const PREFIX = 'cli/bucket/';

/** Version 1 has only the URL, for directories; version 2 also has the settings of a server. */
const VERSION = { plain: 1, server: 2 } as const;

/** Stores a bucket with its last settings, for `queue` and `cancel`. @throws {ReelwayError} STORAGE_UNAVAILABLE, STORAGE_FULL */
export async function rememberBucket(store: KeyValueStore, place: BucketLocation): Promise<void> {
  const key = PREFIX + scopeOf(place);
  const { url, ...way } = place;
  const version = Object.values(way).some((value) => value !== undefined) ? VERSION.server : VERSION.plain;
  const record = JSON.stringify({ version, url, ...way });
  if ((await store.get(key)) !== record) await store.set(key, record);
}

/** The buckets of a state directory. */
export interface KnownBuckets {
  readonly places: readonly BucketLocation[];
  /** Errors of unreadable records, which are kept. */
  readonly damaged: readonly ReelwayError[];
}

/** All buckets, by URL. @throws {ReelwayError} STORAGE_UNAVAILABLE */
export async function knownBuckets(store: KeyValueStore): Promise<KnownBuckets> {
  const places: BucketLocation[] = [];
  const damaged: ReelwayError[] = [];
  for (const key of await store.keys(PREFIX)) {
    const place = placeIn(await store.get(key));
    if (place !== undefined && PREFIX + scopeOf(place) === key) places.push(place);
    else
      damaged.push(new ReelwayError('QUEUE_RECORD_CORRUPT', { message: `The record ${key} does not contain a bucket`, context: { key } }));
  }
  return { places: places.sort((a, b) => (scopeKey(a) < scopeKey(b) ? -1 : 1)), damaged };
}

function scopeKey({ url, endpoint = '' }: BucketLocation): string {
  return `${url} ${endpoint}`;
}

function placeIn(record: string | undefined): BucketLocation | undefined {
  let fields: { readonly [name: string]: unknown };
  try {
    fields = Object(JSON.parse(record ?? '')) as typeof fields;
  } catch {
    return undefined;
  }
  const { version, url, endpoint, pathStyle, region, profile } = fields;
  if ((version !== VERSION.plain && version !== VERSION.server) || typeof url !== 'string') return undefined;
  return {
    url,
    ...(typeof endpoint === 'string' ? { endpoint } : {}),
    ...(pathStyle === true ? { pathStyle } : {}),
    ...(typeof region === 'string' ? { region } : {}),
    ...(typeof profile === 'string' ? { profile } : {}),
  };
}
