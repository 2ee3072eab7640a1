/**
 * What the package's own JavaScript makes of its native module, as thin as tests without it need it (`index.ts`, `UploadTask.ts`):
 * - one task object for an id, replaced at each listing by one that takes the handlers along; events go to the newest;
 * - state 0 is UPLOADING, 1 PAUSED, canceling is stopped and left out; `file://` is cut off `source` and not decoded;
 * - headers without a value are dropped; metadata travels as JSON; options that are wrong throw.
 */
import type { UploaderModule } from './background-uploader.js';

type Handler = (event: never) => void;

/** A task as the package gives it out. */
export interface PackageTask {
  readonly id: string;
  state: string;
  readonly metadata: object;
  readonly handlers: Map<string, Handler>;
  begin(handler: Handler): PackageTask;
  progress(handler: Handler): PackageTask;
  done(handler: Handler): PackageTask;
  error(handler: Handler): PackageTask;
  start(): void;
  stop(): Promise<void>;
}

/** The package over one process's native module. */
export function createUploaderPackage(native: UploaderModule) {
  const tasks = new Map<string, PackageTask>();
  const taskOf = (id: string, metadata: object, state: string, start: () => void): PackageTask => {
    const set =
      (name: string) =>
      (handler: Handler): PackageTask => {
        task.handlers.set(name, handler);
        return task;
      };
    const task: PackageTask = {
      id,
      state,
      metadata,
      handlers: new Map(tasks.get(id)?.handlers ?? []),
      begin: set('uploadBegin'),
      progress: set('uploadProgress'),
      done: set('uploadComplete'),
      error: set('uploadFailed'),
      start,
      stop: async () => {
        task.state = 'STOPPED';
        await native.stopUploadTask(id);
      },
    };
    tasks.set(id, task);
    return task;
  };
  native.listen((event) => {
    const task = tasks.get(event.id);
    if (task === undefined) return;
    if (event.name === 'uploadComplete' || event.name === 'uploadFailed') {
      task.state = event.name === 'uploadComplete' ? 'DONE' : 'FAILED';
      tasks.delete(event.id);
    }
    task.handlers.get(event.name)?.(event as never);
  });
  return {
    createUploadTask: (options: {
      id: string;
      url: string;
      source: string;
      method?: string;
      headers?: { [name: string]: string };
      mimeType?: string;
      metadata?: object;
    }): PackageTask => {
      const { id, url, source, method = 'POST', headers = {}, metadata = {}, mimeType } = options;
      if (id === '' || url === '' || source === '') throw new Error('[RNBackgroundDownloader] id, url and source are required');
      const filled = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
      const task = taskOf(id, metadata, 'PENDING', () => {
        task.state = 'UPLOADING';
        const plain = source.replace('file://', '');
        native.upload({ id, url, source: plain, method, headers: filled, mimeType, metadata: JSON.stringify(metadata) });
      });
      return task;
    },
    getExistingUploadTasks: async (): Promise<PackageTask[]> => {
      const found: PackageTask[] = [];
      for (const { id, metadata, state } of await native.getExistingUploadTasks()) {
        const word = state === native.constants.TaskRunning ? 'UPLOADING' : 'PAUSED';
        found.push(taskOf(id, JSON.parse(metadata) as object, word, () => undefined));
      }
      return found;
    },
  };
}
