/**
 * A blob store client with stall timeouts, Retry-After handling and a record of the network's health. It makes each request once;
 * its caller repeats them.
 */
import { MAX_MANIFEST_BYTES } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import { type BlobPageWalk, forEachBlobPage, sleep, throwIfAborted } from '../internal/index.js';
import type { AbortSignalLike, AnnouncedPut, BlobBody, BlobInfo, BlobPage, BlobStore, PieceReader, PutOptions } from '../ports/index.js';
import { attestedStore } from './attested-store.js';
import { wrapError } from './errors.js';
import { isNoResponse, type NetworkHealth } from './network-health.js';
import { type BlobDownloads, readBlob, readSmallBlob } from './read-blob.js';
import { createRetryAfterTable } from './retry-after.js';
import { type Attempt, type StallLimits, withStallTimeout } from './stall-timeout.js';

/** What a put calls. */
export interface PutHooks {
  /** The request begins, after all waits. What it throws ends the request. */
  readonly beforePut: () => void;
  /** The store may still read the body although the put has ended. */
  readonly onUnresponsive?: (() => void) | undefined;
}

/**
 * Requests to one store. All methods reject with the signal's reason, TIMEOUT, or the store's error as a {@link ReelwayError}.
 * A {@link BlobInfo} has only the hashes that the store attests.
 */
export interface StoreClient {
  /** Milliseconds until the store accepts requests for this key again (Retry-After), ≥ 0. Requests wait for them by themselves. */
  leftMs(key: string): number;
  put(
    key: string,
    body: BlobBody,
    options: Omit<PutOptions, 'signal' | 'onProgress'>,
    signal: AbortSignalLike,
    hooks: PutHooks,
  ): Promise<BlobInfo>;
  /** Announces the next puts. `puts` is called only where the store listens. */
  announce(puts: () => readonly AnnouncedPut[]): void;
  head(key: string, signal: AbortSignalLike): Promise<BlobInfo | undefined>;
  /** `beforeRemove` is called when the request begins, after all waits. What it throws ends the request. */
  remove(keys: readonly string[], signal: AbortSignalLike, beforeRemove: () => void): Promise<void>;
  /** Whether blobs can be listed. */
  readonly lists: boolean;
  /**
   * Visits what is listed below a prefix, page by page. Keys outside of it are dropped, with one warning for the life of the client.
   * `repeat` repeats the request of one page.
   * @throws {ReelwayError} LISTING_INVALID where the listing does not end
   */
  eachPage(prefix: string, signal: AbortSignalLike, visit: BlobPageWalk['visit'], repeat?: RepeatPage): Promise<void>;
  /** Passes every piece of a blob to `take`; resolves with the number of bytes. */
  read(key: string, signal: AbortSignalLike, take: (piece: Uint8Array) => Promise<void>): Promise<number>;
  /** All bytes of a manifest. @throws {ReelwayError} MANIFEST_TOO_LARGE above 8,388,608 bytes */
  readSmall(key: string, signal: AbortSignalLike): Promise<Uint8Array>;
}

/** Runs the request of one page, and again where it fails. */
export type RepeatPage = (request: () => Promise<BlobPage>) => Promise<BlobPage>;

/** A client of one store. `warn` gets failures that change no outcome. */
export function createStoreClient(
  blobStore: BlobStore,
  limits: StallLimits,
  networkHealth: NetworkHealth,
  warn: (error: ReelwayError) => void,
): StoreClient {
  const store = attestedStore(blobStore);
  const { leftMs, request, noteRetryAfter } = createRequester(limits, networkHealth);
  /** A request under a stall timeout. */
  const send = <T>(key: string, signal: AbortSignalLike, run: (attempt: Attempt) => Promise<T>, onUnresponsive?: () => void): Promise<T> =>
    request(key, signal, () => withStallTimeout(limits, signal, (attempt) => noteRetryAfter(key, run(attempt)), onUnresponsive));
  const downloads: BlobDownloads = {
    blobStore: { get: (key, options) => noteRetryAfter(key, store.get(key, options)) },
    clock: limits.clock,
    retry: limits,
    warn,
  };
  const warnOfKeys = createKeyWarning(warn);
  return {
    leftMs,
    put: (key, body, options, signal, { beforePut, onUnresponsive }) => {
      const put = async (attempt: Attempt): Promise<BlobInfo> => {
        beforePut();
        return store.put(key, abortableBody(body, attempt), { ...options, signal: attempt.signal, onProgress: attempt.moved });
      };
      return send(key, signal, put, onUnresponsive);
    },
    announce: (puts) => store.announce?.(puts()),
    head: (key, signal) => send(key, signal, async (attempt) => store.head(key, attempt.signal)),
    remove: (keys, signal, beforeRemove) =>
      send(keys[0] ?? '', signal, async (attempt) => {
        beforeRemove();
        return store.remove(keys, attempt.signal);
      }),
    lists: store.list !== undefined,
    eachPage: (prefix, signal, visit, repeat = (page) => page()) => {
      const list = (cursor: string | undefined): Promise<BlobPage> =>
        send(prefix, signal, async (attempt) => {
          if (store.list === undefined) throw new ReelwayError('NOT_SUPPORTED', { message: 'The store cannot list' });
          return store.list(prefix, cursor, attempt.signal);
        });
      const onForeignKeys = ([first]: readonly string[]): void => warnOfKeys(prefix, first);
      return forEachBlobPage({ prefix, list: (cursor) => repeat(() => list(cursor)), visit, onForeignKeys });
    },
    read: (key, signal, take) => request(key, signal, () => readAll(downloads, key, signal, take)),
    readSmall: (key, signal) => request(key, signal, () => readSmallBlob(downloads, { key, signal }, MAX_MANIFEST_BYTES)),
  };
}

interface Requester {
  leftMs(key: string): number;
  /** Runs one request once the store accepts it, and records its outcome. */
  request<T>(key: string, signal: AbortSignalLike, run: () => Promise<T>): Promise<T>;
  /** The response, with its Retry-After remembered: also where it comes after the request was aborted. */
  noteRetryAfter<T>(key: string, response: Promise<T>): Promise<T>;
}

function createRequester({ clock }: StallLimits, networkHealth: NetworkHealth): Requester {
  const retryAfter = createRetryAfterTable(clock);
  return {
    leftMs: retryAfter.leftMs,
    request: async (key, signal, run) => {
      const leftMs = retryAfter.leftMs(key);
      if (leftMs > 0) await sleep(clock, leftMs, signal);
      try {
        const result = await run();
        networkHealth.recordResponse();
        return result;
      } catch (failure) {
        throwIfAborted(signal);
        const error = wrapError(failure, 'UNAVAILABLE', 'The store rejected with an error that is not a ReelwayError');
        recordFailure(networkHealth, error);
        throw error;
      }
    },
    noteRetryAfter: async (key, response) => {
      try {
        return await response;
      } catch (error) {
        retryAfter.note(key, error);
        throw error;
      }
    },
  };
}

/** A refusal is a response. A timeout and a lost connection are not. */
function recordFailure(networkHealth: NetworkHealth, error: ReelwayError): void {
  if (isNoResponse(error.code)) networkHealth.recordNoResponse();
  else networkHealth.recordResponse();
}

/** Warns once of listed keys outside their prefix. */
function createKeyWarning(warn: (error: ReelwayError) => void): (prefix: string, found: string | undefined) => void {
  let hasWarned = false;
  return (prefix, found) => {
    if (hasWarned) return;
    hasWarned = true;
    warn(
      new ReelwayError('LISTING_INVALID', {
        message: `The store listed ${JSON.stringify(found)} below the prefix ${JSON.stringify(prefix)}; such keys are ignored`,
        context: { key: prefix },
      }),
    );
  };
}

/** A store that ignores its abort could read the stream after its source was closed and the engine has stopped. */
function abortableBody(body: BlobBody, { signal }: Attempt): BlobBody {
  if (body.kind !== 'stream') return body;
  const open = async (): Promise<PieceReader> => {
    throwIfAborted(signal);
    const reader = await body.open();
    return {
      next: async () => {
        throwIfAborted(signal);
        return reader.next();
      },
      close: () => reader.close(),
    };
  };
  return { ...body, open };
}

async function readAll(
  downloads: BlobDownloads,
  key: string,
  signal: AbortSignalLike,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<number> {
  let total = 0;
  await readBlob(
    downloads,
    { key, signal },
    {
      opened: () => undefined,
      take: async (piece) => {
        total += piece.length;
        await take(piece);
        return true;
      },
    },
  );
  return total;
}
