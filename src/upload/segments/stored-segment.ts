/** Whether the store holds a segment as it was sent. */
import type { HashAlgorithm } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import type { AbortSignalLike, BlobInfo } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRun } from '../retry.js';
import type { Upload } from '../upload.js';
import { hashFor } from './segment-body.js';

/** Objects that are verified at once. */
export const PARALLEL = 3;

export type Presence = 'good' | 'broken' | 'unknown';

/** An object as the store must have it. */
export interface WantedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly hash: string;
}

/** Asks the store for one object, and reads it where the store attests nothing. */
export async function askFor(
  context: EngineContext,
  run: UploadRun,
  signal: AbortSignalLike,
  wanted: WantedObject,
): Promise<'good' | 'broken'> {
  const { key, hash } = wanted;
  const info = await run.store.head(key, signal);
  if (info === undefined) return 'broken';
  const verdict = presenceOf(run.upload, wanted, info);
  if (verdict !== 'unknown') return verdict;
  const read = (): Promise<string> => readBack(context, run, signal, key);
  // The way back may have changed the bytes, so one read that differs proves nothing.
  return (await read()) === hash || (await read()) === hash ? 'good' : 'broken';
}

export function presenceOf(upload: Upload, { sizeBytes, hash }: WantedObject, info: BlobInfo): Presence {
  try {
    return isAttested(info, sizeBytes, upload.record.plan.algorithm, hash) ? 'good' : 'unknown';
  } catch {
    // The store attests other bytes: the object is sent again.
    return 'broken';
  }
}

/** The hash of the stored bytes. */
async function readBack(context: EngineContext, run: UploadRun, signal: AbortSignalLike, key: string): Promise<string> {
  let hash = hashFor(context, run);
  const begin = (): ((piece: Uint8Array) => Promise<void>) => {
    const own = hashFor(context, run);
    hash = own;
    return (piece) => own.update(piece);
  };
  await run.store.read(key, begin, signal);
  return hash.digest();
}

/**
 * Whether the store attests the hash that was sent.
 * @throws {ReelwayError} BLOB_CORRUPT where it attests something else
 */
export function isAttested(info: BlobInfo, sizeBytes: number, algorithm: HashAlgorithm, hash: string): boolean {
  const found = info.hashes[algorithm];
  if (found === hash && (info.sizeBytes ?? sizeBytes) === sizeBytes) return true;
  if (found === undefined && (info.sizeBytes ?? sizeBytes) === sizeBytes) return false;
  // mutation-point: reject-stored-hash
  throw new ReelwayError('BLOB_CORRUPT', {
    message: `The store attests other bytes under ${info.key} than were sent`,
    context: { key: info.key },
  });
}
