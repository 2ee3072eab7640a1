/**
 * The closed table of error codes.
 *
 * A code never changes its meaning between major versions; messages may. Each code says here whether an engine
 * tries again by itself, and which sentence a person sees; `docs/errors.md` explains each one, and a test holds
 * page and table together.
 */

interface CodeEntry {
  /** Whether the same operation may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  /** The sentence for the user. */
  readonly userMessage: string;
}

/** Every code that Reelway rejects with. */
export const ERROR_TABLE = {
  // Ports: what adapters reject with.
  ABORTED: { retryable: false, userMessage: 'Stopped as asked.' },
  NOT_SUPPORTED: { retryable: false, userMessage: 'This device or storage cannot do that. Please update the app, or try another device.' },
  NETWORK: { retryable: true, userMessage: 'The connection was lost. It goes on by itself once you are online.' },
  TIMEOUT: { retryable: true, userMessage: 'The connection is very slow at the moment. It is tried again by itself.' },
  UNAVAILABLE: { retryable: true, userMessage: 'The storage service does not answer at the moment. It is tried again by itself.' },
  THROTTLED: { retryable: true, userMessage: 'The storage service is busy. It is tried again a little later.' },
  AUTH_REQUIRED: { retryable: false, userMessage: 'Please sign in again to go on. Nothing is lost.' },
  FORBIDDEN: { retryable: false, userMessage: 'You are not allowed to do this. Please ask whoever runs the storage.' },
  FILE_NOT_FOUND: { retryable: false, userMessage: 'The file is not there any more. Please choose it again.' },
  FILE_UNREADABLE: { retryable: false, userMessage: 'The file cannot be opened. Please check its permissions, or choose another file.' },
  FILE_TOO_LARGE_FOR_ADAPTER: {
    retryable: false,
    userMessage: 'The file is too large for this device to read. Please choose a shorter video.',
  },
  STORAGE_FULL: { retryable: false, userMessage: 'The device is full. Please free some space and try again.' },
  STORAGE_UNAVAILABLE: {
    retryable: true,
    userMessage: "The app's storage cannot be read or written right now. Nothing was deleted; please try again.",
  },
  BLOB_NOT_FOUND: {
    retryable: false,
    userMessage: 'That video, or a part of it, is not in the storage. Please ask its owner to upload it again.',
  },
  BLOB_EXISTS: { retryable: false, userMessage: 'Something is already stored under that name. Please choose another name.' },
  BLOB_CORRUPT: { retryable: true, userMessage: 'A part of the video arrived damaged. It is sent again.' },
  QUOTA_EXCEEDED: { retryable: false, userMessage: 'The storage account is full. Please ask whoever runs it.' },
  RANGE_NOT_SATISFIABLE: {
    retryable: false,
    userMessage: 'The stored video is shorter than it should be. Please ask its owner to upload it again.',
  },
  REQUEST_REFUSED: { retryable: false, userMessage: 'The storage service refused the request. Please report this with its code.' },
  LISTING_INVALID: {
    retryable: false,
    userMessage: 'The storage service lists its contents wrongly. No other video was touched. Please report this with its code.',
  },
  // Configuration and identifiers.
  INVALID_CONFIG: { retryable: false, userMessage: 'The app is set up wrongly. Please report this with its code.' },
  INVALID_VIDEO_ID: {
    retryable: false,
    userMessage: 'That video name cannot be used. Letters, digits, dots, dashes and underscores are fine.',
  },
  URL_NOT_ALLOWED: {
    retryable: false,
    userMessage: 'The video points to a place that this app does not trust, so it is not loaded. Please report this.',
  },
  UNSAFE_PATH: { retryable: false, userMessage: "The app's folder was replaced by a link, so nothing was written. Please report this." },
  // Manifests and segments.
  MANIFEST_NOT_FOUND: { retryable: false, userMessage: 'There is no such video. Please check the link, or ask whoever sent it.' },
  MANIFEST_INVALID: { retryable: false, userMessage: "The video's description is damaged. Please ask its owner to upload it again." },
  MANIFEST_TOO_LARGE: {
    retryable: false,
    userMessage: "The video's description is too large to be genuine. Please ask its owner to upload it again.",
  },
  MANIFEST_VERSION_UNSUPPORTED: { retryable: false, userMessage: 'The video was made by a newer version of the app. Please update.' },
  MANIFEST_UNTRUSTED: {
    retryable: false,
    userMessage: "The video's description is not the one that was expected, so it is not played. Please report this.",
  },
  SEGMENT_CORRUPT: { retryable: true, userMessage: 'A part of the video is damaged. It is fetched again.' },
  SEGMENT_MISSING: {
    retryable: false,
    userMessage: 'A part of the video is missing from the storage. Please ask its owner to upload it again.',
  },
  VIDEO_EXISTS: { retryable: false, userMessage: 'Another video is already stored under that name. Please choose another name.' },
  // Sources.
  SOURCE_NOT_FOUND: { retryable: false, userMessage: 'The video file is not there any more. Please choose it again.' },
  SOURCE_NOT_A_FILE: { retryable: false, userMessage: 'That is not a video file. Please choose a file.' },
  SOURCE_UNREADABLE: { retryable: false, userMessage: 'The video file cannot be opened. Please check its permissions.' },
  SOURCE_CHANGED: { retryable: false, userMessage: 'The video file changed during the upload. Please start the upload again.' },
  // Media files.
  MEDIA_INVALID: { retryable: false, userMessage: 'The video file is damaged. Please choose it again, or choose another video.' },
  // Queue and engine.
  QUEUE_RECORD_CORRUPT: { retryable: false, userMessage: 'The record of one upload is damaged. It was set aside; other uploads go on.' },
  QUEUE_RECORD_UNSUPPORTED: {
    retryable: false,
    userMessage: 'One upload was begun by a newer version of the app. Please update to go on with it.',
  },
  QUEUE_LOCKED: { retryable: true, userMessage: 'Another window or program is already handling these uploads. They go on there.' },
  UPLOAD_NOT_FOUND: {
    retryable: false,
    userMessage: 'There is no such upload. It was canceled, or belongs to another account. Please add the video again.',
  },
  UPLOAD_CANCELED: { retryable: false, userMessage: 'The upload was canceled. Please add the video again if you still want it.' },
  INVALID_STATE: {
    retryable: false,
    userMessage: 'That is not possible at this stage. Please look at how the upload stands, and try again.',
  },
  ENGINE_STOPPED: {
    retryable: false,
    userMessage: 'The app has stopped uploading and downloading. What was begun goes on at its next start.',
  },
  PUBLISH_FAILED: { retryable: true, userMessage: 'The video is stored, but could not be posted yet. It is tried again by itself.' },
  // Cache.
  CACHE_FULL: { retryable: false, userMessage: 'There is no room left for this video. Please free some space or raise the limit.' },
  INTERNAL: { retryable: false, userMessage: 'Something went wrong inside the app. Please report this with its code.' },
} as const satisfies Readonly<Record<string, CodeEntry>>;

/** Any code that a {@link ReelwayError} can carry. */
export type ReelwayErrorCode = keyof typeof ERROR_TABLE;

/** The codes that adapters may reject with; engines translate them where they know more. */
export type PortErrorCode =
  | 'ABORTED'
  | 'NOT_SUPPORTED'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'THROTTLED'
  | 'AUTH_REQUIRED'
  | 'FORBIDDEN'
  | 'FILE_NOT_FOUND'
  | 'FILE_UNREADABLE'
  | 'FILE_TOO_LARGE_FOR_ADAPTER'
  | 'STORAGE_FULL'
  | 'STORAGE_UNAVAILABLE'
  | 'BLOB_NOT_FOUND'
  | 'BLOB_EXISTS'
  | 'BLOB_CORRUPT'
  | 'QUOTA_EXCEEDED'
  | 'RANGE_NOT_SATISFIABLE'
  | 'REQUEST_REFUSED'
  | 'UNSAFE_PATH';

/** Sentences for people by code, in any language; a code left out keeps the English one. */
export type MessageCatalogue = { readonly [Code in ReelwayErrorCode]?: string };
