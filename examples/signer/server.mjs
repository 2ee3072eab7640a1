/**
 * A server that signs, with Hono. Start it with `BUCKET=videos TOKENS=secret=ada npm start`, and with your AWS keys in the environment; then
 * ask it:
 *
 *   curl -X POST localhost:8787/sign -H 'authorization: Bearer secret' -H 'content-type: application/json' \
 *     -d '{"requests":[{"method":"PUT","key":"users/ada/clip/0","contentType":"video/mp4","contentLength":3}]}'
 */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { createSigner } from './signer.mjs';

const { BUCKET, PORT = '8787', APP_ORIGIN } = process.env;
if (BUCKET === undefined) throw new Error('Name your bucket: BUCKET=videos npm start');

const signer = createSigner(process.env);
const app = new Hono();
// Pages of another origin must be let in by name.
if (APP_ORIGIN !== undefined) app.use('/sign', cors({ origin: APP_ORIGIN, allowMethods: ['POST'] }));
app.all('/sign', (context) => signer(context.req.raw));

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) => {
  console.log(`Signing for ${BUCKET} at http://127.0.0.1:${port}/sign`);
});
