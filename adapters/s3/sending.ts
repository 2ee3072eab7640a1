/** Sends one body by one call of the client: a whole object or a part. */

import { throwIfAborted } from '../../src/adapter-kit/index.js';
import type { Hashes } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, BlobBody } from '../../src/ports/index.js';
import { base64OfHex, type S3StreamMaker, type SdkBody, sdkBody } from './bodies.js';
import { callError, followSignal } from './calls.js';
import type { S3CallOptions, S3ObjectOutput } from './client.js';
import { attestedHashes, differs } from './headers.js';

export interface Sending {
  readonly key: string;
  readonly body: BlobBody;
  readonly stream: S3StreamMaker | undefined;
  readonly hashes: Hashes | undefined;
  readonly signal: AbortSignalLike | undefined;
  readonly onProgress: ((sentBytes: number) => void) | undefined;
  /** Asked if the ETag differs from the MD5: whether the stored bytes are right all the same. @default they are not */
  readonly isStored?: () => Promise<boolean>;
}

export interface SentBody {
  readonly Body: never;
  /** Bytes, ≥ 0. */
  readonly ContentLength: number;
  readonly ContentMD5?: string;
}

/** The server's reply, and the hashes that it attests. */
export interface SentReply {
  readonly reply: S3ObjectOutput;
  readonly hashes: Hashes;
}

/** Sends a body by `run`; settles when the body is no longer read. */
export async function sendBody(
  sending: Sending,
  run: (sent: SentBody, options: S3CallOptions) => Promise<S3ObjectOutput>,
): Promise<SentReply> {
  const { body, signal, hashes, key } = sending;
  throwIfAborted(signal);
  const following = followSignal(signal);
  const sent = sdkBody(body, sending.stream, following.abort, sending.onProgress);
  try {
    const md5 = hashes?.md5 === undefined ? {} : { ContentMD5: base64OfHex(hashes.md5) };
    const reply = await run({ Body: sent.body, ContentLength: body.sizeBytes, ...md5 }, { abortSignal: following.signal });
    await finish(sent);
    sending.onProgress?.(body.sizeBytes);
    if (!differs(reply, hashes)) return { reply, hashes: attestedHashes(reply, hashes) };
    if ((await sending.isStored?.()) !== true) throw otherBytes(key);
    return { reply, hashes: {} };
  } catch (error) {
    throw sendError(error, sent, signal, key);
  } finally {
    following.forget();
    await sent.settle();
  }
}

/** A server that replies before a stream's last piece must not turn the stream's failure into a success. */
async function finish(sent: SdkBody): Promise<void> {
  const failure = sent.failure();
  if (failure !== undefined) throw failure.error;
  await sent.finish();
}

/** An abort has priority; then the error of the body, since it ended the call. */
function sendError(error: unknown, sent: SdkBody, signal: AbortSignalLike | undefined, key: string): unknown {
  const failure = signal?.aborted === true ? undefined : sent.failure();
  return failure === undefined ? callError(error, signal, { key }) : failure.error;
}

function otherBytes(key: string): ReelwayError {
  return new ReelwayError('BLOB_CORRUPT', {
    message: 'The ETag of the stored object differs from the MD5 of the sent bytes',
    context: { key },
  });
}
