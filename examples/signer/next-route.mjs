/** The same as a route handler of Next: this file is `app/sign/route.js` there. */
import { createSigner } from './signer.mjs';

export const POST = createSigner(process.env);
