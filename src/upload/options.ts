/** The options of an app, checked once and completed with defaults before anything else happens. */
import {
  assertScope,
  checkInteger,
  checkNumber,
  checkOneOf,
  chooseHashAlgorithm,
  createHashService,
  createRetryPolicy,
  HASH_ALGORITHMS,
  type HashAlgorithm,
  type HashSource,
  invalidOption,
  MAX_SEGMENT_BYTES,
  type RetryPolicy,
} from '../core/index.js';
import type { MessageCatalogue } from '../errors/index.js';
import { createLocalLock, createWakingClock, systemClock, type WakingClock } from '../internal/index.js';
import { rawPackaging } from '../packaging/index.js';
import type { BlobStore, Conditions, FileSystem, KeyValueStore, Lock, Packaging } from '../ports/index.js';
import type { RetryOptions } from '../transfer/index.js';
import type { ConditionPolicy, PublishStep, UploadEngineOptions, UploadLimits } from './types.js';

/** {@link UploadEngineOptions}, complete. */
export interface Settings {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly blobStore: BlobStore;
  readonly scope: string;
  /** Tried in this order; at least one. */
  readonly packagings: readonly Packaging[];
  readonly publish: PublishStep | undefined;
  readonly conditions: Conditions | undefined;
  readonly lock: Lock;
  readonly lockWaitMs: number;
  readonly hashes: HashSource;
  readonly algorithm: HashAlgorithm;
  readonly refreshAuth: UploadEngineOptions['refreshAuth'];
  readonly clock: WakingClock;
  readonly limits: Required<UploadLimits>;
  readonly retry: Required<RetryOptions>;
  readonly policy: RetryPolicy;
  readonly messages: MessageCatalogue | undefined;
  readonly stagingDirectory: string | undefined;
}

const DEFAULT_BUFFERS = 3;
const MAX_PARALLEL = 64;
const DEFAULT_RETRY: Required<RetryOptions> = { baseDelayMs: 500, maxDelayMs: 30_000, maxAttempts: 10, stallMs: 60_000 };
const MAX_DELAY_MS = 86_400_000;

/** @throws {ReelwayError} INVALID_CONFIG with `context.field` */
export function resolveOptions(options: UploadEngineOptions): Settings {
  requirePorts(options);
  const clock = createWakingClock(options.clock ?? systemClock());
  const retry = resolveRetry(options.retry);
  return {
    fileSystem: options.fileSystem,
    keyValueStore: options.keyValueStore,
    blobStore: options.blobStore,
    scope: assertScope(options.scope),
    packagings: resolvePackagings(options.packaging),
    publish: options.publish,
    conditions: options.conditions,
    lock: options.lock ?? createLocalLock(clock),
    lockWaitMs: checkNumber('lockWaitMs', options.lockWaitMs ?? 0, 0, MAX_DELAY_MS),
    hashes: createHashService(options.hasher),
    algorithm: resolveAlgorithm(options),
    refreshAuth: options.refreshAuth,
    clock,
    limits: resolveLimits(options.limits, { memoryBytes: DEFAULT_BUFFERS * MAX_SEGMENT_BYTES, concurrency: 3, activeVideos: 1 }),
    retry,
    policy: policyOf(retry),
    messages: options.messages,
    stagingDirectory: options.stagingDirectory,
  };
}

/** Limits over those that hold so far. @throws {ReelwayError} INVALID_CONFIG */
export function resolveLimits(limits: UploadLimits | undefined, before: Required<UploadLimits>): Required<UploadLimits> {
  return {
    memoryBytes: checkNumber('limits.memoryBytes', limits?.memoryBytes ?? before.memoryBytes, MAX_SEGMENT_BYTES, Number.MAX_SAFE_INTEGER),
    concurrency: checkInteger('limits.concurrency', limits?.concurrency ?? before.concurrency, 1, MAX_PARALLEL),
    activeVideos: checkInteger('limits.activeVideos', limits?.activeVideos ?? before.activeVideos, 1, MAX_PARALLEL),
  };
}

/** A policy over the one that holds so far. @throws {ReelwayError} INVALID_CONFIG */
export function resolvePolicy(policy: ConditionPolicy | undefined, before: Required<ConditionPolicy>): Required<ConditionPolicy> {
  return {
    allowMetered: policy?.allowMetered ?? before.allowMetered,
    minBatteryLevel: checkNumber('policy.minBatteryLevel', policy?.minBatteryLevel ?? before.minBatteryLevel, 0, 1),
    allowLowPower: policy?.allowLowPower ?? before.allowLowPower,
  };
}

function requirePorts(options: UploadEngineOptions): void {
  for (const port of ['fileSystem', 'keyValueStore', 'blobStore'] as const) {
    if (typeof options[port] !== 'object' || options[port] === null) throw invalidOption(port, 'is missing');
  }
}

function resolvePackagings(given: UploadEngineOptions['packaging'] = rawPackaging()): readonly Packaging[] {
  const packagings = 'open' in given ? [given] : [...given];
  if (packagings.length === 0) throw invalidOption('packaging', 'must have at least one packaging');
  return packagings;
}

function resolveAlgorithm(options: UploadEngineOptions): HashAlgorithm {
  const { hashAlgorithm, blobStore, hasher } = options;
  if (hashAlgorithm === undefined) return chooseHashAlgorithm(blobStore.attests, hasher?.algorithms ?? []);
  return checkOneOf('hashAlgorithm', hashAlgorithm, HASH_ALGORITHMS);
}

function resolveRetry(retry: RetryOptions = {}): Required<RetryOptions> {
  const maxDelayMs = checkNumber('retry.maxDelayMs', retry.maxDelayMs ?? DEFAULT_RETRY.maxDelayMs, 1, MAX_DELAY_MS);
  return {
    maxDelayMs,
    baseDelayMs: checkNumber('retry.baseDelayMs', retry.baseDelayMs ?? Math.min(DEFAULT_RETRY.baseDelayMs, maxDelayMs), 1, maxDelayMs),
    maxAttempts: checkInteger('retry.maxAttempts', retry.maxAttempts ?? DEFAULT_RETRY.maxAttempts, 1, 1_000_000),
    stallMs: checkNumber('retry.stallMs', retry.stallMs ?? DEFAULT_RETRY.stallMs, 1_000, MAX_DELAY_MS),
  };
}

function policyOf(retry: Required<RetryOptions>): RetryPolicy {
  const retries = retry.maxAttempts - 1;
  return createRetryPolicy({
    baseMs: retry.baseDelayMs,
    maxDelayMs: retry.maxDelayMs,
    budgets: {
      transient: retries,
      throttle: Math.min(retries * 2, 1_000_000),
      corrupt: Math.min(retries, 3),
      storage: Math.min(retries, 5),
    },
    // A failed read may be temporary: it is repeated before the source counts as unreadable.
    classify: (code) => (code === 'FILE_UNREADABLE' ? 'storage' : undefined),
  });
}
