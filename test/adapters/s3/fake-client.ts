/** A scripted client: each method answers as a test says, and every call is written down. */
import { Readable } from 'node:stream';
import { type S3BlobStoreOptions, type S3CallOptions, type S3Like, s3BlobStore } from '../../../adapters/s3/index.js';
import type { BlobBody, BlobStore } from '../../../src/ports/index.js';

export interface SdkErrorFacts {
  readonly name?: string;
  readonly message?: string;
  readonly status?: number;
  /** Of the socket. */
  readonly code?: string;
  readonly requestId?: string;
  readonly headers?: { readonly [name: string]: string };
  /** Set by the SDK after a reply whose Date differs from the device's clock. */
  readonly clockSkewCorrected?: boolean;
  /** Fields of the server's XML, which the SDK puts on the error. */
  readonly fields?: { readonly [name: string]: unknown };
}

/** An error of the shape that the SDK throws. */
export function sdkError({
  name = 'Error',
  message = 'it failed',
  status,
  code,
  requestId,
  headers = {},
  fields = {},
  clockSkewCorrected,
}: SdkErrorFacts): Error {
  const $metadata = { attempts: 1, ...(status === undefined ? {} : { httpStatusCode: status, requestId, clockSkewCorrected }) };
  const response = status === undefined ? {} : { $response: { statusCode: status, headers } };
  return Object.assign(new Error(message), { name, $metadata, ...(code === undefined ? {} : { code }), ...response, ...fields });
}

/** What a call was given, as far as tests look into it. */
export interface CallInput {
  readonly Key?: string;
  readonly IfNoneMatch?: string;
  readonly Delete?: { readonly Objects: readonly { readonly Key: string }[]; readonly Quiet: boolean };
  readonly [name: string]: unknown;
}

export interface Call {
  readonly method: string;
  readonly input: CallInput;
}

type Answer = (input: never, options: S3CallOptions) => unknown;

/** What each method does; one that is not named rejects. */
export type Script = { readonly [Method in keyof S3Like]?: Answer };

const METHODS: readonly (keyof S3Like)[] = [
  ...(['putObject', 'getObject', 'headObject', 'deleteObject', 'deleteObjects', 'listObjectsV2'] as const),
  ...(['createMultipartUpload', 'uploadPart', 'listParts', 'completeMultipartUpload', 'abortMultipartUpload'] as const),
];

export interface FakeClient {
  readonly client: S3Like;
  readonly calls: Call[];
  /** The inputs of one method's calls. */
  of(method: keyof S3Like): CallInput[];
}

export function fakeClient(script: Script): FakeClient {
  const calls: Call[] = [];
  const methods = METHODS.map((method) => [
    method,
    async (input: never, options: S3CallOptions = {}) => {
      calls.push({ method, input });
      const answer = script[method];
      if (answer === undefined) throw new TypeError(`${method} is not in the script`);
      return answer(input, options);
    },
  ]);
  return {
    client: Object.fromEntries(methods) as S3Like,
    calls,
    of: (method) => calls.filter((call) => call.method === method).map(({ input }) => input),
  };
}

/** A store over a scripted client. */
export function storeOver(script: Script, options: Partial<S3BlobStoreOptions> = {}): { store: BlobStore; fake: FakeClient } {
  const fake = fakeClient(script);
  return { fake, store: s3BlobStore({ client: fake.client, bucket: 'videos', prefix: 'app/', stream: Readable.from, ...options }) };
}

/** Rejects with this, whatever is asked. */
export function failing(facts: SdkErrorFacts): () => never {
  return () => {
    throw sdkError(facts);
  };
}

export const VIDEO = { contentType: 'video/mp4' };

export function bytesBody(bytes: Uint8Array): BlobBody {
  return { kind: 'bytes', sizeBytes: bytes.length, bytes };
}

/** All bytes of a body as the client is handed it. */
export async function sentBytes(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}
