/** What the tests of the Node adapters share: a directory of their own, bodies, bytes, and processes that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { directoryBlobStore } from '../../../adapters/node/index.js';
import type { BlobReader, BlobStore, BytesBody, PieceReader, PutOptions, StreamBody } from '../../../src/ports/index.js';

export const PLAIN: PutOptions = { contentType: 'application/octet-stream' };
export const isRoot = process.getuid?.() === 0;
const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** A fresh directory, removed behind the test. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'reelway-node-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Bytes that differ from seed to seed and place to place. */
export function patternBytes(sizeBytes: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8) * 17 + seed * 101) & 0xff);
}

export function bytesBody(bytes: Uint8Array): BytesBody {
  return { kind: 'bytes', sizeBytes: bytes.length, bytes };
}

/** A stream of these pieces, announced as `sizeBytes`. */
export function streamBody(pieces: readonly Uint8Array[], sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)): StreamBody {
  return {
    kind: 'stream',
    sizeBytes,
    open: async (): Promise<PieceReader> => {
      const left = [...pieces];
      return { next: async () => left.shift(), close: async () => undefined };
    },
  };
}

export async function readAll(reader: BlobReader): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(new Uint8Array(piece));
  await reader.close();
  return new Uint8Array(Buffer.concat(pieces));
}

/** Every file and directory below, as paths from there, sorted. */
export async function treeOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).sort();
}

export async function madeDirectory(...parts: string[]): Promise<string> {
  const path = join(...parts);
  await mkdir(path, { recursive: true });
  return path;
}

/** What a rejected promise rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<{ code?: string; name?: string; message?: string; cause?: unknown }> {
  return promise.then(
    (value) => {
      throw new TypeError(`resolved with ${String(value)}, where it should have rejected`);
    },
    (error: unknown) => error as object,
  );
}

/** The codes that these calls reject with, each `resolved` or what was thrown instead where there is none. */
export async function codesOf(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(calls);
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? 'resolved' : ((outcome.reason as { code?: string }).code ?? String(outcome.reason)),
  );
}

/** A bucket that nobody has used. */
export function freshBucket(pageBlobs = 1_000): { directory: string; store: BlobStore } {
  const directory = join(freshDirectory(), 'bucket');
  return { directory, store: directoryBlobStore({ directory, durability: 'process', pageBlobs }) };
}

/** Puts plain bytes. */
export async function put(store: BlobStore, key: string, bytes = patternBytes(10)): Promise<void> {
  await store.put(key, bytesBody(bytes), PLAIN);
}

/** All keys, page after page. */
export async function listed(store: BlobStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await store.list?.(prefix, cursor);
    keys.push(...(page?.blobs ?? []).map((blob) => blob.key));
    cursor = page?.cursor;
  }
  return keys;
}

/** The directory of the only lock in a directory of locks. */
export async function lockPlaceOf(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  expect(names).toHaveLength(1);
  return join(directory, names[0] ?? '');
}

/** The path of its only generation that is held. */
export async function heldLockOf(directory: string): Promise<string> {
  const place = await lockPlaceOf(directory);
  const held = (await readdir(place)).filter((name) => name.endsWith('.lock'));
  expect(held).toHaveLength(1);
  return join(place, held[0] ?? '');
}

/** A process that runs one of the jobs of child.ts, and tells by lines. */
export interface Child {
  /** The next line. */
  line(): Promise<string>;
  /** All lines to its end. */
  rest(): Promise<string[]>;
  send(text: string): void;
  /** SIGSTOP, SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a job. `fileBytes` limits the size of any file that it writes, as a full disk would. */
export function startChild(job: string, args: readonly string[], limits: { fileBytes?: number } = {}): Child {
  const node = [process.execPath, '--import', 'tsx', CHILD, job, ...args];
  const script = `ulimit -f ${Math.ceil((limits.fileBytes ?? 0) / 512)}; exec "$@"`;
  const [command, ...rest] = limits.fileBytes === undefined ? node : ['/bin/sh', '-c', script, 'sh', ...node];
  const child: ChildProcess = spawn(command ?? '', rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    async line() {
      const { value, done } = await lines.next();
      if (done === true) throw new TypeError(`the job ${job} ended without a word`);
      return value as string;
    },
    async rest() {
      const all: string[] = [];
      for (let next = await lines.next(); next.done !== true; next = await lines.next()) all.push(next.value as string);
      return all;
    },
    send: (text) => {
      child.stdin?.write(`${text}\n`);
    },
    signal: (signal) => {
      child.kill(signal);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
