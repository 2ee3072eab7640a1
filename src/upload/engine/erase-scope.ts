/** Sign-out: nothing of a scope stays on the device, and nothing unfinished in the store. */
import { ReelwayError } from '../../errors/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import { type CanceledUploadCleaner, isCarried } from '../queue/canceled-uploads.js';
import type { UploadQueue } from '../queue/upload-queue.js';
import type { UploadRegistry } from '../queue/upload-registry.js';
import { eraseStaging } from '../segments/staged-files.js';
import { eraseCopies } from '../source/source-copies.js';
import type { Upload } from '../upload.js';

/**
 * Forgets a scope. What cannot be removed from the store now leaves a bare tombstone, without path and metadata, which the next
 * start of this scope sweeps.
 *
 * @returns why something is left in the store, if anything is
 */
export async function eraseScope(
  context: EngineContext,
  queue: UploadQueue,
  registry: UploadRegistry,
  remote: boolean,
): Promise<ReelwayError | undefined> {
  await queue.stopAll(new ReelwayError('ENGINE_STOPPED'));
  const kept = new Set<string>();
  let problem: ReelwayError | undefined;
  for (const upload of registry.all) {
    try {
      if (remote && upload.status !== 'completed') await sweepBare(context, registry.cleaner, upload);
      await upload.journal.remove();
    } catch (error) {
      kept.add(upload.id);
      problem = wrapError(error, 'UNAVAILABLE', 'Removing the objects of an upload failed');
    }
  }
  await context.journal.clear(kept);
  try {
    await eraseStaging(context);
    await eraseCopies(context);
  } catch (error) {
    problem ??= wrapError(error, 'FILE_UNREADABLE', 'Removing staged objects failed');
  }
  return problem;
}

async function sweepBare(context: EngineContext, cleaner: CanceledUploadCleaner, upload: Upload): Promise<void> {
  await upload.journal.update(({ error: _error, ...record }) => ({
    ...record,
    status: 'canceled',
    sweepMs: cleaner.dueMs(),
    metadata: {},
    source: { ...record.source, path: { path: 'erased' } },
  }));
  // A second time, since the record's other slot still holds the old content.
  await upload.journal.update((record) => record);
  await upload.journal.dropPages();
  const lands = await isCarried(context, upload.record);
  await cleaner.sweep(upload.record);
  if (lands) throw new ReelwayError('UNAVAILABLE', { message: 'The operating system still uploads objects of a canceled upload' });
}
