/** A small world for the fetcher: a bucket with videos, a device, a virtual clock. */
import { createHash, createManifest, encodeManifest, type Layout, type VideoManifest } from '../../../src/core/index.js';
import { createVideoFetcher } from '../../../src/fetch/index.js';
import type { FetchEvents, VideoFetcher, VideoFetcherOptions } from '../../../src/fetch/types.js';
import type { BlobStore } from '../../../src/ports/index.js';
import { createSeededRandom, createTestPorts, type TestPorts, type TestPortsOptions } from '../../../src/testing/index.js';

export const KIB = 1_024;
export const MIB = 1_048_576;
export const PIECE = 524_288;

/** A video in the bucket. */
export interface StoredVideo {
  readonly videoId: string;
  readonly manifest: VideoManifest;
  readonly bytes: Uint8Array;
  /** Key of a segment. */
  key(index: number): string;
}

export interface VideoShape {
  readonly videoId?: string;
  readonly uploadId?: string;
  readonly sizeBytes?: number;
  readonly segmentBytes?: number;
  readonly opening?: readonly { readonly start: number; readonly end: number }[];
  readonly seed?: number;
  readonly layout?: Layout;
  readonly initBytes?: number;
  readonly manifestKey?: string;
  readonly algorithm?: 'crc32c' | 'sha256' | 'md5';
}

export function randomBytes(length: number, seed: number): Uint8Array {
  const random = createSeededRandom(seed);
  const words = new Uint32Array(Math.ceil(length / 4)).map(() => random() * 2 ** 32);
  return new Uint8Array(words.buffer, 0, length);
}

export function digest(algorithm: 'crc32c' | 'md5' | 'sha256', bytes: Uint8Array): string {
  const hash = createHash(algorithm);
  hash.update(bytes);
  return hash.digest();
}

/** Puts a video into the bucket. */
export async function storeVideo(store: BlobStore, shape: VideoShape = {}): Promise<StoredVideo> {
  const {
    videoId = 'clip',
    uploadId = 'up1',
    sizeBytes = 4 * PIECE,
    segmentBytes = PIECE,
    seed = 1,
    layout = 'raw',
    algorithm = 'crc32c',
  } = shape;
  const key = shape.manifestKey ?? `${videoId}/manifest.json`;
  const folder = key.replace(/[^/]*$/, '');
  const bytes = randomBytes(sizeBytes, seed);
  const slices = [];
  for (let at = 0; at < sizeBytes; at += segmentBytes) slices.push(bytes.subarray(at, at + segmentBytes));
  const init = shape.initBytes === undefined ? undefined : randomBytes(shape.initBytes, seed + 1_000);
  const one = layout === 'object';
  const manifest = createManifest({
    videoId,
    uploadId,
    layout,
    createdMs: 1_700_000_000_000,
    source: { sizeBytes, contentType: 'video/mp4' },
    metadata: {},
    renditions: [
      {
        urlTemplate: one ? `${uploadId}/object` : `${uploadId}/{n}`,
        ...(init === undefined
          ? {}
          : { init: { url: `${uploadId}/init`, sizeBytes: init.length, hashes: { [algorithm]: digest(algorithm, init) } } }),
        opening: shape.opening ?? [],
        segments: slices.map((slice) => ({ sizeBytes: slice.length, hashes: { [algorithm]: digest(algorithm, slice) } })),
      },
    ],
  });
  if (one) await put(store, `${folder}${uploadId}/object`, bytes);
  else for (const [index, slice] of slices.entries()) await put(store, `${folder}${uploadId}/${index}`, slice);
  if (init !== undefined) await put(store, `${folder}${uploadId}/init`, init);
  await put(store, key, encodeManifest(manifest));
  return { videoId, manifest, bytes: init === undefined ? bytes : join([init, bytes]), key: (index) => `${folder}${uploadId}/${index}` };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Puts any bytes, larger ones as a stream. */
export async function put(store: BlobStore, key: string, bytes: Uint8Array): Promise<void> {
  let at = 0;
  const open = async () => ({
    next: async () => {
      const piece = bytes.subarray(at, at + PIECE);
      at += piece.length;
      return piece.length === 0 ? undefined : piece;
    },
    close: async () => undefined,
  });
  await store.put(key, { kind: 'stream', sizeBytes: bytes.length, open }, { contentType: 'video/mp4' });
}

export interface World {
  readonly ports: TestPorts;
  /** The bucket itself, past every wrapper. */
  readonly bucket: BlobStore;
  /** Keys that were asked for, in order. */
  readonly requests: string[];
}

export interface WorldOptions extends TestPortsOptions {
  readonly wrap?: (store: BlobStore, ports: { readonly clock: TestPorts['clock'] }) => BlobStore;
}

/** Test ports whose bucket notes every `get`. */
export function createWorld(options: WorldOptions = {}): World {
  const requests: string[] = [];
  let bucket: BlobStore | undefined;
  const ports = createTestPorts({
    ...options,
    wrapBlobStore: (store, clock) => {
      bucket = store;
      const noted: BlobStore = {
        ...store,
        get: (key, getOptions) => {
          requests.push(getOptions?.range === undefined ? key : `${key}#${getOptions.range.start}-${getOptions.range.end}`);
          return store.get(key, getOptions);
        },
      };
      return options.wrap?.(noted, { clock }) ?? noted;
    },
  });
  return { ports, bucket: bucket as BlobStore, requests };
}

export type FetcherOptions = Partial<Omit<VideoFetcherOptions, 'cache'>> & { readonly maxBytes?: number; readonly directory?: string };

/** A fetcher over the ports. */
export function fetcherOn(ports: TestPorts, options: FetcherOptions = {}): VideoFetcher {
  const { maxBytes, directory = '/cache', ...rest } = options;
  return createVideoFetcher({
    fileSystem: ports.fileSystem,
    keyValueStore: ports.keyValueStore,
    blobStore: ports.blobStore,
    conditions: ports.conditions,
    clock: ports.clock,
    scope: 'anna',
    cache: { directory, ...(maxBytes === undefined ? {} : { maxBytes }) },
    ...rest,
  });
}

/** Every event of a kind, as it comes. */
export function collect<Name extends keyof FetchEvents>(fetcher: VideoFetcher, name: Name): FetchEvents[Name][] {
  const all: FetchEvents[Name][] = [];
  fetcher.on(name, (event) => all.push(event));
  return all;
}

/** How a promise ended, once it has. */
export async function failureOf(promise: Promise<unknown>): Promise<{ readonly code?: string; readonly [name: string]: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as { readonly code?: string };
  }
  throw new Error('It was expected to reject');
}

/** Whether two runs of bytes are the same; an assertion over millions of numbers takes minutes. */
export function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
