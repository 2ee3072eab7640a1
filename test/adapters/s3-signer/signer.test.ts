/** What the signer signs, and all that it refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PresignRequest, type SignPolicy, s3Signer } from '../../../adapters/s3-signer/index.js';

const POLICY: SignPolicy = { prefix: 'users/42/', readPrefix: 'users/', maxBytes: 524_288, contentTypes: ['video/*', 'application/json'] };
const PUT = { method: 'PUT', key: 'users/42/clip/0', contentType: 'video/mp4', contentLength: 524_288 };

interface Answer {
  readonly status: number;
  readonly body: {
    readonly signed?: readonly { url: string; headers: object; expiresMs: number }[];
    readonly error?: { readonly reason: string; readonly index?: number };
  };
  readonly presigned: readonly PresignRequest[];
}

async function ask(body: unknown, init: RequestInit = {}, policy: SignPolicy | undefined = POLICY, nowMs = 1_000_000): Promise<Answer> {
  const presigned: PresignRequest[] = [];
  const handler = s3Signer({
    policyFor: async () => policy,
    presign: async (request) => {
      presigned.push(request);
      return { url: `https://bucket.example/${request.key}?signature=x` };
    },
    maxRequests: 3,
    wallMs: () => nowMs,
  });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = new Request('https://api.example/sign', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: init.method === 'GET' ? null : text,
    ...init,
  });
  const response = await handler(request);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return { status: response.status, body: (await response.json()) as Answer['body'], presigned };
}

describe('what is allowed', () => {
  it('is signed in the order in which it was asked, with its end', async () => {
    const requests = [PUT, { method: 'GET', key: 'users/7/clip/manifest.json' }, { method: 'HEAD', key: 'users/42/clip/0' }];
    const { status, body, presigned } = await ask({ requests });
    expect(status).toBe(200);
    expect(body.signed?.map(({ url }) => new URL(url).pathname)).toEqual([
      '/users/42/clip/0',
      '/users/7/clip/manifest.json',
      '/users/42/clip/0',
    ]);
    expect(body.signed?.every(({ expiresMs }) => expiresMs === 1_000_000 + 900_000)).toBe(true);
    expect(presigned[0]).toEqual({ ...PUT, expiresSeconds: 900 });
    expect(presigned[1]).toEqual({ method: 'GET', key: 'users/7/clip/manifest.json', expiresSeconds: 900 });
  });

  it('ends by the second in which it was signed, as signatures do', async () => {
    const { body } = await ask({ requests: [PUT] }, {}, { ...POLICY, expiresSeconds: 2 }, 1_000_999);
    expect(body.signed?.map(({ expiresMs }) => expiresMs)).toEqual([1_002_000]);
  });

  it('may be nothing', async () => {
    expect(await ask({ requests: [] })).toMatchObject({ status: 200, body: { signed: [] } });
  });

  it('hands the MD5 on, to be bound by the signature', async () => {
    const contentMd5 = '1B2M2Y8AsgTpgAmY7PhCfg==';
    const { presigned } = await ask({ requests: [{ ...PUT, contentMd5 }] }, {}, { ...POLICY, requireMd5: true });
    expect(presigned).toEqual([{ ...PUT, contentMd5, expiresSeconds: 900 }]);
  });
});

const REFUSED: readonly (readonly [name: string, request: unknown, status: number, reason: RegExp])[] = [
  ["another's prefix to write", { ...PUT, key: 'users/7/clip/0' }, 403, /does not allow this key/],
  ['outside what may be read', { method: 'GET', key: 'backups/db' }, 403, /does not allow this key/],
  ['the prefix as the beginning of a name', { ...PUT, key: 'users/42evil/clip' }, 403, /does not allow this key/],
  ['the prefix itself', { ...PUT, key: 'users/42/' }, 400, /key/],
  ['dots that climb', { ...PUT, key: 'users/42/../7/clip' }, 400, /key/],
  ['encoded dots', { ...PUT, key: 'users/42/%2e%2e/7/clip' }, 400, /key/],
  ['dots encoded twice', { ...PUT, key: 'users/42/%252e%252e/7/clip' }, 400, /key/],
  ['an encoded slash', { ...PUT, key: 'users/42/..%2f7/clip' }, 400, /key/],
  ['a backslash', { ...PUT, key: 'users/42/..\\7\\clip' }, 400, /key/],
  ['an empty name', { ...PUT, key: 'users/42//clip' }, 400, /key/],
  ['a leading slash', { ...PUT, key: '/users/42/clip' }, 400, /key/],
  ['a query', { ...PUT, key: 'users/42/clip?acl' }, 400, /key/],
  ['a NUL', { ...PUT, key: 'users/42/clip\0' }, 400, /key/],
  ['a line break', { ...PUT, key: 'users/42/clip\r\nx-amz-acl: public-read' }, 400, /key/],
  ['letters beyond ASCII', { ...PUT, key: 'users/42/vidéo' }, 400, /key/],
  ['a key that is too long', { ...PUT, key: `users/42/${'a'.repeat(600)}` }, 400, /key/],
  ['no key', { method: 'GET' }, 400, /key/],
  ['a key that is no text', { ...PUT, key: ['users/42/a'] }, 400, /key/],
  ['one byte too many', { ...PUT, contentLength: 524_289 }, 413, /at most 524288/],
  ['a negative length', { ...PUT, contentLength: -1 }, 400, /contentLength/],
  ['a broken length', { ...PUT, contentLength: 1.5 }, 400, /contentLength/],
  ['a length as text', { ...PUT, contentLength: '12' }, 400, /contentLength/],
  ['no length', { method: 'PUT', key: PUT.key, contentType: 'video/mp4' }, 400, /contentLength/],
  ['a method that the policy leaves out', { method: 'DELETE', key: PUT.key }, 403, /DELETE/],
  ['a method that nobody knows', { ...PUT, method: 'COPY' }, 400, /method/],
  ['a method in small letters', { ...PUT, method: 'put' }, 400, /method/],
  ['a type that the policy leaves out', { ...PUT, contentType: 'text/html' }, 403, /contentType/],
  ['a type that only begins like one', { ...PUT, contentType: 'video/mp4\r\nx-amz-acl: public-read' }, 400, /contentType/],
  ['a type with parameters', { ...PUT, contentType: 'video/mp4; charset=x' }, 400, /contentType/],
  ['no type', { method: 'PUT', key: PUT.key, contentLength: 1 }, 400, /contentType/],
  ['an MD5 with a header behind it', { ...PUT, contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==\r\nx: y' }, 400, /MD5/],
  ['an MD5 of the wrong length', { ...PUT, contentMd5: 'AAAA' }, 400, /MD5/],
  ['headers of its own', { ...PUT, headers: { 'x-amz-acl': 'public-read' } }, 400, /Unknown field of a request: "headers"/],
  ['an expiry of its own', { ...PUT, expiresSeconds: 604_800 }, 400, /Unknown field/],
  ['a body on a GET', { ...PUT, method: 'GET' }, 400, /Only a PUT/],
  ['a list', [PUT], 400, /object/],
  ['null', null, 400, /object/],
  ['text', 'PUT', 400, /object/],
];

describe('what is refused', () => {
  it.each(REFUSED)('%s', async (_name, request, status, reason) => {
    const answer = await ask({ requests: [PUT, request] });
    expect(answer.status).toBe(status);
    expect(answer.body.error?.reason).toMatch(reason);
    expect(answer.body.error?.index).toBe(1);
    expect(answer.presigned).toEqual([]);
  });

  it.each([
    ['GET', { method: 'GET' }, 405],
    ['PUT', { method: 'PUT' }, 405],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ] as const)('asking by %s', async (_name, init, status) => {
    expect((await ask({ requests: [] }, init)).status).toBe(status);
  });

  it.each([
    ['no JSON', '{', 400],
    ['a bare list', '[]', 400],
    ['another word', '{"request":[]}', 400],
    ['a further word', '{"requests":[],"x":1}', 400],
    ['no list', '{"requests":{}}', 400],
    ['nothing', '', 400],
    ['too many', JSON.stringify({ requests: [PUT, PUT, PUT, PUT] }), 413],
    ['too much', JSON.stringify({ requests: ['x'.repeat(300_000)] }), 413],
  ])('a question of %s', async (_name, text, status) => {
    const answer = await ask(text);
    expect(answer.status).toBe(status);
    expect(answer.presigned).toEqual([]);
  });

  it('strangers', async () => {
    const handler = s3Signer({ policyFor: async () => undefined, presign: async () => ({ url: 'https://never.example' }) });
    const headers = { 'content-type': 'application/json' };
    const response = await handler(new Request('https://api.example/sign', { method: 'POST', headers, body: '{"requests":[]}' }));
    expect(response.status).toBe(401);
  });

  it('a PUT without an MD5 where one is wanted', async () => {
    expect((await ask({ requests: [PUT] }, {}, { ...POLICY, requireMd5: true })).status).toBe(403);
  });

  it.each([
    { prefix: 'users/42' },
    { prefix: '/' },
    { prefix: '../' },
    { prefix: 'a//' },
    { prefix: 'a/', readPrefix: '' },
    { prefix: 'a/', maxBytes: 0 },
    { prefix: 'a/', maxBytes: Number.POSITIVE_INFINITY },
    { prefix: 'a/', expiresSeconds: 604_801 },
    { prefix: 'a/', expiresSeconds: 0.5 },
  ])('a policy that would not hold: %j', async (policy) => {
    await expect(ask({ requests: [] }, {}, policy)).rejects.toThrow(TypeError);
  });
});

describe('whatever is asked', () => {
  const piece = fc.constantFrom('users', '42', '7', '..', '.', '%2e%2e', '%2f', '\\', '', 'clip', '\r\n', '\0', '?', '#', 'é', ' ');
  const key = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('/')),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  const request = fc.record(
    {
      method: fc.oneof(fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE'), fc.string()),
      key: fc.oneof(
        key,
        key.map((rest) => `users/42/${rest}`),
        fc.anything(),
      ),
      contentType: fc.oneof(fc.constantFrom('video/mp4', 'text/html', 'video/mp4\r\nx: y'), fc.anything()),
      contentLength: fc.oneof(fc.integer(), fc.double(), fc.anything()),
      contentMd5: fc.oneof(fc.base64String(), fc.anything()),
    },
    { requiredKeys: [] },
  );

  it('is signed inside the policy, or refused with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (one) => {
        const { status, body, presigned } = await ask({ requests: [one] });
        if (status !== 200) {
          expect([400, 403, 413]).toContain(status);
          expect(body.error?.reason).toMatch(/\w/);
          expect(presigned).toEqual([]);
          return;
        }
        const signed = presigned[0];
        const prefix = signed?.method === 'PUT' ? 'users/42/' : 'users/';
        expect(['GET', 'HEAD', 'PUT']).toContain(signed?.method);
        expect(signed?.key.startsWith(prefix)).toBe(true);
        expect(new URL(`https://bucket.example/${signed?.key}`).pathname).toBe(`/${signed?.key}`);
        expect(signed?.contentLength ?? 0).toBeLessThanOrEqual(524_288);
        expect(signed?.contentType ?? 'video/x').toMatch(/^(video\/[^\s;]+|application\/json)$/);
      }),
      { seed: 42, numRuns: 1000 },
    );
  });
});
