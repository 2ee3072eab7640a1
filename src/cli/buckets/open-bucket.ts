/** Opened buckets of the command line. */
import type { BlobSource, BlobStore } from '../../index.js';
import type { BucketLocation } from './bucket-location.js';

/** Settings of a server on the command line. */
export interface BucketOptions {
  readonly endpoint?: string | undefined;
  readonly pathStyle?: boolean | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** A bucket that can be read. */
export interface ReadableBucket {
  readonly place: BucketLocation;
  /** For messages. */
  readonly name: string;
  readonly store: BlobSource;
  /** Closes its connections. */
  close(): void;
}

/** A bucket that can be read and written. */
export interface Bucket extends ReadableBucket {
  readonly store: BlobStore;
}
