/** What may be signed for whom; every server of this folder serves this one handler. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { s3Signer } from 'reelway/s3-signer';
import { createPresigner } from './presign.mjs';

/** A handler `(request: Request) => Promise<Response>`, set up by environment variables. */
export function createSigner({ BUCKET, ENDPOINT, TOKENS = '', EXPIRES_SECONDS = '900' }) {
  const userOf = createUsers(TOKENS);
  return s3Signer({
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
}

/** Your own session or token goes here; this one knows fixed tokens, compared without telling how much of them was right. */
function createUsers(tokens) {
  const digest = (text) => createHash('sha256').update(text).digest();
  const users = tokens.split(',').map((pair) => {
    const [token = '', user = ''] = pair.split('=');
    return { digest: digest(`Bearer ${token}`), user };
  });
  return (request) => {
    const given = digest(request.headers.get('authorization') ?? '');
    return users.find((one) => one.user !== '' && timingSafeEqual(one.digest, given))?.user;
  };
}
