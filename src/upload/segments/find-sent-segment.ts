/**
 * Objects of earlier attempts whose end was not seen. Where the operating system finishes puts after the process has ended, an object
 * is looked for before it is sent again.
 */
import { withBuffer } from '../../internal/index.js';
import type { AbortSignalLike, BlobInfo } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { PreparedUpload } from './prepared-upload.js';
import { hashObject } from './segment-body.js';
import { clearStaged } from './staged-files.js';

/** An object in the store, and the hash that the source has of it. */
export interface Sent {
  readonly hash: string;
  readonly info: BlobInfo;
}

/** After this many misses in a row, objects of an earlier process are no longer looked for: no window was ever wider. */
const MAX_CONSECUTIVE_MISSES = 64;

/** The object, once nothing carries it any more and the store has it; `undefined` where it has to be sent. */
export async function findAlreadySent(
  context: EngineContext,
  prepared: PreparedUpload,
  index: number,
  signal: AbortSignalLike,
): Promise<Sent | undefined> {
  const { backgroundPuts } = context;
  const { upload } = prepared;
  const isOurs = upload.sent.has(index);
  if (!backgroundPuts.supported || !(isOurs || upload.journal.isRestored)) return undefined;
  const key = prepared.keyOf(index);
  // Timed out waiting for the background transfer: the object is put again, from a staged file of its own.
  // mutation-point: wait-for-background-put
  if (!(await backgroundPuts.waitUntilSettled(key, isOurs, signal))) return undefined;
  const wasCarried = backgroundPuts.reportedKeys.has(key);
  if (wasCarried) await clearStaged(context, key);
  const isWorthALook = isOurs || wasCarried || upload.consecutiveMisses < MAX_CONSECUTIVE_MISSES;
  // An object that verification found missing or damaged is always sent.
  if (!isWorthALook || upload.resentIndices.has(index)) return undefined;
  const found = await lookFor(context, prepared, index, signal);
  upload.consecutiveMisses = found === undefined ? upload.consecutiveMisses + 1 : 0;
  return found;
}

async function lookFor(
  context: EngineContext,
  prepared: PreparedUpload,
  index: number,
  signal: AbortSignalLike,
): Promise<Sent | undefined> {
  // mutation-point: look-for-sent-segment
  const info = await context.store.head(prepared.keyOf(index), signal);
  // mutation-point: compare-sent-size
  if (info === undefined || info.sizeBytes !== prepared.pack.describe(index).sizeBytes) return undefined;
  const hash = await withBuffer(context.pool, signal, (buffer) => hashObject(context, prepared, index, buffer));
  const attested = info.hashes[prepared.upload.record.plan.algorithm];
  return attested === undefined || attested === hash ? { hash, info } : undefined;
}
