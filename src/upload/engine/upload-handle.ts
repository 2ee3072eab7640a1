/** One upload as an app holds it. */
import type { Priority, VideoManifest } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { abortable, createAbortHandle } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import { readManifest } from '../manifest/stored-manifest.js';
import type { UploadHandle, WaitOptions } from '../types.js';
import type { Upload } from '../upload.js';
import { type CommandTargets, cancelUpload, pauseUpload, prioritize, resumeUpload, retryUpload } from './commands.js';

/** What a handle needs of the engine. */
export interface HandleHost extends CommandTargets {
  readonly context: EngineContext;
  /** @throws {ReelwayError} ENGINE_STOPPED */
  assertRunning(): void;
  /**
   * Runs a call of the app. `stop` aborts `ended` and waits until the call has settled. A rejection comes in the app's own words.
   */
  call<T>(run: (ended: AbortSignalLike) => Promise<T>): Promise<T>;
}

/** A handle. */
export function createHandle(host: HandleHost, upload: Upload): UploadHandle {
  const command = (run: (targets: CommandTargets, upload: Upload) => Promise<void>): (() => Promise<void>) => {
    return () =>
      host.call(async () => {
        host.assertRunning();
        await run(host, upload);
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
    item: () => upload.item(),
    state: () => upload.state(),
    progress: () => upload.meter.now(),
    pause: command(pauseUpload),
    resume: command(resumeUpload),
    cancel: command(cancelUpload),
    retry: command(retryUpload),
    setPriority: (priority: Priority) =>
      host.call(async () => {
        host.assertRunning();
        await prioritize(host, upload, priority);
      }),
    completed: (options) => host.call(() => completed(host, upload, options)),
  };
}

async function completed(host: HandleHost, upload: Upload, options: WaitOptions = {}): Promise<VideoManifest> {
  const state = upload.state();
  if (state.status === 'failed') throw state.error;
  if (state.status === 'canceled') throw new ReelwayError('UPLOAD_CANCELED', { context: { uploadId: upload.id } });
  host.assertRunning();
  if (state.status !== 'completed') return waitIn(upload.waiters, options);
  // A call of its own: the read may go on after its caller's signal was aborted, and `stop` waits for it too.
  const reading = host.call((ended) => readStored(host.context, upload, [ended, options.signal]));
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

/** Waits in a set of waiters; the signal ends the waiting and nothing else. */
export function waitIn<T>(
  waiters: Set<{ resolve(value: T): void; reject(error: ReelwayError): void }>,
  options: WaitOptions = {},
): Promise<T> {
  const { signal } = options;
  let waiter: { resolve(value: T): void; reject(error: ReelwayError): void } | undefined;
  const waiting = new Promise<T>((resolve, reject) => {
    waiter = { resolve, reject };
    waiters.add(waiter);
  });
  return abortable(waiting, signal).finally(() => {
    if (waiter !== undefined) waiters.delete(waiter);
  });
}
