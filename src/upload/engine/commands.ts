/** The commands of an app on one upload. Each command is durable before it resolves. */
import { canTransition, type Priority, transition } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import type { Upload } from '../upload.js';
import type { RunningEngine } from './running-engine.js';

/** Stops an upload until `resumeUpload`, keeping every acknowledged byte. @throws {ReelwayError} INVALID_STATE */
export async function pauseUpload(engine: RunningEngine, upload: Upload): Promise<void> {
  await waitForCommit(upload);
  // Another pause may still be under way: this one too resolves only when the record is durable.
  if (upload.status !== 'paused') upload.move('pause');
  await engine.queue.halt(upload, new ReelwayError('ABORTED', { message: 'The upload was paused' }));
  // A resume or a cancel that came meanwhile wins.
  if (upload.snapshot.state.status === 'paused') await upload.journal.update((record) => ({ ...record, status: 'paused' }));
}

/** Ends a pause, or a wait that would go on. @throws {ReelwayError} INVALID_STATE */
export async function resumeUpload(engine: RunningEngine, upload: Upload): Promise<void> {
  if (['pending', 'processing', 'publishing'].includes(upload.status)) return;
  if (upload.status === 'waiting' && upload.run !== undefined) return;
  if (upload.status === 'paused') await upload.journal.update((record) => ({ ...record, status: 'pending' }));
  upload.move('resume');
  engine.registry.wake();
}

/** Continues a failed upload. @throws {ReelwayError} INVALID_STATE */
export async function retryUpload(engine: RunningEngine, upload: Upload): Promise<void> {
  if (upload.status === 'waiting') {
    await resumeUpload(engine, upload);
    return;
  }
  transition(upload.status, 'retry');
  await upload.journal.update(({ error: _error, ...record }) => ({ ...record, status: 'pending' }));
  upload.move('retry');
  engine.registry.wake();
}

/** Gives an upload up and removes what it has written. @throws {ReelwayError} INVALID_STATE */
export async function cancelUpload(engine: RunningEngine, upload: Upload): Promise<void> {
  const { queue, registry } = engine;
  // Another cancel may still be writing the record.
  if (upload.record.status === 'canceled') return upload.cancellation;
  await waitForCommit(upload);
  if (upload.status !== 'canceled') {
    if (upload.record.published === true || !canTransition(upload.status, 'cancel')) throw cannotCancel(upload);
    upload.move('cancel');
  }
  const halted = queue.halt(upload, new ReelwayError('UPLOAD_CANCELED'));
  // Durable before anything is removed: a half-removed upload must never be continued.
  upload.cancellation = upload.journal.update((record) => ({ ...record, status: 'canceled', sweepMs: registry.cleaner.dueMs() }));
  // mutation-point: save-cancellation
  await upload.cancellation;
  await halted;
  await registry.release(upload.record);
  upload.fail(new ReelwayError('UPLOAD_CANCELED', { context: { uploadId: upload.id, videoId: upload.record.videoId } }));
  await registry.cleanUp(upload);
}

function cannotCancel(upload: Upload): ReelwayError {
  const status = upload.record.published === true ? 'published' : upload.status;
  return new ReelwayError('INVALID_STATE', {
    message: `Expected an upload that can be canceled, got one that is ${status}`,
    context: { uploadId: upload.id },
  });
}

/** Changes how urgent an upload is; counts from the next free slot. */
export async function prioritize(engine: RunningEngine, upload: Upload, priority: Priority): Promise<void> {
  await upload.journal.update((record) => ({ ...record, priority }));
  engine.registry.wake();
}

/** While the record of completion is being written, a command is too late. */
async function waitForCommit(upload: Upload): Promise<void> {
  if (upload.isCommitting) await upload.run?.done;
}
