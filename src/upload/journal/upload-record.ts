/** The record of one upload: everything that its bytes and keys depend on is frozen when it is added. */
import {
  asciiJson,
  type HashAlgorithm,
  isDigest,
  isVideoId,
  type Layout,
  type Priority,
  parseMetadata,
  type VideoMetadata,
} from '../../core/index.js';
import { ERROR_TABLE, ReelwayError, type ReelwayErrorCode } from '../../errors/index.js';
import type { SourcePath } from '../../internal/index.js';

/** How a source is known again. */
export interface SourceIdentity {
  readonly path: SourcePath;
  /** ≥ 0. */
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number;
  /** CRC-32C of a few slices of the content. */
  readonly samples: string;
}

/** What cannot change while an upload lasts. */
export interface FrozenPlan {
  readonly layout: Layout;
  /** The packaging's version; another one would make other bytes. */
  readonly version: string;
  readonly algorithm: HashAlgorithm;
  /** Objects, 0 to 65,536. */
  readonly count: number;
  /** Bytes of all objects. */
  readonly totalBytes: number;
  /** Bytes of every object but the last, where they are alike. */
  readonly eachBytes?: number;
}

/** The durable part of a status; what only lasts as long as the process is `pending`. */
export type DurableStatus = 'pending' | 'paused' | 'failed' | 'publishing' | 'completed' | 'canceled';

/** An error as it is remembered: no cause, no stack. */
export interface StoredError {
  readonly code: ReelwayErrorCode;
  readonly message: string;
  readonly segmentIndex?: number;
  readonly status?: number;
}

/** One upload, as the journal holds it. */
export interface UploadRecord {
  readonly id: string;
  readonly videoId: string;
  readonly metadata: VideoMetadata;
  readonly priority: Priority;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Waits for its steps by hand. */
  readonly byHand: boolean;
  readonly status: DurableStatus;
  readonly source: SourceIdentity;
  /** The source is a copy of the engine's own, which goes with the upload. */
  readonly copied?: boolean;
  readonly plan: FrozenPlan;
  /** ≥ 0. */
  readonly retryCount: number;
  /** With `failed`. */
  readonly error?: StoredError;
  /** The publish step has succeeded. */
  readonly published?: boolean;
  /** With `completed`: when, in milliseconds since 1970. */
  readonly finishedMs?: number;
  /** With `canceled`: not before this time, in milliseconds since 1970, the last sweep. */
  readonly sweepMs?: number;
  /** The upload that this one restarts, whose objects have to be removed. */
  readonly replaces?: string;
}

export function encodeItem(record: UploadRecord): string {
  return asciiJson(record);
}

/** The record in a body; `undefined` where the body is damaged. */
export function decodeItem(body: string): UploadRecord | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? { ...value, metadata: parseMetadata(value.metadata) } : undefined;
  } catch {
    // A body that is not JSON or has invalid metadata is damaged; the caller sets it aside.
    return undefined;
  }
}

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string' && value.length > 0;
const amount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const number: Check = (value) => Number.isFinite(value);
const flag: Check = (value) => typeof value === 'boolean';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);
const shape =
  (checks: { readonly [name: string]: Check }): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const fields = value as { readonly [name: string]: unknown };
    return Object.keys(checks).every((name) => checks[name]?.(fields[name]));
  };

const RECORD: Check = shape({
  id: (value) => typeof value === 'string' && /^[a-z0-9-]{1,64}$/.test(value),
  videoId: isVideoId,
  priority: oneOf('high', 'normal', 'low'),
  createdMs: number,
  byHand: flag,
  status: oneOf('pending', 'paused', 'failed', 'publishing', 'completed', 'canceled'),
  source: shape({
    path: shape({ root: optional(text), path: text }),
    sizeBytes: amount,
    modifiedMs: optional(number),
    samples: (value) => isDigest('crc32c', value),
  }),
  copied: optional(flag),
  plan: shape({
    layout: oneOf('raw', 'hls', 'object'),
    version: text,
    algorithm: oneOf('crc32c', 'md5', 'sha256'),
    count: amount,
    totalBytes: amount,
    eachBytes: optional(amount),
  }),
  retryCount: amount,
  error: optional(
    shape({ code: (value) => Object.keys(ERROR_TABLE).includes(value as string), message: (value) => typeof value === 'string' }),
  ),
  published: optional(flag),
  finishedMs: optional(number),
  sweepMs: optional(number),
  replaces: optional(text),
});

function isRecord(value: unknown): value is UploadRecord {
  return RECORD(value);
}

/** What of an error is remembered. Words that are not ours may hold an address with a secret in it, so they are left out. */
// mutation-point: redact-stored-error
export function storeError(error: ReelwayError): StoredError {
  const { segmentIndex, status } = error.context;
  const isOurs = error.code.startsWith('SOURCE_') || error.code === 'SEGMENT_MISSING';
  return {
    code: error.code,
    message: isOurs ? error.message.slice(0, 500) : ERROR_TABLE[error.code].userMessage,
    ...(segmentIndex === undefined ? {} : { segmentIndex }),
    ...(status === undefined ? {} : { status }),
  };
}

const REFUSED = 'The video is stored, but posting it was refused. Please try again, or cancel it.';

export function restoreError(stored: StoredError, context: { readonly videoId: string; readonly uploadId: string }): ReelwayError {
  const { code, message, segmentIndex, status } = stored;
  return new ReelwayError(code, {
    message,
    // A stored error has ended the upload, so nothing is repeated automatically.
    ...(code === 'PUBLISH_FAILED' ? { retryable: false, userMessage: REFUSED } : {}),
    context: { ...context, ...(segmentIndex === undefined ? {} : { segmentIndex }), ...(status === undefined ? {} : { status }) },
  });
}

/** Bytes of the acknowledged objects: exact where objects are alike, else near enough until they are planned again. */
export function acknowledgedBytes(plan: FrozenPlan, acknowledged: number, hasLast: boolean): number {
  const { count, totalBytes, eachBytes } = plan;
  if (eachBytes === undefined) return count === 0 ? 0 : Math.floor((totalBytes * acknowledged) / count);
  const lastBytes = totalBytes - eachBytes * (count - 1);
  return hasLast ? (acknowledged - 1) * eachBytes + lastBytes : acknowledged * eachBytes;
}
