/**
 * A server that signs. Start it with `BUCKET=videos TOKENS=secret=ada npm start`, and with your AWS keys in the environment; then ask it:
 *
 *   curl -X POST localhost:8787/sign -H 'authorization: Bearer secret' -H 'content-type: application/json' \
 *     -d '{"requests":[{"method":"PUT","key":"users/ada/clip/0","contentType":"video/mp4","contentLength":3}]}'
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { s3Signer } from 'reelway/s3-signer';
import { createPresigner } from './presign.mjs';

const { BUCKET, ENDPOINT, PORT = '8787', TOKENS = '', APP_ORIGIN, EXPIRES_SECONDS = '900' } = process.env;
if (BUCKET === undefined) throw new Error('Name your bucket: BUCKET=videos npm start');

const digest = (text) => createHash('sha256').update(text).digest();
const users = TOKENS.split(',').map((pair) => {
  const [token = '', user = ''] = pair.split('=');
  return { digest: digest(`Bearer ${token}`), user };
});

/** Your own session or token goes here; this one knows fixed tokens, compared without telling how much of them was right. */
function userOf(request) {
  const given = digest(request.headers.get('authorization') ?? '');
  return users.find((one) => one.user !== '' && timingSafeEqual(one.digest, given))?.user;
}

const signer = s3Signer({
  presign: createPresigner({ bucket: BUCKET, endpoint: ENDPOINT, forcePathStyle: ENDPOINT !== undefined }),
  policyFor: async (request) => {
    const user = userOf(request);
    if (user === undefined) return undefined;
    return {
      prefix: `users/${user}/`,
      readPrefix: 'users/',
      methods: ['GET', 'HEAD', 'PUT', 'DELETE'],
      maxBytes: 8 * 1024 * 1024,
      contentTypes: ['video/*', 'application/json', 'application/octet-stream'],
      expiresSeconds: Number(EXPIRES_SECONDS),
    };
  },
});

const app = new Hono();
// Pages of another origin must be let in by name.
if (APP_ORIGIN !== undefined) app.use('/sign', cors({ origin: APP_ORIGIN, allowMethods: ['POST'] }));
app.all('/sign', (context) => signer(context.req.raw));

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) => {
  console.log(`Signing for ${BUCKET} at http://127.0.0.1:${port}/sign`);
});
