/** `reelway/s3`: buckets of Amazon S3 and of servers that speak its protocol. */
export type { S3StreamMaker } from './bodies.js';
export type {
  S3CallOptions,
  S3CreateInput,
  S3DeleteOutput,
  S3Like,
  S3ListOutput,
  S3ObjectInput,
  S3ObjectOutput,
  S3PartInput,
  S3PartsOutput,
  S3PutInput,
  S3UploadInput,
} from './client.js';
export { type S3BlobStoreOptions, s3BlobStore } from './s3-blob-store.js';
