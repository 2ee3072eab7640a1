/**
 * `@kesha-antonov/react-native-background-downloader` 4.6.3 at its native module's boundary (`RNBackgroundDownloader`): uploads that the
 * system carries, on iOS also while the app's process is dead.
 *
 * Facts copied, each with its place:
 * - iOS: one background URLSession; a task goes on after the process, and its end is told to whichever process listens then, or to
 *   none (`RNBackgroundDownloader.mm`, `handleUploadCompletion`); every status is told as `uploadComplete`, a connection that fails as
 *   `uploadFailed` with NSURLError's number;
 * - Android: a thread of the app's process (`Uploader.kt`); a kill ends it, and `getExistingUploadTasks` of the next process names it as
 *   suspended, for ever (`loadUploadConfigs`); only 2xx is `uploadComplete`, another status is `uploadFailed` with "HTTP error: 403 - body"
 *   and the status as its number; a missing file is -1, "Source file not found: …"; a second upload of one id ends the first;
 * - Android sends `mimeType`, or application/octet-stream, as Content-Type over any header of that name (`executeUpload`); iOS sends an
 *   `uploadConfigId` header along (`upload:`);
 * - `stopUploadTask` ends a task, and no event follows;
 * - states: running 0, suspended 1, canceling 2, completed 3 on iOS (NSURLSessionTaskState); JavaScript reads them from the module's constants.
 */

/** What `upload` is given. */
export interface NativeUpload {
  readonly id: string;
  readonly url: string;
  readonly source: string;
  readonly method: string;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly mimeType?: string | undefined;
  readonly metadata?: string | undefined;
}

/** A request as the server sees it. */
export interface CarriedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}

type Server = (request: CarriedRequest) => { readonly status: number; readonly text?: string } | 'unreachable' | 'timeout';

/** How the phone is made. */
export interface UploaderOptions {
  readonly platform: 'ios' | 'android';
  /** The bytes of a file now; undefined where there is none. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  readonly server: Server;
}

export type UploadEvent =
  | { readonly name: 'uploadBegin'; readonly id: string; readonly expectedBytes: number }
  | { readonly name: 'uploadProgress'; readonly id: string; readonly bytesUploaded: number; readonly bytesTotal: number }
  | {
      readonly name: 'uploadComplete';
      readonly id: string;
      readonly responseCode: number;
      readonly responseBody: string;
      readonly bytesUploaded: number;
      readonly bytesTotal: number;
    }
  | { readonly name: 'uploadFailed'; readonly id: string; readonly error: string; readonly errorCode: number };

/** The native module of one process. */
export interface UploaderModule {
  readonly constants: { readonly TaskRunning: 0; readonly TaskSuspended: 1; readonly TaskCanceling: 2; readonly TaskCompleted: 3 };
  upload(options: NativeUpload): void;
  stopUploadTask(id: string): Promise<void>;
  getExistingUploadTasks(): Promise<
    { id: string; metadata: string; state: number; bytesUploaded: number; bytesTotal: number; errorCode: null }[]
  >;
  listen(listener: (event: UploadEvent) => void): void;
}

/** The phone that carries uploads. */
export interface UploaderPhone {
  /** The app's process begins; the one before is dead. */
  launch(): UploaderModule;
  /** The app's process dies. Android's uploads die with it. */
  kill(): void;
  /** Uploads that are under way, by id. */
  underWay(): string[];
  /** Carries every upload under way to its end. */
  carryAll(): Promise<void>;
  /** Tells that bytes of each upload under way have gone. */
  progress(bytesUploaded: number): void;
  /** Whether uploads are carried to their end as soon as they begin. */
  automatic: boolean;
}

interface Task {
  readonly options: NativeUpload;
  running: boolean;
  bytesUploaded: number;
}

const CONSTANTS = { TaskRunning: 0, TaskSuspended: 1, TaskCanceling: 2, TaskCompleted: 3 } as const;

/** A phone that is switched on, without the app. */
export function createUploaderPhone(options: UploaderOptions): UploaderPhone {
  return new Phone(options);
}

class Phone implements UploaderPhone {
  automatic = false;
  private readonly options: UploaderOptions;
  private readonly tasks = new Map<string, Task>();
  private listener: ((event: UploadEvent) => void) | undefined;
  private life = 0;

  constructor(options: UploaderOptions) {
    this.options = options;
  }

  launch(): UploaderModule {
    this.kill();
    const life = this.life;
    const alive = (): boolean => this.life === life;
    return {
      constants: CONSTANTS,
      upload: (upload) => alive() && this.begin(upload),
      stopUploadTask: async (id) => {
        if (alive()) this.tasks.delete(id);
      },
      getExistingUploadTasks: async () => (alive() ? this.listed() : new Promise<never>(() => undefined)),
      listen: (listener) => {
        if (alive()) this.listener = listener;
      },
    };
  }

  kill(): void {
    this.life += 1;
    this.listener = undefined;
    if (this.options.platform === 'ios') return;
    for (const task of this.tasks.values()) task.running = false;
  }

  underWay(): string[] {
    return [...this.tasks].filter(([, task]) => task.running).map(([id]) => id);
  }

  async carryAll(): Promise<void> {
    for (const id of this.underWay()) await this.carry(id);
  }

  progress(bytesUploaded: number): void {
    for (const id of this.underWay()) this.tell({ name: 'uploadProgress', id, bytesUploaded, bytesTotal: bytesUploaded });
  }

  private begin(options: NativeUpload): void {
    this.tasks.set(options.id, { options, running: true, bytesUploaded: 0 });
    if (this.automatic) void this.carry(options.id);
  }

  private listed(): Awaited<ReturnType<UploaderModule['getExistingUploadTasks']>> {
    return [...this.tasks.values()].map(({ options, running, bytesUploaded }) => {
      const state = running ? CONSTANTS.TaskRunning : CONSTANTS.TaskSuspended;
      return { id: options.id, metadata: options.metadata ?? '{}', state, bytesUploaded, bytesTotal: 0, errorCode: null };
    });
  }

  private async carry(id: string): Promise<void> {
    const task = this.tasks.get(id);
    if (task === undefined || !task.running) return;
    const body = await this.options.read(task.options.source);
    if (this.tasks.get(id) !== task || !task.running) return;
    this.tasks.delete(id);
    if (body === undefined) return this.tell(this.missing(task.options));
    this.tell({ name: 'uploadBegin', id, expectedBytes: body.length });
    this.tell(this.answered(task.options, body));
  }

  private missing({ id, source }: NativeUpload): UploadEvent {
    const isIos = this.options.platform === 'ios';
    const error = isIos ? 'The requested URL was not found on this server.' : `Source file not found: ${source}`;
    return { name: 'uploadFailed', id, error, errorCode: isIos ? -1100 : -1 };
  }

  private answered(upload: NativeUpload, body: Uint8Array): UploadEvent {
    const { id, method, url } = upload;
    const isIos = this.options.platform === 'ios';
    const answer = this.options.server({ method, url, headers: this.headersOf(upload), body });
    if (typeof answer === 'string') return { name: 'uploadFailed', id, ...this.lost(answer) };
    const { status, text = '' } = answer;
    if (!isIos && (status < 200 || status > 299)) {
      return { name: 'uploadFailed', id, error: `HTTP error: ${status} - ${text}`, errorCode: status };
    }
    return { name: 'uploadComplete', id, responseCode: status, responseBody: text, bytesUploaded: body.length, bytesTotal: body.length };
  }

  private lost(how: 'unreachable' | 'timeout'): { readonly error: string; readonly errorCode: number } {
    if (this.options.platform === 'android') return { error: how === 'timeout' ? 'timeout' : 'connection lost', errorCode: -1 };
    return how === 'timeout'
      ? { error: 'The request timed out.', errorCode: -1001 }
      : { error: 'The network connection was lost.', errorCode: -1005 };
  }

  private headersOf({ id, headers = {}, mimeType }: NativeUpload): { readonly [name: string]: string } {
    if (this.options.platform === 'ios')
      return { uploadConfigId: id, ...headers, ...(mimeType === undefined ? {} : { 'content-type': mimeType }) };
    return { ...headers, 'content-type': mimeType ?? 'application/octet-stream' };
  }

  private tell(event: UploadEvent): void {
    this.listener?.(event);
  }
}
