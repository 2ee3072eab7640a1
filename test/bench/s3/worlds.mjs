/**
 * The two places that the video is carried to: a server that discards, and Ceph's gateway. Each knows what a contender must be told, and looks
 * whether what a contender left there is the whole video.
 */

import * as peers from '../../s3/peers.mjs';
import { startFaultProxy } from '../../servers/fault-proxy.ts';
import { startRgw } from '../../servers/rgw.ts';
import { startServer } from './control.mjs';
import { sdkPresign, startSigning } from './signing.mjs';

const BUCKET = 'bench';
const OFFLINE_KEYS = { accessKeyId: 'BENCH', secretAccessKey: 'bench' };

/** Discards in a process of its own, and waits before each answer. @param {number} latencyMs */
export async function discardingWorld(latencyMs) {
  const s3 = await startServer('discard-server.mjs');
  const tus = await startServer('tus-server.mjs');
  const signing = await startSigning(async ({ key }) => ({ url: `${s3.endpoint}/${BUCKET}/${key}` }), latencyMs);
  return {
    bucket: BUCKET,
    client: clientOf(s3.endpoint, OFFLINE_KEYS),
    signUrl: signing.url,
    endpointOf: ({ module }) => (module === 'tus' ? tus.endpoint : s3.endpoint),
    urlFor: async (key) => `${s3.endpoint}/${BUCKET}/${key}`,
    begin: async (md5s) => {
      for (const server of [s3, tus]) await server.ask('reset', { latencyMs, md5s });
    },
    stored: async ({ module }) => {
      const objects = await (module === 'tus' ? tus : s3).ask('stored');
      return objects.map(({ path, sizeBytes }) => ({ key: path, sizeBytes }));
    },
    clear: async () => undefined,
    stop: async () => {
      for (const one of [signing, tus, s3]) await one.stop();
    },
  };
}

/** Ceph's gateway, behind a proxy that makes each direction late by half the latency; without a proxy where there is none. */
export async function gatewayWorld(latencyMs) {
  const gateway = await startRgw();
  try {
    return await worldOver(gateway, latencyMs);
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

async function worldOver(gateway, latencyMs) {
  const proxy = latencyMs === 0 ? undefined : await startFaultProxy({ targetPort: gateway.port, latencyMs: latencyMs / 2 });
  const { accessKeyId, secretAccessKey } = gateway;
  const keys = { accessKeyId, secretAccessKey };
  const client = clientOf(proxy?.endpoint ?? gateway.endpoint, keys);
  const { S3 } = await peers.client();
  const checks = { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' };
  const own = new S3({ ...clientOf(gateway.endpoint, keys), ...checks });
  const presign = await sdkPresign(new S3({ ...client, ...checks }), BUCKET);
  const signing = await startSigning(presign, latencyMs);
  await own.createBucket({ Bucket: BUCKET });
  const list = async (Prefix) => (await own.listObjectsV2({ Bucket: BUCKET, Prefix })).Contents ?? [];
  return {
    bucket: BUCKET,
    client,
    signUrl: signing.url,
    endpointOf: () => client.endpoint,
    urlFor: async (key, contentLength) =>
      (await presign({ method: 'PUT', key, contentType: 'application/octet-stream', contentLength })).url,
    begin: async () => undefined,
    stored: async (_contender, prefix) =>
      (await list(prefix)).map(({ Key, Size, ETag }) => ({ key: Key, sizeBytes: Size, etag: ETag.replaceAll('"', '') })),
    clear: async (prefix) => {
      const Objects = (await list(prefix)).map(({ Key }) => ({ Key }));
      if (Objects.length > 0) await own.deleteObjects({ Bucket: BUCKET, Delete: { Objects, Quiet: true } });
    },
    stop: async () => {
      await signing.stop();
      await proxy?.stop();
      await gateway.stop();
    },
  };
}

function clientOf(endpoint, credentials) {
  return { endpoint, region: 'us-east-1', forcePathStyle: true, credentials };
}
