/** Signatures as a backend makes them, by the SDK's own presigner. */
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3 } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { SignedRequest, SignRequest, SignRequests } from '../../adapters/http/index.js';

/** Signs for one prefix of a bucket, each signature good for `lifeSeconds` (≥ 1). */
export function presigner(client: S3, bucket: string, prefix: string, lifeSeconds: number): SignRequests {
  const sign = async (request: SignRequest): Promise<SignedRequest> => {
    const command = commandOf(request, { Bucket: bucket, Key: prefix + request.key });
    // Signatures count whole seconds, from the one that has begun.
    const expiresMs = (Math.floor(Date.now() / 1000) + lifeSeconds) * 1000;
    // The MD5 is bound as a header, not moved into the query, where servers would not look for it.
    const url = await getSignedUrl(client, command as GetObjectCommand, {
      expiresIn: lifeSeconds,
      unhoistableHeaders: new Set(['content-md5']),
    });
    return { url, expiresMs };
  };
  return (requests) => Promise.all(requests.map(sign));
}

function commandOf(request: SignRequest, object: { Bucket: string; Key: string }) {
  if (request.method === 'GET') return new GetObjectCommand(object);
  if (request.method === 'HEAD') return new HeadObjectCommand(object);
  if (request.method === 'DELETE') return new DeleteObjectCommand(object);
  return new PutObjectCommand({ ...object, ...(request.contentMd5 === undefined ? {} : { ContentMD5: request.contentMd5 }) });
}
