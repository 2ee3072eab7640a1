/** The app's own server over HTTP. `POST /reels` must drop repetitions of one `Idempotency-Key`. */
import { ReelwayError } from 'reelway';
import type { Backend, FeedPage } from '../reels/host';

export function httpBackend(origin: string, send: typeof fetch = fetch): Backend {
  return {
    post: async (reel, idempotencyKey) => {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey };
      await asked(send(`${origin}/reels`, { method: 'POST', headers, body: JSON.stringify(reel) }));
    },
    feed: async (cursor) => {
      const reply = await asked(send(`${origin}/feed${cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`}`));
      return (await reply.json()) as FeedPage;
    },
  };
}

/** Codes say what the engine does: renew the sign-in, give up, or try again. */
async function asked(request: Promise<Response>): Promise<Response> {
  const reply = await request.catch((cause: unknown) => {
    throw new ReelwayError('NETWORK', { cause });
  });
  const { status } = reply;
  if (reply.ok) return reply;
  if (status === 401) throw new ReelwayError('AUTH_REQUIRED', { context: { status } });
  if (status === 429) throw new ReelwayError('THROTTLED', { context: { status } });
  if (status >= 500) throw new ReelwayError('UNAVAILABLE', { context: { status } });
  throw new ReelwayError(status === 403 ? 'FORBIDDEN' : 'REQUEST_REFUSED', { context: { status } });
}
