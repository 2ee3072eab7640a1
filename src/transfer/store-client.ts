/**
 * The store as the engine asks it: every request under a stall timeout, every response recorded in the network health.
 *
 * One attempt to read bytes of a blob: piece by piece, under a stall timeout, never a byte more than is wanted. The reader
 * is closed in every case, also when it arrives after everyone has left.
 *
 * The store's answers with the hashes that count. A store attests only by the algorithms in its `attests`; a hash of any other
 * algorithm may be an echo of what `put` was given, and is removed here, so that no part of the engine can use it.
 */
import { type ByteRange, copyBytes, type HashAlgorithm, type Hashes, MAX_MANIFEST_BYTES } from '../core/index.js';
import { isReelwayError, ReelwayError } from '../errors/index.js';
import { abortable, type BlobPageWalk, forEachBlobPage, sleep, throwIfAborted } from '../internal/index.js';
import type {
  AbortSignalLike,
  AnnouncedPut,
  BlobBody,
  BlobInfo,
  BlobPage,
  BlobReader,
  BlobStore,
  GetOptions,
  PieceReader,
  PutOptions,
} from '../ports/index.js';
import { asReelwayError } from './errors.js';
import { isNoResponse, type NetworkHealth } from './network-health.js';
import { createRetryAfterTable } from './retry-after.js';
import { type Attempt, type StallLimits, StallTimeout, withStallTimeout } from './stall-timeout.js';
import type { StoreReader } from './transfer-context.js';

/**
 * The store, with patience. All methods reject with the signal's reason, TIMEOUT, or what the store rejected with, typed. The hashes
 * of a {@link BlobInfo} are those that the store attests.
 */
export interface StoreClient {
  /** Milliseconds until the store wants to be asked for this key again, ≥ 0; requests wait for it by themselves. */
  leftMs(key: string): number;
  /** `onUnresponsive`: the body may still be read although the put was given up. */
  put(
    key: string,
    body: BlobBody,
    options: Omit<PutOptions, 'signal' | 'onProgress'>,
    signal: AbortSignalLike,
    onUnresponsive?: () => void,
  ): Promise<BlobInfo>;
  /** Tells the store of the next puts, made by `puts` where it listens. */
  announce(puts: () => readonly AnnouncedPut[]): void;
  head(key: string, signal: AbortSignalLike): Promise<BlobInfo | undefined>;
  remove(keys: readonly string[], signal: AbortSignalLike): Promise<void>;
  /** Whether blobs can be listed. */
  readonly lists: boolean;
  /**
   * Visits what is listed below a prefix, page by page. Keys outside of it are dropped, with one warning for the life of the client.
   * `repeat` repeats the request of one page.
   * @throws {ReelwayError} LISTING_INVALID where the listing does not end
   */
  eachPage(prefix: string, signal: AbortSignalLike, visit: BlobPageWalk['visit'], repeat?: RepeatPage): Promise<void>;
  /** Hands every piece of a blob to `take`; resolves with how many bytes there were. */
  read(key: string, signal: AbortSignalLike, take: (piece: Uint8Array) => Promise<void>): Promise<number>;
  /** A whole small blob, as a manifest is. @throws {ReelwayError} MANIFEST_TOO_LARGE above 8,388,608 bytes */
  readSmall(key: string, signal: AbortSignalLike): Promise<Uint8Array>;
}

/** Runs the request of one page, and again where it fails. */
export type RepeatPage = (request: () => Promise<BlobPage>) => Promise<BlobPage>;

/** Asks a store; `warn` gets what is wrong with it. */
export function createStoreClient(
  blobStore: BlobStore,
  limits: StallLimits,
  networkHealth: NetworkHealth,
  warn: (error: ReelwayError) => void,
): StoreClient {
  const store = attestedStore(blobStore);
  const retryAfter = createRetryAfterTable(limits.clock);
  const ask = async <T>(
    key: string,
    signal: AbortSignalLike,
    run: (attempt: Attempt) => Promise<T>,
    onUnresponsive?: () => void,
  ): Promise<T> => {
    const leftMs = retryAfter.leftMs(key);
    if (leftMs > 0) await sleep(limits.clock, leftMs, signal);
    const heard = async (attempt: Attempt): Promise<T> => {
      try {
        return await run(attempt);
      } catch (error) {
        retryAfter.note(key, error);
        throw error;
      }
    };
    try {
      const answer = await withStallTimeout(limits, signal, heard, onUnresponsive);
      networkHealth.recordResponse();
      return answer;
    } catch (error) {
      if (!signal.aborted && isReelwayError(error)) tell(networkHealth, error);
      throw error;
    }
  };
  let hasWarned = false;
  const warnOfKeys =
    (prefix: string) =>
    ([first]: readonly string[]): void => {
      if (!hasWarned) warn(foreignKeyError(prefix, first));
      hasWarned = true;
    };
  const client: StoreClient = {
    leftMs: retryAfter.leftMs,
    put: (key, body, options, signal, onUnresponsive) =>
      ask(
        key,
        signal,
        async (attempt) => store.put(key, abortableBody(body, attempt), { ...options, signal: attempt.signal, onProgress: attempt.moved }),
        onUnresponsive,
      ),
    announce: (puts) => store.announce?.(puts()),
    head: (key, signal) => ask(key, signal, async (attempt) => store.head(key, attempt.signal)),
    remove: (keys, signal) => ask(keys[0] ?? '', signal, async (attempt) => store.remove(keys, attempt.signal)),
    lists: store.list !== undefined,
    eachPage: (prefix, signal, visit, repeat = (request) => request()) => {
      const list = (cursor: string | undefined): Promise<BlobPage> =>
        ask(prefix, signal, async (attempt) => {
          if (store.list === undefined) throw new ReelwayError('NOT_SUPPORTED', { message: 'The store cannot list' });
          return store.list(prefix, cursor, attempt.signal);
        });
      return forEachBlobPage({ prefix, list: (cursor) => repeat(() => list(cursor)), visit, onForeignKeys: warnOfKeys(prefix) });
    },
    read: (key, signal, take) => ask(key, signal, (attempt) => readAll(store, key, attempt, take)),
    readSmall: (key, signal) => ask(key, signal, (attempt) => readSmall(store, key, attempt)),
  };
  return client;
}

function foreignKeyError(prefix: string, found: string | undefined): ReelwayError {
  return new ReelwayError('LISTING_INVALID', {
    message: `The store listed ${JSON.stringify(found)} below the prefix ${JSON.stringify(prefix)}; such keys are ignored`,
    context: { key: prefix },
  });
}

/** A refusal is an answer; silence, and our own disk's troubles, are none. */
function tell(networkHealth: NetworkHealth, error: ReelwayError): void {
  if (isNoResponse(error.code)) networkHealth.recordNoResponse();
  else networkHealth.recordResponse();
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

async function readAll(store: RequestedStore, key: string, attempt: Attempt, take: (piece: Uint8Array) => Promise<void>): Promise<number> {
  const reader = await store.get(key, { signal: attempt.signal });
  let total = 0;
  try {
    for (;;) {
      // A reader that arrives after the abort is closed without a read; so is one whose next piece does not come.
      throwIfAborted(attempt.signal);
      // mutation-point: read-piece
      const piece = await abortable(reader.next(), attempt.signal);
      if (piece === undefined) return total;
      attempt.moved();
      total += piece.length;
      await take(piece);
    }
  } finally {
    await reader.close();
  }
}

async function readSmall(store: RequestedStore, key: string, attempt: Attempt): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  await readAll(store, key, attempt, async (piece) => {
    length += piece.length;
    if (length > MAX_MANIFEST_BYTES) throw new ReelwayError('MANIFEST_TOO_LARGE', { context: { key } });
    pieces.push(copyBytes(piece));
  });
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** What to read. */
export interface BlobRequest {
  readonly key: string;
  /** @default the whole blob */
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Takes what is read. */
export interface BlobSink {
  /** The size of the whole blob, where the store tells it, before the first byte. May throw. */
  opened(blobBytes: number | undefined): void;
  /** Takes a piece, lent until the promise settles; false: no more is wanted. */
  take(piece: Uint8Array): Promise<boolean> | boolean;
}

/** Reads until the end, or until the sink has enough. */
export async function readBlob(reader: StoreReader, request: BlobRequest, sink: BlobSink): Promise<void> {
  // The abort may have come while the caller waited for a slot.
  throwIfAborted(request.signal);
  const stall = new StallTimeout(reader.clock, reader.retry.stallMs, request.signal);
  try {
    const body = await open(reader, request, stall);
    try {
      sink.opened(body.sizeBytes);
      await readPieces(reader, body, stall, sink);
    } finally {
      release(reader, body);
    }
  } finally {
    stall.end();
  }
}

async function open(reader: StoreReader, request: BlobRequest, stall: StallTimeout): Promise<BlobReader> {
  const options: GetOptions = { signal: stall.signal, ...(request.range === undefined ? {} : { range: request.range }) };
  const opening = reader.blobStore.get(request.key, options);
  try {
    return await stall.race(opening);
  } catch (error) {
    // It may still arrive, with a connection behind it. Its failure has been told already.
    // mutation-point: release-late-download
    opening.then(
      (late) => release(reader, late),
      () => undefined,
    );
    throw error;
  }
}

async function readPieces(reader: StoreReader, body: PieceReader, stall: StallTimeout, sink: BlobSink): Promise<void> {
  for (;;) {
    const piece = await stall.race(body.next());
    if (piece === undefined) return;
    reader.counters.bytesFetched += piece.length;
    reader.onBytes?.(piece.length);
    const wanted = await sink.take(piece);
    // Writing to a slow disk is no stall of the link.
    stall.moved();
    if (!wanted) return;
  }
}

/** Lets go without waiting, since an adapter that ignores its signal must not hold us; what was read stands or falls by its hash. */
function release(reader: StoreReader, body: PieceReader): void {
  body.close().catch((error: unknown) => reader.warn(asReelwayError(error)));
}

/** The requests of a store that the engine makes. */
export type RequestedStore = Pick<BlobStore, 'put' | 'get' | 'head' | 'remove' | 'list' | 'announce'>;

/** The same store; each {@link BlobInfo} that it returns has only hashes of algorithms in `attests`. */
function attestedStore(store: BlobStore): RequestedStore {
  const attested = (info: BlobInfo): BlobInfo => ({ ...info, hashes: hashesIn(info.hashes, store.attests) });
  const list = store.list?.bind(store);
  const announce = store.announce?.bind(store);
  return {
    put: async (key, body, options) => attested(await store.put(key, body, options)),
    get: (key, options) => store.get(key, options),
    head: async (key, signal) => {
      const info = await store.head(key, signal);
      return info && attested(info);
    },
    remove: (keys, signal) => store.remove(keys, signal),
    ...(announce === undefined ? {} : { announce }),
    ...(list === undefined
      ? {}
      : {
          list: async (prefix, cursor, signal) => {
            const page = await list(prefix, cursor, signal);
            return { ...page, blobs: page.blobs.map(attested) };
          },
        }),
  };
}

// mutation-point: attested-hashes
function hashesIn(hashes: Hashes, algorithms: readonly HashAlgorithm[]): Hashes {
  const kept: { [Algorithm in HashAlgorithm]?: string } = {};
  for (const algorithm of algorithms) {
    const hash = hashes[algorithm];
    if (hash !== undefined) kept[algorithm] = hash;
  }
  return kept;
}
