/** Requests that the backend has signed; one that is refused for its signature is signed anew, once. */
import { assertBlobKey } from '../../src/internal/adapter-kit/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpStreamReply, HttpTransport } from '../../src/ports/index.js';
import { assertSameOrigin } from './reading.js';
import type { SignedRequest, Signer, SignRequest } from './signing.js';

/** What is sent beside the signature. */
export interface Exchange {
  readonly headers: { readonly [name: string]: string };
  readonly body?: BlobBody | undefined;
  readonly signal?: AbortSignalLike | undefined;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** Signs and sends one request. */
export type SignedExchange = (request: SignRequest, exchange: Exchange) => Promise<HttpStreamReply>;

/** Sends by `transport` what `signer` signs. */
export function signedExchange(signer: Signer, transport: HttpTransport): SignedExchange {
  const sendOnce = async (request: SignRequest, signed: SignedRequest, exchange: Exchange): Promise<HttpStreamReply> => {
    const md5 = request.contentMd5 === undefined ? {} : { 'content-md5': request.contentMd5 };
    const reply = await transport.send(
      httpRequest(request, signed, { ...exchange, headers: { ...exchange.headers, ...md5, ...signed.headers } }),
    );
    try {
      assertSameOrigin(reply, signed.url, { key: request.key });
      return reply;
    } catch (error) {
      await reply.body.close();
      throw error;
    }
  };
  return async (request, exchange) => {
    assertBlobKey(request.key);
    const signed = await signer.signed(request);
    const reply = await sendOnce(request, signed, exchange);
    if (reply.status !== 401 && reply.status !== 403) return reply;
    await reply.body.close();
    signer.drop(signed);
    return sendOnce(request, await signer.signed(request), exchange);
  };
}

function httpRequest({ method, key }: SignRequest, { url }: SignedRequest, { headers, body, signal, onProgress }: Exchange): HttpRequest {
  return {
    id: key,
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}
