/** One attempt to bring one object: read, hash, put, compare, acknowledge. */
import type { HashAlgorithm } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import type { AbortSignalLike, BlobInfo } from '../ports/index.js';
import type { EngineContext } from './context.js';
import { chooseBody, hashedStream, hashFor, readObject } from './object-body.js';
import type { Session } from './session.js';

/** Brings one object; resolves when its acknowledgement is durable. */
export async function sendObject(context: EngineContext, session: Session, index: number, signal: AbortSignalLike): Promise<void> {
  const object = session.pack.describe(index);
  const { algorithm } = session.upload.record.plan;
  const route = chooseBody(context.settings.blobStore, object) === 'bytes' ? sendBytes : sendStream;
  const { hash, info } = await route(context, session, index, signal);
  const attested = isAttested(info, object.sizeBytes, algorithm, hash);
  context.auth.accepted();
  context.assertHeld();
  await session.upload.journal.acknowledge(index, hash, attested);
}

/**
 * Whether the store attests what was sent.
 * @throws {ReelwayError} BLOB_CORRUPT where it attests something else
 */
export function isAttested(info: BlobInfo, sizeBytes: number, algorithm: HashAlgorithm, hash: string): boolean {
  const found = info.hashes[algorithm];
  if (found === hash && (info.sizeBytes ?? sizeBytes) === sizeBytes) return true;
  if (found === undefined && (info.sizeBytes ?? sizeBytes) === sizeBytes) return false;
  throw new ReelwayError('BLOB_CORRUPT', {
    message: `The store holds other bytes under ${info.key} than were sent`,
    context: { key: info.key },
  });
}

interface Sent {
  readonly hash: string;
  readonly info: BlobInfo;
}

async function sendBytes(context: EngineContext, session: Session, index: number, signal: AbortSignalLike): Promise<Sent> {
  const { algorithm } = session.upload.record.plan;
  return withBuffer(context, signal, async (buffer, forfeit) => {
    const bytes = await readObject(session, index, buffer);
    const running = hashFor(context, session);
    await running.update(bytes);
    const hash = running.digest();
    const { contentType } = session.pack.describe(index);
    count(context, session, index, bytes.length);
    const body = { kind: 'bytes', sizeBytes: bytes.length, bytes } as const;
    const info = await context.requests.put(session.keyOf(index), body, { contentType, hashes: { [algorithm]: hash } }, signal, forfeit);
    return { hash, info };
  });
}

async function sendStream(context: EngineContext, session: Session, index: number, signal: AbortSignalLike): Promise<Sent> {
  return withBuffer(context, signal, async (buffer, forfeit) => {
    const stream = hashedStream(context, session, index, buffer);
    const { contentType } = session.pack.describe(index);
    count(context, session, index, stream.body.sizeBytes);
    const info = await context.requests.put(session.keyOf(index), stream.body, { contentType }, signal, forfeit);
    return { hash: stream.digest(), info };
  });
}

/** Lends a buffer of the pool; one that may still be read by somebody never comes back. */
export async function withBuffer<T>(
  context: EngineContext,
  signal: AbortSignalLike,
  use: (buffer: Uint8Array, forfeit: () => void) => Promise<T>,
): Promise<T> {
  const buffer = await context.pool.acquire(signal);
  let isForfeited = false;
  try {
    return await use(buffer, () => {
      isForfeited = true;
    });
  } finally {
    if (isForfeited) context.pool.forfeit(buffer);
    else context.pool.release(buffer);
  }
}

function count(context: EngineContext, session: Session, index: number, sizeBytes: number): void {
  context.assertHeld();
  context.counters.bytesSent += sizeBytes;
  if (session.upload.sent.has(index)) context.counters.bytesResent += sizeBytes;
  session.upload.sent.add(index);
}
