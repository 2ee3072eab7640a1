/** Which class each code belongs to. A new code does not compile until it has one. */
import type { ReelwayErrorCode } from '../../errors/index.js';

/**
 * Kinds of failure that are retried alike: `transient`, `throttle`, `corrupt` and `storage` after a delay, each with a budget;
 * `auth` waits for a sign-in, `full` for room on the device; `permanent` fails at once.
 */
export type RetryClass = 'transient' | 'throttle' | 'corrupt' | 'storage' | 'auth' | 'full' | 'permanent';

/** The class of every code. */
export const CLASS_BY_CODE: Readonly<Record<ReelwayErrorCode, RetryClass>> = {
  ABORTED: 'permanent',
  NOT_SUPPORTED: 'permanent',
  NETWORK: 'transient',
  TIMEOUT: 'transient',
  UNAVAILABLE: 'transient',
  THROTTLED: 'throttle',
  AUTH_REQUIRED: 'auth',
  FORBIDDEN: 'permanent',
  FILE_NOT_FOUND: 'permanent',
  FILE_UNREADABLE: 'permanent',
  FILE_TOO_LARGE_FOR_ADAPTER: 'permanent',
  STORAGE_FULL: 'full',
  STORAGE_UNAVAILABLE: 'storage',
  BLOB_NOT_FOUND: 'permanent',
  BLOB_EXISTS: 'permanent',
  BLOB_CORRUPT: 'corrupt',
  QUOTA_EXCEEDED: 'permanent',
  RANGE_NOT_SATISFIABLE: 'permanent',
  REQUEST_REFUSED: 'permanent',
  LISTING_INVALID: 'permanent',
  INVALID_CONFIG: 'permanent',
  INVALID_VIDEO_ID: 'permanent',
  URL_NOT_ALLOWED: 'permanent',
  UNSAFE_PATH: 'permanent',
  MANIFEST_NOT_FOUND: 'permanent',
  MANIFEST_INVALID: 'permanent',
  MANIFEST_TOO_LARGE: 'permanent',
  MANIFEST_VERSION_UNSUPPORTED: 'permanent',
  MANIFEST_UNTRUSTED: 'permanent',
  SEGMENT_CORRUPT: 'corrupt',
  SEGMENT_MISSING: 'permanent',
  VIDEO_EXISTS: 'permanent',
  SOURCE_NOT_FOUND: 'permanent',
  SOURCE_NOT_A_FILE: 'permanent',
  SOURCE_UNREADABLE: 'permanent',
  SOURCE_CHANGED: 'permanent',
  MEDIA_INVALID: 'permanent',
  QUEUE_RECORD_CORRUPT: 'permanent',
  QUEUE_RECORD_UNSUPPORTED: 'permanent',
  QUEUE_LOCKED: 'storage',
  UPLOAD_NOT_FOUND: 'permanent',
  UPLOAD_CANCELED: 'permanent',
  INVALID_STATE: 'permanent',
  ENGINE_STOPPED: 'permanent',
  PUBLISH_FAILED: 'transient',
  CACHE_FULL: 'permanent',
  INTERNAL: 'permanent',
};
