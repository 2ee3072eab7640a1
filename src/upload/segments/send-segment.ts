/** One attempt to bring one object: read, hash, put, compare, acknowledge. */
import { withBuffer } from '../../internal/index.js';
import type { AbortSignalLike, BlobBody, BlobInfo, PutOptions } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { findAlreadySent, type Sent } from './find-sent-segment.js';
import type { PreparedUpload } from './prepared-upload.js';
import { chooseBody, hashedStream, hashFor, readObject } from './segment-body.js';
import { stageObject, withStaged } from './staged-files.js';
import { isAttested } from './stored-segment.js';

/** Brings one object; resolves when its acknowledgement is durable. */
export async function sendObject(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<void> {
  const object = prepared.pack.describe(index);
  const { algorithm } = prepared.upload.record.plan;
  if (await prepared.upload.journal.recover(index)) return;
  await prepared.source.recheckNowAndThen();
  const alreadySent = await findAlreadySent(context, prepared, index, signal);
  // mutation-point: send-segment
  const { hash, info } = alreadySent ?? (await ROUTES[chooseBody(context, object)](context, prepared, index, signal));
  const attested = isAttested(info, object.sizeBytes, algorithm, hash);
  context.credentials.accepted();
  context.assertLockHeld();
  // mutation-point: acknowledge-segment
  await prepared.upload.journal.acknowledge(index, hash, attested);
}

async function sendBytes(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<Sent> {
  return withBuffer(context.pool, signal, async (buffer, discard) => {
    const bytes = await readObject(prepared, index, buffer);
    const running = hashFor(context, prepared);
    await running.update(bytes);
    const hash = running.digest();
    const there = await findSent(context, prepared, index, hash, signal);
    if (there !== undefined) return { hash, info: there };
    const options = optionsFor(prepared, index, hash);
    count(context, prepared, index);
    const body = { kind: 'bytes', sizeBytes: bytes.length, bytes } as const;
    return { hash, info: await context.store.put(prepared.keyOf(index), body, options, signal, discard) };
  });
}

async function sendStream(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<Sent> {
  return withBuffer(context.pool, signal, async (buffer, discard) => {
    const stream = hashedStream(context, prepared, index, buffer);
    const { contentType } = prepared.pack.describe(index);
    count(context, prepared, index);
    const body = { kind: 'stream', sizeBytes: stream.sizeBytes, open: stream.open } as const;
    const info = await context.store.put(prepared.keyOf(index), body, { contentType }, signal, discard);
    return { hash: stream.digest(), info };
  });
}

async function sendFile(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<Sent> {
  const { path, hash } = await withBuffer(context.pool, signal, (buffer) => stageObject(context, prepared, index, buffer));
  const key = prepared.keyOf(index);
  const { sizeBytes } = prepared.pack.describe(index);
  const options = optionsFor(prepared, index, hash);
  return withStaged(context, key, path, async (onUnresponsive) => {
    count(context, prepared, index);
    return { hash, info: await context.store.put(key, { kind: 'file', sizeBytes, path }, options, signal, onUnresponsive) };
  });
}

const ROUTES: { readonly [Kind in BlobBody['kind']]: typeof sendBytes } = { bytes: sendBytes, stream: sendStream, file: sendFile };

function optionsFor(prepared: PreparedUpload, index: number, hash: string): Pick<PutOptions, 'contentType' | 'hashes'> {
  const { algorithm } = prepared.upload.record.plan;
  return { contentType: prepared.pack.describe(index).contentType, hashes: { [algorithm]: hash } };
}

/** Where a page of the journal was damaged, what it held is looked for before it is sent again. */
async function findSent(
  context: EngineContext,
  prepared: PreparedUpload,
  index: number,
  hash: string,
  signal: AbortSignalLike,
): Promise<BlobInfo | undefined> {
  const { journal } = prepared.upload;
  if (!journal.hasDamagedPage) return undefined;
  const info = await context.store.head(prepared.keyOf(index), signal);
  return info?.hashes[journal.acks.algorithm] === hash ? info : undefined;
}

function count(context: EngineContext, prepared: PreparedUpload, index: number): void {
  context.assertLockHeld();
  const { sizeBytes } = prepared.pack.describe(index);
  context.counters.bytesSent += sizeBytes;
  if (prepared.upload.sent.has(index)) context.counters.bytesResent += sizeBytes;
  prepared.upload.sent.add(index);
}
