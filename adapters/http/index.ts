/** `reelway/http`: buckets behind signed addresses, and videos on any CDN. */
export { type FetchReply, type FetchTransportOptions, fetchTransport } from './fetch-transport.js';
export { type HttpBlobSourceOptions, httpBlobSource } from './http-blob-source.js';
export type { SignedRequest, SignRequest } from './signature-cache.js';
export { type SignedUrlBlobStoreOptions, signedUrlBlobStore } from './signed-url-blob-store.js';
export type { SignRequests } from './signing.js';
export { type XhrLike, type XhrTransportOptions, xhrTransport } from './xhr-transport.js';
