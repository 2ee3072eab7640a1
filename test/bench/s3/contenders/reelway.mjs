/** Reelway as an app has it: durable queue, journal, retries, hashes checked before the manifest, manifest read back. */
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { signedUrlBlobStore } from 'reelway/http';
import { nodeFileSystem, nodeHasher, nodeHttpTransport, nodeKeyValueStore, nodeLock } from 'reelway/node';
import { s3BlobStore } from 'reelway/s3';
import { createUploadEngine } from 'reelway/upload';
import * as peers from '../../../s3/peers.mjs';

export async function prepare({ contender, file, state, signUrl, client, bucket, prefix }) {
  const { over, atOnce, pieceBytes } = contender;
  const engine = createUploadEngine({
    fileSystem: nodeFileSystem(),
    keyValueStore: nodeKeyValueStore({ directory: `${state}/queue` }),
    lock: nodeLock({ directory: `${state}/locks` }),
    blobStore: over === 's3' ? await overS3(client, bucket, prefix) : overHttp(signUrl, prefix),
    hasher: nodeHasher(),
    scope: 'bench',
    limits: { concurrency: atOnce, memoryBytes: atOnce * pieceBytes },
  });
  await engine.start();
  const run = async () => {
    const retries = [];
    engine.on('retry', ({ error }) => retries.push(error.code));
    const upload = await engine.add(file);
    const manifest = await upload.completed();
    const { peakBufferBytes, journalBytes } = engine.report();
    return { peakBufferBytes, journalBytes, retries, hash: Object.keys(manifest.renditions[0].hashes).join() };
  };
  return { run, finish: () => engine.stop() };
}

async function overS3(client, bucket, prefix) {
  const { S3 } = await peers.client();
  const checks = { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' };
  return s3BlobStore({ client: new S3({ ...client, ...checks, maxAttempts: 1 }), bucket, prefix, stream: Readable.from });
}

function overHttp(signUrl, prefix) {
  return signedUrlBlobStore({ sign: (requests) => ask(signUrl, requests), transport: nodeHttpTransport(), prefix });
}

function ask(signUrl, requests) {
  return new Promise((resolve, reject) => {
    const outgoing = request(signUrl, { method: 'POST', headers: { 'content-type': 'application/json' } }, async (reply) => {
      let text = '';
      for await (const data of reply.setEncoding('utf8')) text += data;
      if (reply.statusCode === 200) resolve(JSON.parse(text).signed);
      else reject(new Error(`Not signed: ${text}`));
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ requests }));
  });
}
