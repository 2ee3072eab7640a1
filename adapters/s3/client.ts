/**
 * The part of the aggregated `S3` client that the adapter calls.
 *
 * Structural, so that nothing of the SDK is imported: commands of one copy fail on a client of another, and an app already has its own copy.
 * A bare `S3Client`, which has only `send`, does not fit.
 */

/** Options of one call, as the SDK's HTTP handlers take them. */
export interface S3CallOptions {
  /** An `AbortSignal` of the host. Hosts declare it differently, so the type is one that all of them accept. */
  readonly abortSignal?: never;
}

/** Bucket and key of one object. */
export interface S3ObjectInput {
  readonly Bucket: string;
  readonly Key: string;
}

/** Input of a put; a subset of the SDK's `PutObjectCommandInput`. */
export interface S3PutInput extends S3ObjectInput {
  readonly Body: never;
  /** Bytes, ≥ 0. */
  readonly ContentLength: number;
  readonly ContentType: string;
  readonly ContentMD5?: string;
  readonly ChecksumCRC32C?: string;
  readonly IfNoneMatch?: string;
  readonly StorageClass?: never;
  readonly ServerSideEncryption?: never;
  readonly SSEKMSKeyId?: string;
  readonly CacheControl?: string;
}

/** Input that begins a multipart upload; a subset of the SDK's `CreateMultipartUploadCommandInput`. */
export type S3CreateInput = Omit<S3PutInput, 'Body' | 'ContentLength' | 'ContentMD5' | 'ChecksumCRC32C' | 'IfNoneMatch'>;

/** Bucket, key and id of one multipart upload. */
export interface S3UploadInput extends S3ObjectInput {
  readonly UploadId: string;
}

/** Input of one part. */
export interface S3PartInput extends S3UploadInput {
  /** From 1. */
  readonly PartNumber: number;
  readonly Body: never;
  /** Bytes, ≥ 0. */
  readonly ContentLength: number;
  readonly ContentMD5?: string;
}

/** One page of a multipart upload's parts. */
export interface S3PartsOutput {
  readonly Parts?:
    | readonly { readonly PartNumber?: number | undefined; readonly Size?: number | undefined; readonly ETag?: string | undefined }[]
    | undefined;
  /** Whether there is another page. */
  readonly IsTruncated?: boolean | undefined;
  readonly NextPartNumberMarker?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
}

/** Reply about an object. */
export interface S3ObjectOutput {
  readonly ETag?: string | undefined;
  /** Bytes of this reply, not of the object, where a range was asked for. */
  readonly ContentLength?: number | undefined;
  readonly ContentRange?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly Body?: unknown;
}

/** One page of a listing. */
export interface S3ListOutput {
  readonly Contents?:
    | readonly {
        readonly Key?: string | undefined;
        readonly Size?: number | undefined;
        readonly ETag?: string | undefined;
        readonly LastModified?: Date | undefined;
      }[]
    | undefined;
  /** The bucket. */
  readonly Name?: string | undefined;
  /** Whether there is another page. */
  readonly IsTruncated?: boolean | undefined;
  readonly NextContinuationToken?: string | undefined;
}

/** Reply to a batch deletion. */
export interface S3DeleteOutput {
  readonly Errors?:
    | readonly { readonly Key?: string | undefined; readonly Code?: string | undefined; readonly Message?: string | undefined }[]
    | undefined;
}

/**
 * `new S3({ … })` of `@aws-sdk/client-s3`, version 3: `putObject`, `getObject`, `headObject`, `deleteObject`, `deleteObjects`, `listObjectsV2`,
 * `createMultipartUpload`, `uploadPart`, `listParts`, `completeMultipartUpload` and `abortMultipartUpload` as the SDK documents them.
 */
export interface S3Like {
  putObject(input: S3PutInput, options?: S3CallOptions): Promise<S3ObjectOutput>;
  getObject(input: S3ObjectInput & { readonly Range?: string }, options?: S3CallOptions): Promise<S3ObjectOutput>;
  headObject(input: S3ObjectInput, options?: S3CallOptions): Promise<S3ObjectOutput>;
  deleteObject(input: S3ObjectInput, options?: S3CallOptions): Promise<unknown>;
  deleteObjects(
    input: { readonly Bucket: string; readonly Delete: { Objects: { Key: string }[]; Quiet: boolean } },
    options?: S3CallOptions,
  ): Promise<S3DeleteOutput>;
  listObjectsV2(
    input: { readonly Bucket: string; readonly Prefix: string; readonly ContinuationToken?: string },
    options?: S3CallOptions,
  ): Promise<S3ListOutput>;
  createMultipartUpload(input: S3CreateInput, options?: S3CallOptions): Promise<{ readonly UploadId?: string | undefined }>;
  uploadPart(input: S3PartInput, options?: S3CallOptions): Promise<S3ObjectOutput>;
  listParts(input: S3UploadInput & { readonly PartNumberMarker?: string }, options?: S3CallOptions): Promise<S3PartsOutput>;
  completeMultipartUpload(
    input: S3UploadInput & { readonly MultipartUpload: { Parts: { PartNumber: number; ETag: string }[] } },
    options?: S3CallOptions,
  ): Promise<S3ObjectOutput>;
  abortMultipartUpload(input: S3UploadInput, options?: S3CallOptions): Promise<unknown>;
}
