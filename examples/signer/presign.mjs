/** Presigning with the AWS SDK: length, type and MD5 are part of the signature, so that nothing else than what was allowed can be stored. */
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const COMMANDS = { GET: GetObjectCommand, HEAD: HeadObjectCommand, DELETE: DeleteObjectCommand };

/** A presigner for `s3Signer`, over one bucket; keys and region come from the SDK's usual places (environment, profile, role). */
export function createPresigner({ bucket, endpoint, forcePathStyle }) {
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle }),
    // The default would sign the checksum of an empty body into every PUT.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  return async ({ method, key, expiresSeconds, contentType, contentLength, contentMd5 }) => {
    const object = { Bucket: bucket, Key: key };
    if (method !== 'PUT') return { url: await getSignedUrl(client, new COMMANDS[method](object), { expiresIn: expiresSeconds }) };
    const command = new PutObjectCommand({
      ...object,
      ...{ ContentType: contentType, ContentLength: contentLength },
      ...(contentMd5 === undefined ? {} : { ContentMD5: contentMd5 }),
    });
    // The SDK leaves the content type out of signatures unless it is named here.
    const signableHeaders = new Set(['host', 'content-type', 'content-length', 'content-md5']);
    const url = await getSignedUrl(client, command, { expiresIn: expiresSeconds, signableHeaders });
    return { url, headers: { 'content-type': contentType, ...(contentMd5 === undefined ? {} : { 'content-md5': contentMd5 }) } };
  };
}
