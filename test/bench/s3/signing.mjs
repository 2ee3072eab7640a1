/** The backend that signs for `reelway/http` and for bare requests: the project's own signer, late by the latency like every other server. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { s3Signer } from 'reelway/s3-signer';
import * as peers from '../../s3/peers.mjs';

/** What stands before every key that a contender writes. */
export const PREFIX = 'runs/';
const SECONDS = 3_600;

/** Presigns with the SDK, as the example of a signer does. */
export async function sdkPresign(client, bucket) {
  const { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } = await peers.client();
  const { getSignedUrl } = await peers.presigner();
  const commands = { GET: GetObjectCommand, HEAD: HeadObjectCommand, DELETE: DeleteObjectCommand };
  return async ({ method, key, contentType, contentLength, contentMd5 }) => {
    const object = { Bucket: bucket, Key: key };
    if (method !== 'PUT') return { url: await getSignedUrl(client, new commands[method](object), { expiresIn: SECONDS }) };
    const md5 = contentMd5 === undefined ? {} : { ContentMD5: contentMd5 };
    const command = new PutObjectCommand({ ...object, ContentType: contentType, ContentLength: contentLength, ...md5 });
    const signableHeaders = new Set(['host', 'content-type', 'content-length', 'content-md5']);
    const url = await getSignedUrl(client, command, { expiresIn: SECONDS, signableHeaders });
    return { url, headers: { 'content-type': contentType, ...(contentMd5 === undefined ? {} : { 'content-md5': contentMd5 }) } };
  };
}

/** Starts the backend. */
export async function startSigning(presign, latencyMs) {
  const handler = s3Signer({
    presign,
    policyFor: async () => ({ prefix: PREFIX, methods: ['GET', 'HEAD', 'PUT', 'DELETE'], expiresSeconds: SECONDS }),
  });
  const server = createServer(async (request, response) => {
    const { method, headers } = request;
    const asked = new Request('http://localhost/', {
      method,
      headers: { 'content-type': headers['content-type'] },
      body: await text(request),
    });
    const reply = await handler(asked);
    const body = await reply.text();
    setTimeout(() => response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(body), latencyMs);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
