/** The part of `@kesha-antonov/react-native-background-downloader` that is used, so that it is handed in and never imported. */

/** How an upload of the library is made. */
export interface NativeUploadOptions {
  readonly id: string;
  readonly url: string;
  /** A plain path. */
  readonly source: string;
  readonly method: 'PUT' | 'POST';
  readonly headers: { [name: string]: string };
  readonly mimeType: string;
  readonly metadata: object;
}

/** How far an upload of the library is. */
export interface NativeUploadProgress {
  /** Bytes that have gone, ≥ 0. */
  readonly bytesUploaded: number;
}

/** What the server has answered: on iOS any status, on Android 2xx only. */
export interface NativeUploadDone {
  /** The HTTP status; 0 where there was none. */
  readonly responseCode: number;
  readonly responseBody: string;
}

/** What went wrong: on Android also every answer outside 2xx. */
export interface NativeUploadFailure {
  readonly error: string;
  /** iOS: NSURLError's number, below 0. Android: the HTTP status, or -1. */
  readonly errorCode: number;
}

/** An upload of the library. Each setter replaces what was set before. */
export interface NativeUploadTask {
  readonly id: string;
  /** `UPLOADING` while the system carries it; `PAUSED` also where only its description is left. */
  readonly state: string;
  readonly metadata: object;
  /** Sets the handler of progress. */
  progress(handler: (event: NativeUploadProgress) => void): unknown;
  /** Sets the handler of the reply. */
  done(handler: (event: NativeUploadDone) => void): unknown;
  /** Sets the handler of failures. */
  error(handler: (event: NativeUploadFailure) => void): unknown;
  /** Begins. */
  start(): void;
  /** Ends the upload without calling a handler. */
  stop(): Promise<void>;
}

/** The part of `@kesha-antonov/react-native-background-downloader` 4.6 that is used; hand in the module itself. */
export interface NativeUploaderLike {
  /** An upload that has not begun. */
  createUploadTask(options: NativeUploadOptions): NativeUploadTask;
  /** Uploads of this process and of earlier ones. */
  getExistingUploadTasks(): Promise<NativeUploadTask[]>;
}
