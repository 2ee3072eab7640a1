/** The seam between stores that speak HTTP and hosts that do; engines never see it. */
import type { BlobBody } from './blob.js';
import type { AbortSignalLike, PieceReader } from './common.js';

/** One request. */
export interface HttpRequest {
  /** Stable across launches: the blob's key. */
  readonly id: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: BlobBody;
  readonly signal?: AbortSignalLike;
  /** As `PutOptions.onProgress`. */
  readonly onProgress?: (sentBytes: number) => void;
}

/** The head of a reply. */
export interface HttpReply {
  /** As in RFC 9110, 200 to 599; a transport has dealt with 1xx. */
  readonly status: number;
  /** After redirects. */
  readonly url: string;
  /** By name in any case. */
  header(name: string): string | undefined;
}

/** A reply whose body is read in pieces. */
export interface HttpStreamReply extends HttpReply {
  readonly body: PieceReader;
}

/** Sends requests. */
export interface HttpTransport {
  readonly accepts: readonly BlobBody['kind'][];
  /** False (XHR): a reply lies in memory whole, so stores ask for ranges of ≤ 524,288 bytes. */
  readonly streamsReplies: boolean;
  /** Resolves for any status. Callers check the origin of the final `url`: XHR cannot refuse redirects. @throws {ReelwayError} NETWORK, TIMEOUT */
  send(request: HttpRequest): Promise<HttpStreamReply>;
  /** The reply's body goes to a native path; outside 2xx there is nothing to trust there. */
  download?(request: HttpRequest, path: string): Promise<HttpReply>;
  /** As `BlobStore.pending`: `id`s that the OS still carries. */
  pending?(): Promise<string[]>;
}
