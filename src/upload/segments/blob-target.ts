/** One blob a segment, under a key of its own. */
import { runCooperatively } from '../../internal/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRun } from '../retry.js';
import { blobAddress } from './blob-address.js';
import { findAlreadySent, type Sent } from './find-sent-segment.js';
import type { PreparedUpload } from './prepared-upload.js';
import type { SegmentTarget, StoredSegment } from './segment-target.js';
import { sendBlob } from './send-blob.js';
import { isAttested } from './stored-segment.js';
import { findBroken } from './verify-blobs.js';

/** The target of an upload whose segments are blobs. */
export function createBlobTarget(context: EngineContext, run: UploadRun, prepared: PreparedUpload): SegmentTarget {
  const { record } = prepared.upload;
  const stored = (index: number, { hash, info }: Sent): StoredSegment => ({
    hash,
    attested: isAttested(info, prepared.pack.describe(index).sizeBytes, record.plan.algorithm, hash),
  });
  return {
    find: async (index, signal) => {
      const sent = await findAlreadySent(context, prepared, index, signal);
      return sent && stored(index, sent);
    },
    send: async (index, signal) => stored(index, await sendBlob(context, prepared, index, signal)),
    verify: () => findBroken(context, run, prepared),
    finish: () => runCooperatively(run.clock, blobAddress(record, prepared.pack)),
  };
}
