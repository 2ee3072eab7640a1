/**
 * Before the manifest: every object is what the source has. What was acknowledged by an earlier process is hashed again from the
 * source, so that no manifest ever mixes two versions of a file.
 */
import { ReelwayError } from '../../errors/index.js';
import { withBuffer } from '../../internal/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRun } from '../retry.js';
import type { PreparedUpload } from '../segments/prepared-upload.js';
import { hashObject } from '../segments/segment-body.js';

/** Hashes the source again where an earlier process has read it. @throws {ReelwayError} SOURCE_CHANGED */
export async function verifySource(context: EngineContext, run: UploadRun, prepared: PreparedUpload): Promise<void> {
  const { upload, source } = prepared;
  const { acks } = upload.journal;
  const check = (): Promise<void> => run.repeat(() => source.recheck());
  await check();
  let hashed = 0;
  for (let index = 0; index < acks.count; index += 1) {
    if (acks.isFresh(index)) continue;
    const hash = (): Promise<string> => withBuffer(context.pool, run.signal, (buffer) => hashObject(context, prepared, index, buffer));
    const found = await run.repeat(hash);
    // mutation-point: compare-source-hash
    if (found !== acks.hashAt(index)) {
      throw new ReelwayError('SOURCE_CHANGED', {
        message: `The source has changed: object ${index} has another hash than was sent`,
        context: { segmentIndex: index },
      });
    }
    acks.markFresh(index);
    hashed += 1;
  }
  if (hashed > 0) await check();
}
