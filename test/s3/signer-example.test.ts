/** The example's signer in front of a real gateway: what it signs works, and the gateway holds to what was signed. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type SignedRequest, type SignRequest, signedUrlBlobStore } from '../../adapters/http/index.js';
import { nodeHasher, nodeHttpTransport } from '../../adapters/node/index.js';
import { clientOf, freshBucket } from './buckets.js';
import { type SignerExample, signOfExample, startSignerExample } from './signer-example.js';

const gateway = inject('gateway');
const LIFE_SECONDS = 3;
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);
const MD5 = createHash('md5').update(BYTES).digest();
const PUT: SignRequest = {
  ...{ method: 'PUT', key: 'users/ada/clip/0', contentType: 'video/mp4', contentLength: BYTES.length },
  contentMd5: MD5.toString('base64'),
};

interface Answer {
  readonly signed?: readonly SignedRequest[];
  readonly error?: { readonly reason: string; readonly index?: number };
}

describe('the example signer', () => {
  const client = clientOf(gateway);
  let example: SignerExample;
  let bucket = '';

  beforeAll(async () => {
    bucket = await freshBucket(client);
    example = await startSignerExample({
      ...{ BUCKET: bucket, ENDPOINT: gateway.endpoint, TOKENS: 'ada-token=ada,bob-token=bob', EXPIRES_SECONDS: String(LIFE_SECONDS) },
      ...{ AWS_ACCESS_KEY_ID: gateway.accessKeyId, AWS_SECRET_ACCESS_KEY: gateway.secretAccessKey, AWS_REGION: 'us-east-1' },
    });
  });
  afterAll(() => example?.stop());

  const ask = async (
    requests: readonly SignRequest[],
    token = 'ada-token',
  ): Promise<{ readonly status: number; readonly body: Answer }> => {
    const reply = await fetch(example.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ requests }),
    });
    return { status: reply.status, body: (await reply.json()) as Answer };
  };
  const signOne = async (request: SignRequest): Promise<SignedRequest> => {
    const [signed] = (await ask([request])).body.signed ?? [];
    if (signed === undefined) throw new Error('Nothing was signed');
    return signed;
  };
  const send = async (signed: SignedRequest, bytes: Uint8Array | undefined, headers: object = {}, method = 'PUT'): Promise<string> => {
    const body = bytes === undefined ? {} : { body: bytes as Uint8Array<ArrayBuffer> };
    const reply = await fetch(signed.url, { method, headers: { ...signed.headers, ...headers }, ...body });
    return `${reply.status} ${/<Code>(\w+)<\/Code>/.exec(await reply.text())?.[1] ?? ''}`.trim();
  };

  test('carries a blob through the store that phones and browsers use', async () => {
    const sign = await signOfExample(example.url, 'ada-token');
    const store = signedUrlBlobStore({ sign, transport: nodeHttpTransport(), prefix: 'users/ada/' });
    const md5 = nodeHasher().create('md5');
    md5.update(BYTES);
    const hashes = { md5: md5.digest() };
    const body = { kind: 'bytes', sizeBytes: BYTES.length, bytes: BYTES } as const;
    expect(await store.put('clip/1', body, { contentType: 'video/mp4', hashes })).toMatchObject({ sizeBytes: 1000, hashes });
    expect((await store.head('clip/1'))?.sizeBytes).toBe(1000);
    expect(await (await store.get('clip/1', { range: { start: 10, end: 13 } })).next()).toEqual(Buffer.from([10, 11, 12]));
    const stored = await client.headObject({ Bucket: bucket, Key: 'users/ada/clip/1' });
    expect([stored.ContentLength, stored.ContentType]).toEqual([1000, 'video/mp4']);
    await store.remove(['clip/1']);
    expect(await store.head('clip/1')).toBeUndefined();
  });

  test('signs nothing for strangers, nor outside of a user’s own prefix', async () => {
    expect(await ask([PUT], 'wrong')).toMatchObject({ status: 401, body: { error: { reason: 'The request is not signed in' } } });
    expect(await ask([PUT], 'bob-token')).toMatchObject({
      status: 403,
      body: { error: { reason: 'The policy does not allow this key', index: 0 } },
    });
    expect((await ask([{ ...PUT, key: 'users/ada/../bob/0' }])).status).toBe(400);
    expect((await ask([{ ...PUT, contentLength: 8 * 1024 * 1024 + 1 }])).status).toBe(413);
    expect((await ask([{ ...PUT, contentType: 'text/html' }])).status).toBe(403);
    expect((await fetch(example.url)).status).toBe(405);
  });

  test('the app’s side of it tells lost connections, lost sessions and refusals apart', async () => {
    const codeOf = async (url: string, token: string, request: SignRequest): Promise<string> => {
      const sign = await signOfExample(url, token);
      return sign([request]).then(
        (signed) => `${signed.length} signed`,
        (error: { readonly code: string }) => error.code,
      );
    };
    expect(await codeOf(example.url, 'ada-token', PUT)).toBe('1 signed');
    expect(await codeOf(example.url, 'wrong', PUT)).toBe('AUTH_REQUIRED');
    expect(await codeOf(example.url, 'bob-token', PUT)).toBe('FORBIDDEN');
    expect(await codeOf('http://127.0.0.1:1/', 'ada-token', PUT)).toBe('NETWORK');
  });

  test('the gateway takes exactly what was signed, and refuses everything else', async () => {
    const signed = await signOne(PUT);
    const elsewhere = { ...signed, url: signed.url.replace('users/ada/clip/0', 'users/bob/clip/0') };
    const longer = { ...signed, url: signed.url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=9999') };
    const other = createHash('md5').update('other').digest('base64');
    const told: { [what: string]: string } = {
      'a byte more': await send(signed, new Uint8Array(1001)),
      'a byte less': await send(signed, BYTES.subarray(1)),
      'another type': await send(signed, BYTES, { 'content-type': 'text/html' }),
      'other bytes': await send(signed, BYTES.slice().reverse()),
      'other bytes with their own MD5': await send(signed, BYTES.slice().reverse(), { 'content-md5': other }),
      'another key': await send(elsewhere, BYTES),
      'a longer life': await send(longer, BYTES),
      'another method': await send({ url: signed.url, expiresMs: 0 }, undefined, {}, 'DELETE'),
    };
    const missing = await client.headObject({ Bucket: bucket, Key: PUT.key }).then(
      () => 'stored',
      (error: { readonly name: string }) => error.name,
    );
    expect(told).toEqual({
      ...{ 'a byte more': '403 SignatureDoesNotMatch', 'a byte less': '403 SignatureDoesNotMatch' },
      ...{ 'another type': '403 SignatureDoesNotMatch', 'other bytes': '400 BadDigest' },
      'other bytes with their own MD5': '403 SignatureDoesNotMatch',
      ...{ 'another key': '403 SignatureDoesNotMatch', 'a longer life': '403 SignatureDoesNotMatch' },
      'another method': '403 SignatureDoesNotMatch',
    });
    expect(missing).toBe('NotFound');
    expect(await send(await signOne(PUT), BYTES)).toBe('200');
  });

  test('a gateway that takes headers of S3 which were not signed is held by its bucket', async () => {
    const key = 'users/ada/clip/public';
    const open = async (): Promise<number> => (await fetch(`${gateway.endpoint}/${bucket}/${key}`)).status;
    // AWS refuses this; Ceph 16 takes it, and what the user smuggled in makes the object everybody's.
    expect(await send(await signOne({ ...PUT, key }), BYTES, { 'x-amz-acl': 'public-read' })).toBe('200');
    expect(await open()).toBe(200);
    await client.putPublicAccessBlock({ Bucket: bucket, PublicAccessBlockConfiguration: { IgnorePublicAcls: true } });
    expect(await open()).toBe(403);
    expect(await send(await signOne({ ...PUT, key }), BYTES)).toBe('200');
  });

  test('a replay after its end is refused by the gateway', async () => {
    const signed = await signOne({ ...PUT, key: 'users/ada/clip/late' });
    expect(await send(signed, BYTES)).toBe('200');
    await sleep(signed.expiresMs - Date.now() + 1100);
    expect(await send(signed, BYTES)).toMatch(/^403/);
  });
});
