/** Requests that the backend has signed; one that is refused for its signature is signed anew, once. */

import { assertBlobKey, assertSameOrigin, isSuccess, replyError, throwIfAborted } from '../../src/adapter-kit/index.js';
import { isReelwayError, ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpStreamReply, HttpTransport } from '../../src/ports/index.js';
import type { SignedRequest, SignRequest } from './signature-cache.js';
import type { Signer } from './signing.js';

/** What is sent beside the signature. */
export interface Exchange {
  readonly headers: { readonly [name: string]: string };
  readonly body?: BlobBody | undefined;
  readonly signal?: AbortSignalLike | undefined;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** Signs and sends one request; resolves for 2xx, rejects with what any other status means. */
export type SignedExchange = (request: SignRequest, exchange: Exchange) => Promise<HttpStreamReply>;

/** Sends by `transport` what `signer` signs. */
export function signedExchange(signer: Signer, transport: HttpTransport, wallMs: () => number): SignedExchange {
  const sendOnce = async (request: SignRequest, signed: SignedRequest, exchange: Exchange): Promise<HttpStreamReply> => {
    const reply = await transport.send(httpRequest(request, signed, exchange));
    try {
      assertSameOrigin(reply, signed.url, { key: request.key });
    } catch (error) {
      await reply.body.close();
      throw error;
    }
    if (!isSuccess(reply)) throw await replyError(reply, wallMs(), { key: request.key });
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

/** Servers tell an expired signature by 403, an expired token by 400 or 401. */
function isSignatureRefused(error: unknown): boolean {
  return isReelwayError(error) && (error.code === 'AUTH_REQUIRED' || error.code === 'FORBIDDEN');
}

/** Not the user's rights but the line is at fault: another attempt may come through in time. */
function cameTooLate(key: string): ReelwayError {
  return new ReelwayError('TIMEOUT', { message: 'The signature ended before the request was through.', context: { key } });
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

/** The backend's headers win, whatever the case of their names; how long a body is the transport knows best. */
function joined(
  ours: { readonly [name: string]: string },
  theirs: { readonly [name: string]: string },
): { readonly [name: string]: string } {
  const all: { [name: string]: string } = {};
  for (const [name, value] of [...Object.entries(ours), ...Object.entries(theirs)]) all[name.toLowerCase()] = value;
  const { 'content-length': _length, host: _host, ...rest } = all;
  return rest;
}
