/** The parts of a fetcher, put together from what an app hands in. */
import { createHashService, scopeKey } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import { createEmitter, type Emitter, systemClock } from '../../internal/index.js';
import type { Clock, FileSystem } from '../../ports/index.js';
import { Concurrency, type StoreReader } from '../../transfer/index.js';
import { Buffers, Recency, VideoCache } from '../cache/index.js';
import { Partials } from '../combine/partial-files.js';
import { Operations } from '../operations.js';
import { settingsOf } from '../options.js';
import { PartReader } from '../read/cached-segment-reader.js';
import { Pump } from '../schedule/fetch-scheduler.js';
import type { FetchEvents, VideoFetcherOptions } from '../types.js';
import { Meter } from '../video/load-progress.js';
import { Library } from '../video/manifest-cache.js';
import { Teller } from '../video/segment-events.js';

/** All parts of one fetcher. */
export interface Engine {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly events: Emitter<FetchEvents>;
  readonly teller: Teller;
  readonly operations: Operations;
  readonly reader: StoreReader;
  readonly buffers: Buffers;
  readonly concurrency: Concurrency;
  readonly cache: VideoCache;
  readonly library: Library;
  readonly partials: Partials;
  readonly partReader: PartReader;
  readonly pump: Pump;
  /** Where combined files go that have no path of their own. */
  readonly outputs: string;
}

/** @throws {ReelwayError} INVALID_CONFIG */
export function createEngine(options: VideoFetcherOptions): Engine {
  const settings = settingsOf(options);
  const { fileSystem, keyValueStore } = options;
  const clock = options.clock ?? systemClock();
  const events = createEmitter<FetchEvents>();
  const warn = (error: ReelwayError): void => events.emit('warning', { error });
  const meter = new Meter(clock);
  const teller = new Teller(events, meter);
  const reader: StoreReader = {
    blobStore: options.blobStore,
    clock,
    conditions: options.conditions,
    hashes: createHashService(options.hasher),
    retry: settings.retry,
    counters: { bytesFetched: 0, bytesFromCache: 0, retries: 0 },
    warn,
    onBytes: (bytes) => meter.add(bytes),
  };
  const scope = scopeKey(settings.scope);
  const records = `fetch/${scope}`;
  const buffers = new Buffers(settings.maxBuffers);
  const concurrency = new Concurrency(clock, settings.concurrency);
  const cache = new VideoCache({
    fileSystem,
    clock,
    directory: `${settings.directory}/${scope}`,
    maxBytes: settings.maxCacheBytes,
    recency: new Recency(keyValueStore, `${records}/used/`, warn),
    warn,
    onEvicted: (videoId, bytes) => events.emit('evicted', { videoId, bytes }),
  });
  return {
    fileSystem,
    clock,
    events,
    teller,
    operations: new Operations(options.messages),
    reader,
    buffers,
    concurrency,
    cache,
    library: new Library({ reader, cache, events }),
    partials: new Partials({ fileSystem, keyValueStore, clock, warn, prefix: `${records}/partial/` }),
    partReader: new PartReader({ reader, cache, buffers, teller }),
    pump: new Pump({ reader, cache, buffers, concurrency, teller }),
    outputs: `${settings.directory}/${scope}.videos`,
  };
}
