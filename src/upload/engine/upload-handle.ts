/** The public handle of one upload. */
import type { Priority, VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { abortable, createAbortHandle } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { readManifest } from '../manifest/stored-manifest.js';
import type { UploadHandle, WaitOptions } from '../types.js';
import type { Upload } from '../upload.js';
import { cancelUpload, pauseUpload, prioritize, resumeUpload, retryUpload } from './commands.js';
import type { RunningEngine } from './running-engine.js';

export function createHandle(engine: RunningEngine, upload: Upload): UploadHandle {
  const command = (run: (engine: RunningEngine, upload: Upload) => Promise<void>): (() => Promise<void>) => {
    return () =>
      engine.call(async () => {
        engine.assertRunning();
        await run(engine, upload);
      });
  };
  return {
    get id() {
      return upload.id;
    },
    get videoId() {
      return upload.record.videoId;
    },
    on: (event, listener) => upload.events.on(event, listener),
    item: () => upload.snapshot.item,
    state: () => upload.snapshot.state,
    progress: () => upload.snapshot.progress,
    pause: command(pauseUpload),
    resume: command(resumeUpload),
    cancel: command(cancelUpload),
    retry: command(retryUpload),
    setPriority: (priority: Priority) =>
      engine.call(async () => {
        engine.assertRunning();
        await prioritize(engine, upload, priority);
      }),
    completed: (options) => engine.call(() => completed(engine, upload, options)),
  };
}

async function completed(engine: RunningEngine, upload: Upload, options: WaitOptions = {}): Promise<VideoManifest> {
  const { state } = upload.snapshot;
  if (state.status === 'failed') throw state.error;
  if (state.status === 'canceled') throw new ReelwayError('UPLOAD_CANCELED', { context: { uploadId: upload.id } });
  engine.assertRunning();
  if (state.status !== 'completed') return upload.whenCompleted(options);
  // A call of its own: the read may go on after its caller's signal was aborted, and `stop` waits for it too.
  const reading = engine.call((ended) => readStored(engine.context, upload, [ended, options.signal]));
  return abortable(reading, options.signal);
}

async function readStored(
  context: EngineContext,
  { record }: Upload,
  signals: readonly (AbortSignalLike | undefined)[],
): Promise<VideoManifest> {
  const source = createAbortHandle(...signals);
  try {
    return await readManifest({ store: context.store, clock: context.settings.clock, signal: source.signal }, record);
  } finally {
    source.dispose();
  }
}
