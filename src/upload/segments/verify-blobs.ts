/** Before the manifest: every acknowledged blob is in the store with the hash that was sent. */
import { isReelwayError } from '../../errors/index.js';
import { forEachLimit } from '../../internal/index.js';
import type { BlobInfo } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRun } from '../retry.js';
import { objectPrefix, type PreparedUpload } from './prepared-upload.js';
import { askFor, PARALLEL, type Presence, presenceOf, type WantedObject } from './stored-segment.js';

/** Asks the store for what it has not attested yet; the objects that are missing or different. */
export async function findBroken(context: EngineContext, run: UploadRun, prepared: PreparedUpload): Promise<number[]> {
  const { acks } = prepared.upload.journal;
  const open = new Set<number>();
  for (let index = 0; index < acks.count; index += 1) if (!acks.isAttested(index)) open.add(index);
  const broken: number[] = [];
  const judge = (index: number, verdict: Presence): void => {
    if (verdict === 'unknown') return;
    open.delete(index);
    if (verdict === 'good') acks.markAttested(index);
    else broken.push(index);
  };
  if (open.size > PARALLEL && run.store.lists) await judgeByList(context, run, prepared, open, judge);
  await forEachLimit([...open], PARALLEL, run.signal, async (index, own) =>
    judge(index, await askFor(context, run, own, objectAt(prepared, index))),
  );
  return broken.sort((one, other) => one - other);
}

function objectAt(prepared: PreparedUpload, index: number): WantedObject {
  return {
    key: prepared.keyOf(index),
    sizeBytes: prepared.pack.describe(index).sizeBytes,
    hash: prepared.upload.journal.acks.hashAt(index),
  };
}

/** A listing may be stale, bare or without an end: what it does not attest is asked for one by one. */
async function judgeByList(
  context: EngineContext,
  run: UploadRun,
  prepared: PreparedUpload,
  open: ReadonlySet<number>,
  judge: (index: number, verdict: Presence) => void,
): Promise<void> {
  const { upload } = prepared;
  const byKey = new Map([...open].map((index) => [prepared.keyOf(index), index]));
  const visit = async (blobs: readonly BlobInfo[]): Promise<void> => {
    for (const info of blobs) {
      const index = byKey.get(info.key);
      if (index !== undefined) judge(index, presenceOf(upload, objectAt(prepared, index), info) === 'good' ? 'good' : 'unknown');
    }
  };
  try {
    await run.store.eachPage(objectPrefix(upload.record), visit);
  } catch (error) {
    if (!isReelwayError(error) || error.code !== 'LISTING_INVALID') throw error;
    context.warn(error);
  }
}
