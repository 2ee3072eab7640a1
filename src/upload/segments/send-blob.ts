/** One segment as one blob: read, hashed and put in the form that the store accepts. */
import { withBuffer } from '../../internal/index.js';
import type { AbortSignalLike, BlobBody, BlobInfo } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { Sent } from './find-sent-segment.js';
import type { PreparedUpload } from './prepared-upload.js';
import { headSegment, putSegment } from './put-segment.js';
import { chooseBody, hashedStream, hashFor, readObject } from './segment-body.js';
import { stageObject, withStaged } from './staged-files.js';

/** Puts one segment as a blob of its own, in the first form that the store accepts. */
export function sendBlob(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<Sent> {
  return ROUTES[chooseBody(context, prepared.pack.describe(index))](context, prepared, index, signal);
}

async function sendBytes(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<Sent> {
  return withBuffer(context.pool, signal, async (buffer, discard) => {
    const bytes = await readObject(prepared, index, buffer);
    const running = hashFor(context, prepared);
    await running.update(bytes);
    const hash = running.digest();
    const there = await findSent(context, prepared, index, hash, signal);
    if (there !== undefined) return { hash, info: there };
    const body = { kind: 'bytes', sizeBytes: bytes.length, bytes } as const;
    return { hash, info: await putSegment(context, prepared, index, body, hash, signal, discard) };
  });
}

async function sendStream(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<Sent> {
  return withBuffer(context.pool, signal, async (buffer, discard) => {
    const stream = hashedStream(context, prepared, index, buffer);
    const body = { kind: 'stream', sizeBytes: stream.sizeBytes, open: stream.open } as const;
    const info = await putSegment(context, prepared, index, body, undefined, signal, discard);
    return { hash: stream.digest(), info };
  });
}

async function sendFile(context: EngineContext, prepared: PreparedUpload, index: number, signal: AbortSignalLike): Promise<Sent> {
  const { path, hash } = await withBuffer(context.pool, signal, (buffer) => stageObject(context, prepared, index, buffer));
  const key = prepared.keyOf(index);
  const { sizeBytes } = prepared.pack.describe(index);
  const body = { kind: 'file', sizeBytes, path } as const;
  return withStaged(context, key, path, async (onUnresponsive) => {
    return { hash, info: await putSegment(context, prepared, index, body, hash, signal, onUnresponsive) };
  });
}

const ROUTES: { readonly [Kind in BlobBody['kind']]: typeof sendBytes } = { bytes: sendBytes, stream: sendStream, file: sendFile };

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
  const info = await headSegment(context, prepared, index, signal);
  return info?.hashes[journal.acks.algorithm] === hash ? info : undefined;
}
