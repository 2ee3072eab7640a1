/** `reelway fetch`: downloads a video into one file and checks every segment; an interrupted run continues from its cache. */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { nodeFileSystem, nodeHasher, nodeKeyValueStore, nodeLock } from '../../../adapters/node/index.js';
import type { Lease, VideoFetcher, VideoManifest } from '../../index.js';
import { createVideoFetcher, isReelwayError, manifestKey } from '../../index.js';
import { openReadable } from '../buckets/bucket.js';
import { scopeOf } from '../buckets/bucket-location.js';
import type { BucketOptions, ReadableBucket } from '../buckets/open-bucket.js';
import type { CommandContext } from '../command.js';
import { cacheDirectory } from '../default-paths.js';
import { interruptible } from '../interrupt.js';
import { notEmpty } from '../options.js';
import { bytesInWords, countInWords, timeInWords } from '../output/format.js';
import type { Output } from '../output/output.js';
import { usageError } from '../usage-error.js';

/** Options of `fetch`. */
export interface FetchCommandOptions extends BucketOptions {
  readonly out: string;
  readonly cache?: string;
  readonly cacheBytes?: number;
}

/** Runs `fetch`. */
export async function fetchCommand(
  { host, output }: CommandContext,
  bucketText: string,
  videoId: string,
  options: FetchCommandOptions,
): Promise<void> {
  const startedMs = host.nowMs();
  const outputPath = await checkedOutput(resolve(host.workingDirectory, notEmpty(options.out, 'out')));
  const bucket = await openReadable(bucketText, host, options);
  const directory = cacheDirectory(host, options.cache);
  return interruptible(host, async ({ signal }) => {
    const lease = await lockCache(directory, output, signal).catch((error: unknown) => {
      bucket.close();
      throw error;
    });
    const fetcher = openFetcher(bucket, directory, options.cacheBytes);
    const off = listen(fetcher, output);
    try {
      const manifest = await fetcher.prepareVideo(undefined, videoId, { signal });
      output.begin('Fetching');
      await download(fetcher, manifest, { outputPath, signal, output });
      const { segmentCount: segments, sizeBytes: bytes } = manifest;
      const { bytesFetched, bytesFromCache, peakBufferBytes, retries } = fetcher.report();
      const wallMs = Math.round(host.nowMs() - startedMs);
      output.completed(
        {
          videoId,
          uploadId: manifest.uploadId,
          manifestKey: manifestKey(videoId),
          segments,
          bytes,
          bytesFetched,
          bytesFromCache,
          wallMs,
          peakBufferBytes,
          retries,
          outputPath,
        },
        `Fetched ${bytesInWords(bytes)} in ${countInWords(segments, 'segment')}, all of them checked, into ${outputPath} in ${timeInWords(wallMs)}.`,
      );
    } finally {
      off();
      await fetcher.cleanup();
      await lease.release();
      bucket.close();
    }
  });
}

/** Checked first, since the file is made only after everything was downloaded. @throws {ReelwayError} INVALID_CONFIG */
async function checkedOutput(path: string): Promise<string> {
  const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;
  const isThere = await stat(dirname(path)).catch((error: unknown) => (codeOf(error) === 'ENOENT' ? undefined : 'unknown'));
  if (isThere === undefined) throw usageError(`The directory of --out does not exist: ${dirname(path)}`, 'out');
  const problem = await stat(path).then(() => undefined, codeOf);
  if (problem === 'ENAMETOOLONG') throw usageError('The name of --out is too long for its file system', 'out');
  return path;
}

/**
 * One process at a time uses a cache: a fetcher removes unknown files of its cache, such as those of another process. The others wait.
 * @throws {ReelwayError} STORAGE_UNAVAILABLE, ABORTED
 */
async function lockCache(directory: string, output: Output, signal: AbortSignal): Promise<Lease> {
  const lock = nodeLock({ directory: join(directory, 'locks') });
  const free = await lock.acquire('cache', { signal });
  if (free !== undefined) return free;
  output.note(
    'waiting',
    { reason: 'cache' },
    `Another fetch uses the cache ${directory}. Waiting for its end; --cache selects another one.`,
  );
  for (;;) {
    const lease = await lock.acquire('cache', { signal, waitMs: LOCK_WAIT_MS });
    if (lease !== undefined) return lease;
  }
}

const LOCK_WAIT_MS = 3_600_000;

interface DownloadOptions {
  readonly outputPath: string;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** Loads into the cache first, so that an interrupted run can continue; straight into the file if the cache is too small. */
async function download(fetcher: VideoFetcher, manifest: VideoManifest, { outputPath, signal, output }: DownloadOptions): Promise<void> {
  const { videoId, sizeBytes: totalBytes } = manifest;
  try {
    await fetcher.startIntelligentLoading(manifest, { signal });
  } catch (error) {
    if (!isReelwayError(error) || error.code !== 'CACHE_FULL') throw error;
  }
  const before = fetcher.report().bytesFetched;
  const tick = (): void => output.progress({ videoId, bytes: Math.min(fetcher.report().bytesFetched - before, totalBytes), totalBytes });
  // Downloads past the cache emit no progress events.
  const timer = setInterval(() => fetcher.report().bytesFetched > before && tick(), TICK_MS);
  try {
    await fetcher.combineSegments(videoId, { outputPath, signal });
  } finally {
    clearInterval(timer);
  }
}

const TICK_MS = 200;

function openFetcher(bucket: ReadableBucket, directory: string, maxBytes: number | undefined): VideoFetcher {
  return createVideoFetcher({
    fileSystem: nodeFileSystem(),
    keyValueStore: nodeKeyValueStore({ directory: join(directory, 'index') }),
    blobStore: bucket.store,
    scope: scopeOf(bucket.place),
    cache: { directory: join(directory, 'segments'), ...(maxBytes === undefined ? {} : { maxBytes }) },
    hasher: nodeHasher(),
  });
}

function listen(fetcher: VideoFetcher, output: Output): () => void {
  const offs = [
    fetcher.on('progress', ({ videoId, cachedBytes, totalBytes, bytesPerSecond, remainingMs }) =>
      output.progress({ videoId, bytes: cachedBytes, totalBytes, bytesPerSecond, remainingMs }),
    ),
    fetcher.on('retry', ({ videoId, index, error, delayMs }) =>
      output.note(
        'retry',
        { videoId, segmentIndex: index, code: error.code, delayMs: Math.round(delayMs) },
        `${error.userMessage} Next attempt in ${timeInWords(delayMs)}.`,
      ),
    ),
    fetcher.on('corrupt', ({ videoId, index, where }) =>
      output.note(
        'corrupt',
        { videoId, segmentIndex: index, where },
        `Segment ${index} is damaged in the ${where === 'cache' ? 'cache' : 'bucket'}.`,
      ),
    ),
    fetcher.on('warning', ({ error }) => output.warning(error)),
  ];
  return () => {
    for (const off of offs) off();
  };
}
