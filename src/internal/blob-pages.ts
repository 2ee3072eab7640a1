/**
 * Walks listings. A server, a client or an app's own `list` may ignore the prefix, repeat a page or never end: removals and
 * comparisons must not depend on it.
 */
import { MAX_SEGMENTS } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import type { BlobInfo, BlobPage } from '../ports/index.js';

/** Consecutive pages without a new key of the prefix that are followed. Servers may return a few empty pages. */
const MAX_EMPTY_PAGES = 100;
/** No upload has more objects: a listing that names twice as many below one prefix does not describe an upload. */
const MAX_KEYS = 2 * MAX_SEGMENTS;

/** A listing and what is done with each page of it. */
export interface BlobPageWalk {
  /** Keys that do not begin with it are dropped. */
  readonly prefix: string;
  /** Requests one page; `undefined`: the first. */
  readonly list: (cursor: string | undefined) => Promise<BlobPage>;
  /** Gets the blobs of one page whose key begins with the prefix: at least one. The next page is requested once it has settled. */
  readonly visit: (blobs: readonly BlobInfo[]) => Promise<void>;
  /** Gets the keys of one page that do not begin with the prefix: at least one. @default they are dropped silently */
  readonly onForeignKeys?: (keys: readonly string[]) => void;
}

/**
 * Visits a listing page by page and drops every key outside of the prefix.
 *
 * @throws {ReelwayError} LISTING_INVALID where the listing does not end: a cursor comes twice, 100 consecutive pages have no new key
 * of the prefix, or more than 131,072 keys begin with it
 */
// mutation-point: walk-listing
export async function forEachBlobPage({ prefix, list, visit, onForeignKeys }: BlobPageWalk): Promise<void> {
  const progress = new ListingProgress(prefix);
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    const foreign = page.blobs.filter(({ key }) => !key.startsWith(prefix)).map(({ key }) => key);
    if (foreign.length > 0) onForeignKeys?.(foreign);
    // mutation-point: keys-of-prefix
    const own = page.blobs.filter(({ key }) => key.startsWith(prefix));
    if (own.length > 0) await visit(own);
    cursor = page.cursor;
    progress.check(own, cursor);
  } while (cursor !== undefined);
}

/** Whether a listing gets on. Keeps two strings a page. */
class ListingProgress {
  private readonly prefix: string;
  private readonly cursors = new Set<string>();
  /** The first key of each page: it names the page, in whatever order pages come. */
  private readonly firstKeys = new Set<string>();
  private emptyPages = 0;
  private keys = 0;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** @throws {ReelwayError} LISTING_INVALID */
  check(own: readonly BlobInfo[], cursor: string | undefined): void {
    if (cursor === undefined) return;
    // mutation-point: repeated-cursor
    if (this.cursors.has(cursor)) throw this.invalid('returned the same cursor twice');
    this.cursors.add(cursor);
    const first = own[0]?.key;
    // mutation-point: count-empty-pages
    this.emptyPages = first === undefined || this.firstKeys.has(first) ? this.emptyPages + 1 : 0;
    if (first !== undefined) this.firstKeys.add(first);
    this.keys += own.length;
    if (this.emptyPages >= MAX_EMPTY_PAGES) throw this.invalid(`returned ${MAX_EMPTY_PAGES} consecutive pages without a new key`);
    if (this.keys > MAX_KEYS) throw this.invalid(`returned more than ${MAX_KEYS} keys`);
  }

  private invalid(what: string): ReelwayError {
    return new ReelwayError('LISTING_INVALID', {
      message: `Listing ${JSON.stringify(this.prefix)} does not end: the store ${what}`,
      context: { key: this.prefix },
    });
  }
}
