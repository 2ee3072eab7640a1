/**
 * HTTP with uploads by the system: files are passed to a native uploader, which continues while JavaScript is frozen, and on iOS
 * after the process has ended. Other requests use a foreground transport.
 */
import { abortReason, assertOptions, onAbort, originOf, plainPath, throwIfAborted } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike, FileBody, HttpRequest, HttpStreamReply, HttpTransport } from '../../src/ports/index.js';
import { type Outcome, outcomeOfDone, outcomeOfFailure, replyOf } from './upload-outcome.js';
import type { NativeUploaderLike, NativeUploadTask } from './uploader.js';

/** Options of {@link nativeUploadTransport}. */
export interface NativeUploadTransportOptions {
  /** `import * as uploader from '@kesha-antonov/react-native-background-downloader'`, version 4.6 or later. */
  readonly lib: NativeUploaderLike;
  /** Sends all requests except file uploads: `fetchTransport()` of `reelway/http`. */
  readonly foreground: HttpTransport;
  /** Separates these uploads from others of the app, 1 to 40 of `[a-z0-9-]`; different for transports that exist at the same time. @default 'reelway' */
  readonly name?: string;
}

/**
 * An {@link HttpTransport} that puts files by the system's uploader. `pending` names uploads that the system still runs, also of an earlier
 * process. A request with the id of a running upload joins it instead of starting a second one.
 *
 * The library does not report reply headers, so a put attests nothing, and engines send a HEAD. Redirects cannot be refused.
 * @throws {TypeError} for invalid options
 */
export function nativeUploadTransport(options: NativeUploadTransportOptions): HttpTransport {
  assertOptions('nativeUploadTransport', options, { lib: true, foreground: true, name: true });
  const { lib, foreground, name = 'reelway' } = options;
  if (typeof lib?.createUploadTask !== 'function')
    throw new TypeError('lib must be @kesha-antonov/react-native-background-downloader, version 4.6 or later');
  if (typeof foreground?.send !== 'function') throw new TypeError('foreground must be an HttpTransport');
  if (!/^[a-z0-9-]{1,40}$/.test(name)) throw new TypeError('name must have 1 to 40 characters of [a-z0-9-]');
  const uploads = new NativeUploads(lib, `${name}:`);
  const download = foreground.download?.bind(foreground);
  return {
    accepts: ['file', ...foreground.accepts.filter((kind) => kind !== 'file')],
    streamsReplies: foreground.streamsReplies,
    send: async (request) => {
      const { body, method } = request;
      if (body?.kind !== 'file' || (method !== 'PUT' && method !== 'POST')) return foreground.send(request);
      return uploads.send(request, body, method);
    },
    pending: () => uploads.pending(),
    ...(download === undefined ? {} : { download }),
  };
}

/** An upload that the system runs, and its end. */
interface TrackedUpload {
  readonly task: NativeUploadTask;
  readonly sizeBytes: number;
  readonly ended: Promise<Outcome>;
  onProgress: (sentBytes: number) => void;
}

class NativeUploads {
  private readonly lib: NativeUploaderLike;
  private readonly prefix: string;
  private readonly tracked = new Map<string, TrackedUpload>();
  /** For each listing under way, the uploads that ended since it began: the listing may be outdated. */
  private readonly listings = new Set<Set<string>>();
  private adopting: Promise<unknown> | undefined;

  constructor(lib: NativeUploaderLike, prefix: string) {
    this.lib = lib;
    this.prefix = prefix;
  }

  async send(request: HttpRequest, body: FileBody, method: 'PUT' | 'POST'): Promise<HttpStreamReply> {
    const { id, signal } = request;
    throwIfAborted(signal);
    await this.adopted();
    throwIfAborted(signal);
    const tracked = (await this.joined(id, body)) ?? this.begin(request, body, method);
    tracked.onProgress = (sentBytes) => request.onProgress?.(Math.min(sentBytes, body.sizeBytes));
    return replyOf(await this.ended(tracked, signal), id);
  }

  async pending(): Promise<string[]> {
    const endedSince = new Set<string>();
    this.listings.add(endedSince);
    try {
      const tasks = await this.existing();
      const alive = tasks.filter((task) => task.state === 'UPLOADING' && !endedSince.has(this.keyOf(task)));
      for (const task of alive) this.adopt(task);
      // On Android a task of an earlier process is only a record: the upload ended with the process.
      for (const task of tasks) if (task.state === 'PAUSED' && !this.tracked.has(this.keyOf(task))) await this.stop(task);
      return alive.map((task) => this.keyOf(task));
    } finally {
      this.listings.delete(endedSince);
    }
  }

  /** Adopts the uploads of earlier processes once, so that nothing is sent twice. After a failure the next call tries again. */
  private adopted(): Promise<unknown> {
    this.adopting ??= this.pending().catch((error: unknown) => {
      this.adopting = undefined;
      throw error;
    });
    return this.adopting;
  }

  private async existing(): Promise<NativeUploadTask[]> {
    try {
      const all = await this.lib.getExistingUploadTasks();
      return all.filter(({ id }) => id.startsWith(this.prefix));
    } catch (cause) {
      throw new ReelwayError('UNAVAILABLE', { message: 'The native uploader failed to list its uploads', cause });
    }
  }

  private keyOf({ id }: NativeUploadTask): string {
    return id.slice(this.prefix.length);
  }

  /** The library returns a new object for a task at each listing, with the handlers of the old one. */
  private adopt(task: NativeUploadTask): void {
    const key = this.keyOf(task);
    if (this.tracked.has(key)) return;
    const { sizeBytes } = task.metadata as { readonly sizeBytes?: unknown };
    this.follow(key, task, typeof sizeBytes === 'number' ? sizeBytes : -1);
  }

  /** The running upload with this id, if it has this size; one of another size is stopped. */
  private async joined(id: string, { sizeBytes }: FileBody): Promise<TrackedUpload | undefined> {
    const tracked = this.tracked.get(id);
    if (tracked === undefined || tracked.sizeBytes === sizeBytes) return tracked;
    this.tracked.delete(id);
    await this.stop(tracked.task);
    return undefined;
  }

  private begin({ id, url, headers, signal }: HttpRequest, body: FileBody, method: 'PUT' | 'POST'): TrackedUpload {
    // The abort may have come while another upload under this id was stopped.
    throwIfAborted(signal);
    if (originOf(url) === undefined) throw new TypeError('The address must be an http: or https: URL in visible ASCII');
    const { mimeType, others } = sorted(headers);
    const task = this.lib.createUploadTask({
      id: this.prefix + id,
      url,
      source: plainPath(body.path),
      method,
      headers: others,
      mimeType,
      metadata: { sizeBytes: body.sizeBytes },
    });
    const tracked = this.follow(id, task, body.sizeBytes);
    task.start();
    return tracked;
  }

  /** Tracks an upload only until its end: afterwards its key may be removed, and put again with other bytes. */
  private follow(key: string, task: NativeUploadTask, sizeBytes: number): TrackedUpload {
    const ended = new Promise<Outcome>((resolve) => {
      task.done((event) => resolve(outcomeOfDone(event)));
      task.error((event) => resolve(outcomeOfFailure(event)));
    });
    const tracked: TrackedUpload = { task, sizeBytes, ended, onProgress: () => undefined };
    task.progress(({ bytesUploaded }) => tracked.onProgress(bytesUploaded));
    this.tracked.set(key, tracked);
    void ended.then(() => {
      for (const endedSince of this.listings) endedSince.add(key);
      this.forget(key, tracked);
    });
    return tracked;
  }

  /** An abort settles when the system has released the file. */
  private ended(tracked: TrackedUpload, signal: AbortSignalLike | undefined): Promise<Outcome> {
    const { task, ended } = tracked;
    return new Promise<Outcome>((resolve, reject) => {
      const stop = onAbort(signal, () => {
        void this.stop(task).then(() => {
          this.forget(this.keyOf(task), tracked);
          reject(signal === undefined ? undefined : abortReason(signal));
        });
      });
      void ended.then((outcome) => {
        stop();
        resolve(outcome);
      });
    });
  }

  private forget(key: string, tracked: TrackedUpload): void {
    if (this.tracked.get(key) === tracked) this.tracked.delete(key);
  }

  /** A failure to stop is ignored: the upload still puts the bytes that belong to its key. */
  private async stop(task: NativeUploadTask): Promise<void> {
    await task.stop().catch(() => undefined);
  }
}

/** Android sets the content type itself and ignores the header; the library drops headers without a value. */
function sorted(headers: HttpRequest['headers']): { readonly mimeType: string; readonly others: { [name: string]: string } } {
  const others: { [name: string]: string } = {};
  let mimeType = 'application/octet-stream';
  for (const [name, value] of Object.entries(headers)) {
    if (value === '')
      throw new ReelwayError('NOT_SUPPORTED', { message: `The native uploader cannot send a header with an empty value: ${name}` });
    if (name.toLowerCase() === 'content-type') mimeType = value;
    else others[name] = value;
  }
  return { mimeType, others };
}
