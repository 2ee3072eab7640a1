/** Creates the parts of a fetcher from the options of an app. */
import { createHashService, scopeKey } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import { createEmitter, type Emitter, systemClock } from '../../internal/index.js';
import type { Clock, FileSystem } from '../../ports/index.js';
import { RequestLimiter, type StoreReader } from '../../transfer/index.js';
import { Buffers, LastUsedStore, VideoCache } from '../cache/index.js';
import { Partials } from '../combine/partial-files.js';
import { OperationScope } from '../operations.js';
import { settingsOf } from '../options.js';
import { CachedSegmentReader } from '../read/cached-segment-reader.js';
import { FetchScheduler } from '../schedule/fetch-scheduler.js';
import type { FetchEvents, VideoFetcherOptions } from '../types.js';
import { ThroughputMeter } from '../video/load-progress.js';
import { ManifestCache } from '../video/manifest-cache.js';
import { SegmentEvents } from '../video/segment-events.js';

/** All parts of one fetcher. */
export interface FetcherParts {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly events: Emitter<FetchEvents>;
  readonly segmentEvents: SegmentEvents;
  readonly operations: OperationScope;
  readonly reader: StoreReader;
  readonly buffers: Buffers;
  readonly limiter: RequestLimiter;
  readonly cache: VideoCache;
  readonly manifestCache: ManifestCache;
  readonly partials: Partials;
  readonly segmentReader: CachedSegmentReader;
  readonly scheduler: FetchScheduler;
  /** The directory of combined files without an output path. */
  readonly outputs: string;
}

/** @throws {ReelwayError} INVALID_CONFIG */
export function createFetcherParts(options: VideoFetcherOptions): FetcherParts {
  const settings = settingsOf(options);
  const { fileSystem, keyValueStore } = options;
  const clock = options.clock ?? systemClock();
  const events = createEmitter<FetchEvents>();
  const warn = (error: ReelwayError): void => events.emit('warning', { error });
  const meter = new ThroughputMeter(clock);
  const segmentEvents = new SegmentEvents(events, meter);
  const counters = { bytesFetched: 0, bytesFromCache: 0, retries: 0 };
  const reader: StoreReader = {
    blobStore: options.blobStore,
    clock,
    conditions: options.conditions,
    hashes: createHashService(options.hasher),
    retry: settings.retry,
    counters,
    warn,
    onBytes: (bytes) => {
      counters.bytesFetched += bytes;
      meter.add(bytes);
    },
  };
  // mutation-point: name-cache-scope
  const scope = scopeKey(settings.scope);
  const records = `fetch/${scope}`;
  const buffers = new Buffers(settings.maxBuffers);
  const limiter = new RequestLimiter(clock, settings.concurrency);
  const cache = new VideoCache({
    fileSystem,
    clock,
    directory: `${settings.directory}/${scope}`,
    maxBytes: settings.maxCacheBytes,
    lastUsedStore: new LastUsedStore(keyValueStore, `${records}/used/`, warn),
    warn,
    onEvicted: (videoId, bytes) => events.emit('evicted', { videoId, bytes }),
  });
  return {
    fileSystem,
    clock,
    events,
    segmentEvents,
    operations: new OperationScope(options.messages),
    reader,
    buffers,
    limiter,
    cache,
    manifestCache: new ManifestCache({ reader, cache, events }),
    partials: new Partials({ fileSystem, keyValueStore, clock, warn, prefix: `${records}/partial/` }),
    segmentReader: new CachedSegmentReader({ reader, cache, buffers, segmentEvents }),
    scheduler: new FetchScheduler({ reader, cache, buffers, limiter, segmentEvents }),
    outputs: `${settings.directory}/${scope}.videos`,
  };
}
