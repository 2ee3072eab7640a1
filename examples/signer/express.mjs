/** The same with Express: `BUCKET=videos TOKENS=secret=ada npm run start:express`. */
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { createSigner } from './signer.mjs';

const { BUCKET, PORT = '8787' } = process.env;
if (BUCKET === undefined) throw new Error('Name your bucket: BUCKET=videos npm run start:express');

const app = express();
// Ahead of body parsers: the signer reads the body itself, and no further than its cap.
app.all('/sign', getRequestListener(createSigner(process.env), { overrideGlobalObjects: false }));
app.use(express.json());

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Signing for ${BUCKET} at http://127.0.0.1:${server.address().port}/sign`);
});
