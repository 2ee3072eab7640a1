/** What the tests of the upload engine share: engines on test ports, and stores that fail by script. */
import { ReelwayError, type ReelwayErrorCode } from '../../src/errors/index.js';
import type { BlobInfo, BlobStore, KeyValueStore, PackageObject, Packaging, ReadHandle } from '../../src/ports/index.js';
import { createTestPorts, type TestPorts, type TestPortsOptions } from '../../src/testing/index.js';
import { createUploadEngine, type UploadEngine, type UploadEngineOptions } from '../../src/upload/index.js';

export const SEGMENT_SIZE = 524_288;
export const MANIFEST = /manifest\.json$/;

/** An engine over test ports. */
export function engineOn(ports: TestPorts, more: Partial<UploadEngineOptions> = {}): UploadEngine {
  return createUploadEngine({ ...ports, scope: 'anna', ...more });
}

/** Engines of one test, with a running one over ports that may be wrapped. */
export async function startOn(ports: TestPorts, more: Partial<UploadEngineOptions> = {}): Promise<UploadEngine> {
  const engine = engineOn(ports, more);
  await ports.clock.runUntil(engine.start());
  return engine;
}

/** A request that a script sees before the store does. */
export interface Asked {
  readonly method: 'put' | 'head' | 'get' | 'remove' | 'list';
  readonly key: string;
  /** How often this method was asked for this key before, from 0. */
  readonly nth: number;
}

/** What a script wants: nothing, an error instead, or an error after the request was done. */
export type Fault = undefined | ReelwayErrorCode | ReelwayError | { readonly lost: ReelwayErrorCode } | Promise<never>;

export type Script = (asked: Asked) => Fault;

export interface ScriptedStore extends BlobStore {
  readonly asked: Asked[];
}

/** A store that asks a script before each request. */
export function scripted(store: BlobStore, script: Script): ScriptedStore {
  const asked: Asked[] = [];
  const through = async <T>(method: Asked['method'], key: string, run: () => Promise<T>): Promise<T> => {
    const nth = asked.filter((other) => other.method === method && other.key === key).length;
    const request = { method, key, nth };
    asked.push(request);
    const fault = script(request);
    if (fault instanceof Promise) return fault;
    if (typeof fault === 'string') throw new ReelwayError(fault, { message: 'by script' });
    if (fault instanceof ReelwayError) throw fault;
    const answer = await run();
    if (fault !== undefined) throw new ReelwayError(fault.lost, { message: 'by script' });
    return answer;
  };
  return {
    ...store,
    asked,
    put: (key, body, options) => through('put', key, () => store.put(key, body, options)),
    head: (key, signal) => through('head', key, () => store.head(key, signal)),
    get: (key, options) => through('get', key, () => store.get(key, options)),
    remove: (keys, signal) => through('remove', keys[0] ?? '', () => store.remove(keys, signal)),
    list: (prefix, cursor, signal) =>
      through('list', prefix, () => (store.list === undefined ? Promise.resolve({ blobs: [] }) : store.list(prefix, cursor, signal))),
  };
}

/** The same store without listings. */
export function unlisted(store: BlobStore): BlobStore {
  const { list: _list, ...rest } = store;
  return rest;
}

/** The same store, attesting nothing. */
export function silent(store: BlobStore): BlobStore {
  const mute = (info: BlobInfo): BlobInfo => ({ ...info, hashes: {} });
  return {
    ...unlisted(store),
    attests: [],
    put: async (key, body, options) => mute(await store.put(key, body, options)),
    head: async (key, signal) => {
      const info = await store.head(key, signal);
      return info && mute(info);
    },
  };
}

/** Test ports with one file, and a store behind a script. */
export async function portsWith(
  file: { readonly path?: string; readonly bytes: number },
  script: Script = () => undefined,
  options: TestPortsOptions = {},
): Promise<{ readonly ports: TestPorts; readonly store: ScriptedStore }> {
  const ports = createTestPorts(options);
  await ports.addFile(file.path ?? '/a.mp4', file.bytes);
  return { ports, store: scripted(ports.blobStore, script) };
}

/** A key-value store that asks a script before each write. */
export function scriptedRecords(store: KeyValueStore, script: (key: string, value: string) => ReelwayErrorCode | undefined): KeyValueStore {
  return {
    ...store,
    set: async (key, value) => {
      const code = script(key, value);
      if (code !== undefined) throw new ReelwayError(code, { message: 'by script' });
      await store.set(key, value);
    },
  };
}

/** The code that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'resolved';
  } catch (error) {
    return error instanceof ReelwayError ? error.code : `untyped: ${String(error)}`;
  }
}

/** Whether the bucket holds exactly this file under this video. */
export async function isWhole(ports: TestPorts, videoId: string, path: string): Promise<boolean> {
  const { parseManifest, segmentsOf } = await import('../../src/core/index.js');
  const manifest = parseManifest((await ports.readBlob(`${videoId}/manifest.json`)) ?? new Uint8Array());
  const pieces: Uint8Array[] = [];
  for (const segment of segmentsOf(manifest)) pieces.push((await ports.readBlob(`${videoId}/${segment.url}`)) ?? new Uint8Array());
  const file = (await ports.readFile(path)) ?? new Uint8Array();
  return Buffer.concat(pieces).equals(file);
}

const PIECE = 1_500;
const PAIR = 2 * PIECE;
const INIT: PackageObject = { name: 'init.mp4', role: 'init', contentType: 'video/mp4', sizeBytes: 4 };

/** A packaging whose segments are two pieces each, with an init object first. */
export function twofold(version: string): Packaging {
  return {
    open: async (source, sizeBytes) => {
      const sizeOf = (segment: number): number => Math.min(PAIR, sizeBytes - segment * PAIR);
      return {
        layout: 'hls',
        version,
        count: Math.ceil(sizeBytes / PAIR) + 1,
        opening: [{ start: 0, end: sizeOf(0) }],
        describe: (index) => (index === 0 ? INIT : segment(index - 1, sizeOf(index - 1))),
        read: (index) => (index === 0 ? readInit() : readSegment(source, (index - 1) * PAIR, sizeOf(index - 1))),
      };
    },
  };
}

function segment(number: number, sizeBytes: number): PackageObject {
  return { name: `${number}.m4s`, role: 'segment', contentType: 'video/iso.segment', sizeBytes, startSeconds: number, durationSeconds: 1 };
}

function readInit(): { fill(buffer: Uint8Array): Promise<number> } {
  let left = 4;
  return {
    fill: async (buffer) => {
      buffer.set([1, 2, 3, 4]);
      const length = left;
      left = 0;
      return length;
    },
  };
}

function readSegment(source: ReadHandle, start: number, size: number): { fill(buffer: Uint8Array): Promise<number> } {
  let at = 0;
  return {
    fill: async (buffer) => {
      const length = Math.min(PIECE, size - at);
      if (length > 0) await source.readInto(buffer.subarray(0, length), start + at);
      at += length;
      return length;
    },
  };
}
