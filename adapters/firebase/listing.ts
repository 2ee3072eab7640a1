/** Lists by prefix over a library that lists folders only: one page of one folder at a time. */
import { assertBlobPrefix, isBlobKey } from '../../src/adapter-kit/index.js';
import type { AbortSignalLike, BlobInfo, BlobPage } from '../../src/ports/index.js';

/** One page of a folder, as both libraries give it. */
export interface FirebaseListPage {
  /** Objects right in the folder. */
  readonly items: readonly { readonly fullPath: string }[];
  /** Folders right in the folder. */
  readonly prefixes: readonly { readonly fullPath: string }[];
  /** Absent, null or empty on the last page. */
  readonly nextPageToken?: string | null | undefined;
}

/** Lists one page of a folder, named without a `/` at its end; the root is ''. */
export type ListFolder = (folder: string, pageToken: string | undefined, signal: AbortSignalLike | undefined) => Promise<FirebaseListPage>;

/** A folder to be listed, and the page to begin with. */
type Pending = readonly [folder: string, pageToken?: string];

const MOST_EMPTY_PAGES = 20;

export interface Listing {
  readonly listFolder: ListFolder;
  /** The store's prefix. */
  readonly prefix: string;
  /** The requested prefix of keys. */
  readonly listPrefix: string;
  readonly signal: AbortSignalLike | undefined;
}

/** One page of the blobs whose keys begin with `listPrefix`. The cursor contains the folders to be listed. */
export async function listBlobs(listing: Listing, cursor: string | undefined): Promise<BlobPage> {
  assertBlobPrefix(listing.listPrefix);
  const pending: Pending[] = cursor === undefined ? [[folderOf(listing.prefix + listing.listPrefix)]] : readCursor(cursor);
  const blobs: BlobInfo[] = [];
  // Skips folders without blobs, up to a limit.
  for (let pages = 0; pages < MOST_EMPTY_PAGES && blobs.length === 0; pages += 1) {
    const next = pending.pop();
    if (next === undefined) break;
    await listPage(listing, next, pending, blobs);
  }
  return pending.length === 0 ? { blobs } : { blobs, cursor: JSON.stringify(pending) };
}

async function listPage(listing: Listing, [folder, pageToken]: Pending, pending: Pending[], blobs: BlobInfo[]): Promise<void> {
  const { prefix, listPrefix } = listing;
  const wanted = prefix + listPrefix;
  const page = await listing.listFolder(folder, pageToken, listing.signal);
  for (const { fullPath } of page.items) {
    const path = bare(fullPath);
    const key = path.slice(prefix.length);
    // Other programs may put objects with keys that no blob can have.
    if (path.startsWith(wanted) && isBlobKey(key)) blobs.push({ key, hashes: {} });
  }
  if (page.nextPageToken) pending.push([folder, page.nextPageToken]);
  for (const { fullPath } of page.prefixes) {
    const below = `${bare(fullPath)}/`;
    if (below.startsWith(wanted) || wanted.startsWith(below)) pending.push([bare(fullPath)]);
  }
}

/** The folder that contains every path with this prefix. */
function folderOf(wanted: string): string {
  return wanted.slice(0, Math.max(wanted.lastIndexOf('/'), 0));
}

/** Removes the leading `/` of Android and the trailing `/` of a folder. */
function bare(path: string): string {
  return path.replace(/^\//, '').replace(/\/$/, '');
}

/** @throws {TypeError} for an invalid cursor */
function readCursor(cursor: string): Pending[] {
  try {
    const pending: unknown = JSON.parse(cursor);
    if (Array.isArray(pending) && pending.every(isPending)) return pending;
  } catch {
    // Reported below.
  }
  throw new TypeError('Invalid cursor: expected the cursor of an earlier page');
}

function isPending(entry: unknown): entry is Pending {
  return Array.isArray(entry) && entry.length > 0 && entry.length < 3 && entry.every((part) => typeof part === 'string');
}
