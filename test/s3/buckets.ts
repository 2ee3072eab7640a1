/** Clients and fresh buckets for the tests. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, S3, type S3ClientConfig } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type S3BlobStoreOptions, s3BlobStore } from '../../adapters/s3/index.js';
import type { BlobStore } from '../../src/ports/index.js';
import type { GatewayAddress } from './world.js';

/** The SDK's own client, as the adapter's page advises it. */
export function clientOf(gateway: Omit<GatewayAddress, 'port'>, endpoint = gateway.endpoint, more: S3ClientConfig = {}): S3 {
  const { accessKeyId, secretAccessKey } = gateway;
  return new S3({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...more,
  });
}

/** Makes an empty bucket. */
export async function freshBucket(client: S3): Promise<string> {
  const bucket = `test-${randomUUID()}`;
  await client.createBucket({ Bucket: bucket });
  return bucket;
}

/** A store over a fresh prefix of a bucket. */
export function storeIn(client: S3, bucket: string, options: Partial<S3BlobStoreOptions> = {}): BlobStore {
  return s3BlobStore({
    client,
    bucket,
    prefix: `${randomUUID()}/`,
    stream: Readable.from,
    presign: (object, expiresIn) => getSignedUrl(client, new GetObjectCommand(object), { expiresIn }),
    ...options,
  });
}
