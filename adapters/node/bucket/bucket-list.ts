/**
 * A bucket's blobs, a page at a time, sorted by the names of their files.
 *
 * Each page holds at most a page's worth of names in memory, however large a directory is: of all its entries only the
 * smallest behind the cursor are kept. The cursor is the path of the last listed blob, so blobs that are put or
 * removed meanwhile do not shift the other pages.
 */
import type { Dir } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../../src/adapter-kit/index.js';
import type { AbortSignalLike, BlobInfo, BlobPage } from '../../../src/ports/index.js';
import { isMissing } from '../files/errors.js';
import { decodeName } from './bucket-names.js';

export interface ListRequest {
  /** The directory that holds all candidates; its part of the key, empty or ending in `/`. */
  readonly directory: string;
  readonly base: string;
  readonly prefix: string;
  readonly cursor: string | undefined;
  /** Blobs on a page, ≥ 1. */
  readonly pageBlobs: number;
  readonly signal: AbortSignalLike | undefined;
}

interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
  /** The key up to and with this name. */
  readonly key: string;
}

/** The page behind `cursor`. */
export async function listBlobs(request: ListRequest): Promise<BlobPage> {
  const walk = new Walk(request);
  await walk.visit(request.directory, request.base, '', request.cursor === undefined ? [] : request.cursor.split('/'));
  const last = walk.last;
  return walk.isFull && last !== undefined ? { blobs: walk.found, cursor: last } : { blobs: walk.found };
}

class Walk {
  readonly found: BlobInfo[] = [];
  /** The path of the blob found last, from the directory where the walk began. */
  last: string | undefined;
  private readonly request: ListRequest;

  constructor(request: ListRequest) {
    this.request = request;
  }

  get isFull(): boolean {
    return this.found.length >= this.request.pageBlobs;
  }

  /** Visits the entries behind `after`, a path from here on; empty for all. */
  async visit(directory: string, key: string, path: string, after: readonly string[]): Promise<void> {
    const [first, ...rest] = after;
    // The directory of the cursor is visited again, since it may contain entries behind the cursor.
    if (first !== undefined && rest.length > 0) await this.step(directory, entryOf(first, true, key), path, rest);
    let behind = first;
    while (!this.isFull) {
      const batch = await this.smallest(directory, key, behind);
      for (const entry of batch) {
        if (this.isFull) return;
        await this.step(directory, entry, path, []);
        behind = entry.name;
      }
      if (batch.length < this.request.pageBlobs) return;
    }
  }

  private async step(directory: string, entry: Entry | undefined, path: string, after: readonly string[]): Promise<void> {
    if (entry === undefined) return;
    throwIfAborted(this.request.signal);
    const file = join(directory, entry.name);
    const here = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory) return this.visit(file, entry.key, here, after);
    const stats = await lstat(file).catch(ifMissing);
    if (stats === undefined) return;
    this.found.push({ key: entry.key, sizeBytes: stats.size, modifiedMs: Math.floor(stats.mtimeMs), hashes: {} });
    this.last = here;
  }

  /** At most a page of entries behind a name, in order. */
  private async smallest(directory: string, key: string, behind: string | undefined): Promise<Entry[]> {
    const kept: Entry[] = [];
    const limit = this.request.pageBlobs;
    const entries = await opendir(directory, { bufferSize: 256 }).catch(ifMissing);
    if (entries === undefined) return kept;
    await eachEntry(entries, (name, isDirectory) => {
      if (behind !== undefined && name <= behind) return;
      const entry = entryOf(name, isDirectory, key);
      if (entry === undefined || !this.mayMatch(entry)) return;
      kept.push(entry);
      // Cut back only when twice the limit is reached: sorting costs less in bulk.
      if (kept.length >= limit * 2) cutBack(kept, limit);
    });
    cutBack(kept, limit);
    return kept;
  }

  private mayMatch(entry: Entry): boolean {
    const { prefix } = this.request;
    return entry.key.startsWith(prefix) || (entry.isDirectory && prefix.startsWith(entry.key));
  }
}

function cutBack(entries: Entry[], limit: number): void {
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.length > limit) entries.length = limit;
}

/** Links, and files that another program placed here, are not blobs. */
function entryOf(name: string, isDirectory: boolean, key: string): Entry | undefined {
  const decoded = decodeName(name);
  if (decoded === undefined || (decoded.kind === 'directory') !== isDirectory) return undefined;
  return { name, isDirectory, key: key + decoded.part };
}

async function eachEntry(entries: Dir, tell: (name: string, isDirectory: boolean) => void): Promise<void> {
  try {
    for (let entry = await entries.read(); entry !== null; entry = await entries.read()) {
      if (entry.isFile() || entry.isDirectory()) tell(entry.name, entry.isDirectory());
    }
  } finally {
    await entries.close();
  }
}

function ifMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
  return undefined;
}
