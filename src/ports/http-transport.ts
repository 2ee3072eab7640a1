/** HTTP of the host, for stores over HTTP. Engines do not use it. */
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
  /** As in RFC 9110, 200 to 599; a transport handles 1xx itself. */
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
  /** False (XHR): a whole reply is in memory, so stores request ranges of ≤ 524,288 bytes. */
  readonly streamsReplies: boolean;
  /** Resolves for any status. Callers check the origin of the final `url`: XHR cannot refuse redirects. @throws {ReelwayError} NETWORK, TIMEOUT */
  send(request: HttpRequest): Promise<HttpStreamReply>;
  /** Writes the reply's body to a native path; outside 2xx the file there is not to be trusted. */
  download?(request: HttpRequest, path: string): Promise<HttpReply>;
  /** As `BlobStore.pending`: `id`s that the OS still uploads. */
  pending?(): Promise<string[]>;
}
