/** Listings by prefix, over a library that lists folders only: one page of one folder at a time. */
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

/** Asks for a page of a folder, named without a `/` at its end; the root is ''. */
export type ListFolder = (folder: string, pageToken: string | undefined, signal: AbortSignalLike | undefined) => Promise<FirebaseListPage>;

/** A folder that is still to be listed, and from where. */
type Pending = readonly [folder: string, pageToken?: string];

const MOST_EMPTY_PAGES = 20;

/** What is listed. */
export interface Listing {
  readonly listFolder: ListFolder;
  /** The store's own. */
  readonly prefix: string;
  /** What blobs' keys start with. */
  readonly listPrefix: string;
  readonly signal: AbortSignalLike | undefined;
}

/** One page of all blobs whose key starts with `listPrefix`. The cursor names the folders that are still to be listed. */
export async function listBlobs(listing: Listing, cursor: string | undefined): Promise<BlobPage> {
  assertBlobPrefix(listing.listPrefix);
  const pending: Pending[] = cursor === undefined ? [[folderOf(listing.prefix + listing.listPrefix)]] : readCursor(cursor);
  const blobs: BlobInfo[] = [];
  // Folders without blobs of their own make no page, as far as that does not take long.
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
    // Others put objects too: no blob has such a key.
    if (path.startsWith(wanted) && isBlobKey(key)) blobs.push({ key, hashes: {} });
  }
  if (page.nextPageToken) pending.push([folder, page.nextPageToken]);
  for (const { fullPath } of page.prefixes) {
    const below = `${bare(fullPath)}/`;
    if (below.startsWith(wanted) || wanted.startsWith(below)) pending.push([bare(fullPath)]);
  }
}

/** The folder in which everything is that starts so. */
function folderOf(wanted: string): string {
  return wanted.slice(0, Math.max(wanted.lastIndexOf('/'), 0));
}

/** Without the `/` that Android puts before a path, and that a folder may have behind it. */
function bare(path: string): string {
  return path.replace(/^\//, '').replace(/\/$/, '');
}

/** @throws {TypeError} for what is no cursor of ours */
function readCursor(cursor: string): Pending[] {
  try {
    const pending: unknown = JSON.parse(cursor);
    if (Array.isArray(pending) && pending.every(isPending)) return pending;
  } catch {
    // Told below.
  }
  throw new TypeError('The cursor of a listing is one that an earlier page gave');
}

function isPending(entry: unknown): entry is Pending {
  return Array.isArray(entry) && entry.length > 0 && entry.length < 3 && entry.every((part) => typeof part === 'string');
}
