/** One attempt to bring one object: read, hash, put, compare, acknowledge. */
import { withBuffer } from '../../internal/index.js';
import type { AbortSignalLike, BlobBody, BlobInfo, PutOptions } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { findBrought, type Sent } from './find-sent-segment.js';
import type { Session } from './prepared-upload.js';
import { chooseBody, hashedStream, hashFor, readObject } from './segment-body.js';
import { stageObject, withStaged } from './staged-files.js';
import { isAttested } from './stored-segment.js';

/** Brings one object; resolves when its acknowledgement is durable. */
export async function sendObject(context: EngineContext, session: Session, index: number, signal: AbortSignalLike): Promise<void> {
  const object = session.pack.describe(index);
  const { algorithm } = session.upload.record.plan;
  if (await session.upload.journal.recover(index)) return;
  await session.source.recheckNowAndThen();
  const brought = await findBrought(context, session, index, signal);
  // mutation-point: send-segment
  const { hash, info } = brought ?? (await ROUTES[chooseBody(context, object)](context, session, index, signal));
  const attested = isAttested(info, object.sizeBytes, algorithm, hash);
  context.auth.accepted();
  context.assertHeld();
  // mutation-point: acknowledge-segment
  await session.upload.journal.acknowledge(index, hash, attested);
}

async function sendBytes(context: EngineContext, session: Session, index: number, signal: AbortSignalLike): Promise<Sent> {
  return withBuffer(context.pool, signal, async (buffer, forfeit) => {
    const bytes = await readObject(session, index, buffer);
    const running = hashFor(context, session);
    await running.update(bytes);
    const hash = running.digest();
    const there = await findSent(context, session, index, hash, signal);
    if (there !== undefined) return { hash, info: there };
    const options = optionsFor(session, index, hash);
    count(context, session, index);
    const body = { kind: 'bytes', sizeBytes: bytes.length, bytes } as const;
    return { hash, info: await context.requests.put(session.keyOf(index), body, options, signal, forfeit) };
  });
}

async function sendStream(context: EngineContext, session: Session, index: number, signal: AbortSignalLike): Promise<Sent> {
  return withBuffer(context.pool, signal, async (buffer, forfeit) => {
    const stream = hashedStream(context, session, index, buffer);
    const { contentType } = session.pack.describe(index);
    count(context, session, index);
    const body = { kind: 'stream', sizeBytes: stream.sizeBytes, open: stream.open } as const;
    const info = await context.requests.put(session.keyOf(index), body, { contentType }, signal, forfeit);
    return { hash: stream.digest(), info };
  });
}

async function sendFile(context: EngineContext, session: Session, index: number, signal: AbortSignalLike): Promise<Sent> {
  const { path, hash } = await withBuffer(context.pool, signal, (buffer) => stageObject(context, session, index, buffer));
  const key = session.keyOf(index);
  const { sizeBytes } = session.pack.describe(index);
  const options = optionsFor(session, index, hash);
  return withStaged(context, key, path, async (onDeaf) => {
    count(context, session, index);
    return { hash, info: await context.requests.put(key, { kind: 'file', sizeBytes, path }, options, signal, onDeaf) };
  });
}

const ROUTES: { readonly [Kind in BlobBody['kind']]: typeof sendBytes } = { bytes: sendBytes, stream: sendStream, file: sendFile };

function optionsFor(session: Session, index: number, hash: string): Pick<PutOptions, 'contentType' | 'hashes'> {
  const { algorithm } = session.upload.record.plan;
  return { contentType: session.pack.describe(index).contentType, hashes: { [algorithm]: hash } };
}

/** Where a page of the journal was damaged, what it held is looked for before it is sent again. */
async function findSent(
  context: EngineContext,
  session: Session,
  index: number,
  hash: string,
  signal: AbortSignalLike,
): Promise<BlobInfo | undefined> {
  const { journal } = session.upload;
  if (!journal.doubtful) return undefined;
  const info = await context.requests.head(session.keyOf(index), signal);
  return info?.hashes[journal.acks.algorithm] === hash ? info : undefined;
}

function count(context: EngineContext, session: Session, index: number): void {
  context.assertHeld();
  const { sizeBytes } = session.pack.describe(index);
  context.counters.bytesSent += sizeBytes;
  if (session.upload.sent.has(index)) context.counters.bytesResent += sizeBytes;
  session.upload.sent.add(index);
}
