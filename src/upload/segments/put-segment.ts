/** The requests that a segment takes, once each: the scheduler repeats segments, not requests. */
import type { AbortSignalLike, BlobBody, BlobInfo } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { PreparedUpload } from './prepared-upload.js';

/** Puts a segment. `hash`: of the body, where it is known before; `onUnresponsive`: the body may still be read after the put has failed. */
export async function putSegment(
  context: EngineContext,
  prepared: PreparedUpload,
  index: number,
  body: BlobBody,
  hash: string | undefined,
  signal: AbortSignalLike,
  onUnresponsive: () => void,
): Promise<BlobInfo> {
  const { contentType } = prepared.pack.describe(index);
  const { algorithm } = prepared.upload.record.plan;
  const options = { contentType, ...(hash === undefined ? {} : { hashes: { [algorithm]: hash } }) };
  return context.store.put(prepared.keyOf(index), body, options, signal, {
    beforePut: () => count(context, prepared, index),
    onUnresponsive,
  });
}

export function headSegment(
  { store }: EngineContext,
  prepared: PreparedUpload,
  index: number,
  signal: AbortSignalLike,
): Promise<BlobInfo | undefined> {
  return store.head(prepared.keyOf(index), signal);
}

function count(context: EngineContext, prepared: PreparedUpload, index: number): void {
  // mutation-point: check-lease-before-put
  context.assertLockHeld();
  const { sizeBytes } = prepared.pack.describe(index);
  context.counters.bytesSent += sizeBytes;
  if (prepared.upload.sent.has(index)) context.counters.bytesResent += sizeBytes;
  prepared.upload.sent.add(index);
}
