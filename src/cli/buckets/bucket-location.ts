/** The location of a bucket: its identity, and the settings to open it again. Plain data without secrets. */
import { createHash } from 'node:crypto';

/** A bucket as stored in a state directory. */
export interface BucketLocation {
  /** The normalized URL, such as `s3://videos/app/`. */
  readonly url: string;
  /** The server, if it is not Amazon's. Two servers can have buckets with the same name. */
  readonly endpoint?: string;
  readonly pathStyle?: boolean;
  readonly region?: string;
  readonly profile?: string;
}

/** The identity of a bucket, for people. Credentials, region and address style do not belong to it. */
export function bucketName({ url, endpoint }: BucketLocation): string {
  return endpoint === undefined ? url : `${url} at ${endpoint}`;
}

/** The scope of a bucket's uploads and cache; different for every bucket. */
export function scopeOf(place: BucketLocation): string {
  return `bucket-${createHash('sha256').update(bucketName(place)).digest('hex').slice(0, 32)}`;
}
