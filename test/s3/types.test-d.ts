/** The adapter's idea of the client against the SDK's own declarations. */
import { S3, S3Client } from '@aws-sdk/client-s3';
import { type S3Like, s3BlobStore } from '../../adapters/s3/index.js';

const aggregated: S3Like = new S3({});
s3BlobStore({ client: aggregated, bucket: 'videos' });
// @ts-expect-error a bare client has no putObject
s3BlobStore({ client: new S3Client({}), bucket: 'videos' });
