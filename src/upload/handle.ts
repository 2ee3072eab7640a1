/** One upload as an app holds it. */
import type { Priority, VideoManifest } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import { abortable } from '../internal/index.js';
import { type CommandTargets, cancelUpload, pauseUpload, prioritize, resumeUpload, retryUpload } from './commands.js';
import type { EngineContext } from './context.js';
import { readManifest } from './manifest-store.js';
import { once } from './persist.js';
import { neverAborted } from './requests.js';
import type { UploadHandle, WaitOptions } from './types.js';
import type { Upload } from './upload.js';

/** What a handle needs of the engine. */
export interface HandleHost extends CommandTargets {
  readonly context: EngineContext;
  /** @throws {ReelwayError} ENGINE_STOPPED */
  assertRunning(): void;
  /** Runs a call of the app's; its rejection comes in the app's own words. */
  call<T>(run: () => Promise<T>): Promise<T>;
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

function completed(host: HandleHost, upload: Upload, options: WaitOptions = {}): Promise<VideoManifest> {
  const state = upload.state();
  if (state.status === 'failed') return Promise.reject(state.error);
  if (state.status === 'canceled') return Promise.reject(new ReelwayError('UPLOAD_CANCELED', { context: { uploadId: upload.id } }));
  host.assertRunning();
  if (state.status === 'completed')
    return abortable(
      readManifest({ context: host.context, record: upload.record, signal: options.signal ?? neverAborted(), ask: once }),
      options.signal,
    );
  return waitIn(upload.waiters, options);
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
