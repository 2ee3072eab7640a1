/** The app's side: asks the server for signatures, and says in Reelway's words what went wrong. */
import { ReelwayError } from 'reelway';

/** A `sign` for `signedUrlBlobStore`. `url` is the signer's, `token()` gives the user's current one. */
export function createSign({ url, token }) {
  return async (requests) => {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await token()}` },
      body: JSON.stringify({ requests }),
      // The store gives a question up after as long, and its connection should end, too.
      signal: AbortSignal.timeout(30_000),
    }).catch(() => {
      // Without this, a lost connection would count as a lost session.
      throw new ReelwayError('NETWORK');
    });
    if (reply.status >= 500) throw new ReelwayError('UNAVAILABLE');
    if (reply.status === 401) throw new ReelwayError('AUTH_REQUIRED');
    if (!reply.ok) throw new ReelwayError('FORBIDDEN', { context: { status: reply.status } });
    return (await reply.json()).signed;
  };
}
