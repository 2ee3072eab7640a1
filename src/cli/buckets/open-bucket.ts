/** What opening a `<bucket>` of the command line gives. */
import type { BlobSource, BlobStore } from '../../index.js';
import type { BucketLocation } from './bucket-location.js';

/** What the command line says of a server, beside the bucket itself. */
export interface BucketOptions {
  readonly endpoint?: string | undefined;
  readonly pathStyle?: boolean | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** A bucket that can be read. */
export interface ReadableBucket {
  readonly place: BucketLocation;
  /** As people call it. */
  readonly name: string;
  readonly store: BlobSource;
  /** Lets go of its connections. */
  close(): void;
}

/** A bucket that can be read and written. */
export interface Bucket extends ReadableBucket {
  readonly store: BlobStore;
}
