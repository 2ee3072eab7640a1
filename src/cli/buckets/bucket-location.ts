/** Which bucket is meant: what tells one from another, and what is needed to open it again. Plain data, and never a secret. */
import { createHash } from 'node:crypto';

/** A bucket, as a state directory remembers it. */
export interface BucketLocation {
  /** The same for every way to write the same place, such as `s3://videos/app/`. */
  readonly url: string;
  /** Where the server is, if it is not Amazon's own. Two servers have two buckets under one name. */
  readonly endpoint?: string;
  readonly pathStyle?: boolean;
  readonly region?: string;
  readonly profile?: string;
}

/** What tells one bucket from another, in words. Credentials, region and style of address are ways there, not other places. */
export function nameOf({ url, endpoint }: BucketLocation): string {
  return endpoint === undefined ? url : `${url} at ${endpoint}`;
}

/** The scope of a bucket's uploads and of its cache: two buckets never see each other's. */
export function scopeOf(place: BucketLocation): string {
  return `bucket-${createHash('sha256').update(nameOf(place)).digest('hex').slice(0, 32)}`;
}
