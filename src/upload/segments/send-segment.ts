/** One attempt to send one segment: find or send, compare, acknowledge. */
import type { AbortSignalLike } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { PreparedUpload } from './prepared-upload.js';
import type { SegmentTarget } from './segment-target.js';

/** Sends one segment; resolves when its acknowledgement is durable. */
export async function sendSegment(
  context: EngineContext,
  target: SegmentTarget,
  prepared: PreparedUpload,
  index: number,
  signal: AbortSignalLike,
): Promise<void> {
  if (await prepared.upload.journal.recover(index)) return;
  await prepared.source.recheckNowAndThen();
  const alreadySent = await target.find(index, signal);
  // mutation-point: send-segment
  const { hash, attested } = alreadySent ?? (await target.send(index, signal));
  context.retry.credentials.accepted();
  context.assertLockHeld();
  // mutation-point: acknowledge-segment
  await prepared.upload.journal.acknowledge(index, hash, attested);
}
