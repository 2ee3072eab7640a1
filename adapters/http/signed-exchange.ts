/** Sends signed requests. A request whose signature the server refuses is signed again, once. */

import { assertBlobKey, assertSameOrigin, assertStoreReply, isSuccess, replyError, throwIfAborted } from '../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpStreamReply, HttpTransport } from '../../src/ports/index.js';
import type { SignedRequest, SignRequest } from './signature-cache.js';
import type { Signer } from './signing.js';

/** Parts of a request that the signature does not determine. */
export interface Exchange {
  readonly headers: { readonly [name: string]: string };
  readonly body?: BlobBody | undefined;
  readonly signal?: AbortSignalLike | undefined;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** Signs and sends one request; resolves for 2xx, rejects with the error of any other status. */
export type SignedExchange = (request: SignRequest, exchange: Exchange) => Promise<HttpStreamReply>;

export function signedExchange(signer: Signer, transport: HttpTransport, wallMs: () => number): SignedExchange {
  const sendOnce = async (request: SignRequest, signed: SignedRequest, exchange: Exchange): Promise<HttpStreamReply> => {
    const reply = await transport.send(httpRequest(request, signed, exchange));
    try {
      assertSameOrigin(reply, signed.url, { key: request.key });
    } catch (error) {
      await reply.body.close();
      throw error;
    }
    if (!isSuccess(reply)) throw await replyError(reply, wallMs(), { key: request.key }, request.method);
    await assertStoreReply(reply, { key: request.key });
    return reply;
  };
  return async (request, exchange) => {
    assertBlobKey(request.key);
    const signed = await signer.signed(request, exchange.signal);
    try {
      return await sendOnce(request, signed, exchange);
    } catch (error) {
      if (!isSignatureRefused(error)) throw error;
      signer.drop(signed);
      const renewed = await signer.signed(request, exchange.signal);
      return sendOnce(request, renewed, exchange).catch((second: unknown) => {
        throw isSignatureRefused(second) && wallMs() >= renewed.expiresMs ? cameTooLate(request.key) : second;
      });
    }
  };
}

/** Servers answer an expired signature with 403, an expired token with 400 or 401. */
function isSignatureRefused(error: unknown): boolean {
  return isReelwayError(error) && (error.code === 'AUTH_REQUIRED' || error.code === 'FORBIDDEN');
}

/** The connection was too slow, not the user's rights too few: another attempt may arrive in time. */
function cameTooLate(key: string): ReelwayError {
  return new ReelwayError('TIMEOUT', { message: 'The signature expired before the server received the request', context: { key } });
}

function httpRequest(request: SignRequest, signed: SignedRequest, { headers, body, signal, onProgress }: Exchange): HttpRequest {
  throwIfAborted(signal);
  const md5 = request.contentMd5 === undefined ? {} : { 'content-md5': request.contentMd5 };
  return {
    id: request.key,
    method: request.method,
    url: signed.url,
    headers: joined({ ...headers, ...md5 }, signed.headers ?? {}),
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

/** The backend's headers win, in any case of their names. Length and host are left to the transport. */
function joined(
  ours: { readonly [name: string]: string },
  theirs: { readonly [name: string]: string },
): { readonly [name: string]: string } {
  const all: { [name: string]: string } = {};
  for (const [name, value] of [...Object.entries(ours), ...Object.entries(theirs)]) all[name.toLowerCase()] = value;
  const { 'content-length': _length, host: _host, ...rest } = all;
  return rest;
}
