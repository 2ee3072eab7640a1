/** The example's signer in Express, and as a route handler of Next: both sign what a real gateway takes, and refuse what they must. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { type SignRequest, type SignRequests, signedUrlBlobStore } from '../../adapters/http/index.js';
import { nodeHasher, nodeHttpTransport } from '../../adapters/node/index.js';
import { clientOf, freshBucket } from './buckets.js';
import { type RouteHandler, routeOfExample, type SignerExample, signOfExample, startSignerExample } from './signer-example.js';

const gateway = inject('gateway');
const client = clientOf(gateway);
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);
const PUT: SignRequest = { method: 'PUT', key: 'users/ada/clip/0', contentType: 'video/mp4', contentLength: 1000 };

/** A question as the app's side asks it. */
const questionOf = (requests: readonly SignRequest[], token = 'ada-token'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify({ requests }),
});

function environmentOf(bucket: string): { readonly [name: string]: string } {
  return {
    ...{ BUCKET: bucket, ENDPOINT: gateway.endpoint, TOKENS: 'ada-token=ada' },
    ...{ AWS_ACCESS_KEY_ID: gateway.accessKeyId, AWS_SECRET_ACCESS_KEY: gateway.secretAccessKey, AWS_REGION: 'us-east-1' },
  };
}

/** Puts, reads and removes a blob by the signatures of `sign`. */
async function carry(sign: SignRequests, bucket: string): Promise<void> {
  const store = signedUrlBlobStore({ sign, transport: nodeHttpTransport(), prefix: 'users/ada/' });
  const key = `clip/${randomUUID()}`;
  const hasher = nodeHasher().create('md5');
  hasher.update(BYTES);
  const hashes = { md5: hasher.digest() };
  const put = await store.put(key, { kind: 'bytes', sizeBytes: 1000, bytes: BYTES }, { contentType: 'video/mp4', hashes });
  expect(put).toMatchObject({ sizeBytes: 1000, hashes });
  const stored = await client.headObject({ Bucket: bucket, Key: `users/ada/${key}` });
  expect([stored.ContentLength, stored.ContentType]).toEqual([1000, 'video/mp4']);
  expect(await (await store.get(key, { range: { start: 10, end: 13 } })).next()).toEqual(Buffer.from([10, 11, 12]));
  await store.remove([key]);
  expect(await store.head(key)).toBeUndefined();
}

describe('in Express', () => {
  let bucket = '';
  let example: SignerExample;
  beforeAll(async () => {
    bucket = await freshBucket(client);
    example = await startSignerExample(environmentOf(bucket), 'express.mjs');
  });
  afterAll(() => example?.stop());

  test('carries a blob', async () => {
    await carry(await signOfExample(example.url, 'ada-token'), bucket);
  });

  test('answers with the signer’s own status, reason and headers', async () => {
    const ask = async (question: RequestInit): Promise<unknown> => {
      const reply = await fetch(example.url, question);
      return [reply.status, ((await reply.json()) as { readonly error: { readonly reason: string } }).error.reason];
    };
    expect(await ask({})).toEqual([405, 'The method must be POST: GET']);
    expect(await ask(questionOf([PUT], 'wrong'))).toEqual([401, 'The request is not signed in']);
    expect(await ask(questionOf([{ ...PUT, key: 'users/bob/0' }]))).toEqual([403, 'The policy does not allow this key']);
    expect(await ask({ ...questionOf([PUT]), headers: { 'content-type': 'text/plain' } })).toEqual([
      415,
      'The Content-Type must be application/json',
    ]);
    expect(await ask({ ...questionOf([]), body: 'x'.repeat(262_145) })).toEqual([413, 'The body must have at most 262144 bytes']);
    const { headers, status } = await fetch(example.url, questionOf([PUT]));
    expect([status, headers.get('cache-control'), headers.get('content-type')]).toEqual([200, 'no-store', 'application/json']);
  });
});

describe('as a route handler of Next', () => {
  let bucket = '';
  beforeAll(async () => {
    bucket = await freshBucket(client);
  });
  beforeEach(() => {
    for (const [name, value] of Object.entries(environmentOf(bucket))) vi.stubEnv(name, value);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** As Next's own `NextRequest` is: a `Request` with more on it. */
  class RoutedRequest extends Request {
    readonly cookies = new Map<string, string>();
  }

  async function post(): Promise<RouteHandler> {
    const { POST, ...others } = await routeOfExample();
    // Next refuses a route file that exports what it does not know.
    expect(Object.keys(others)).toEqual([]);
    return POST!;
  }

  test('carries a blob, called with a request and the context of a route', async () => {
    // The type that Next checks route files against, in the standard classes.
    const handler: (request: RoutedRequest, context: { readonly params: Promise<object> }) => Promise<Response> = await post();
    const sign: SignRequests = async (requests) => {
      const reply = await handler(new RoutedRequest('https://app.example/sign', questionOf(requests)), { params: Promise.resolve({}) });
      expect(reply).toBeInstanceOf(Response);
      expect(reply.status).toBe(200);
      return ((await reply.json()) as { readonly signed: Awaited<ReturnType<SignRequests>> }).signed;
    };
    await carry(sign, bucket);
  });

  test('refuses strangers', async () => {
    const handler = await post();
    expect((await handler(new RoutedRequest('https://app.example/sign', questionOf([PUT], 'wrong')))).status).toBe(401);
  });
});
