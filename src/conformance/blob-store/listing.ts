/** Clauses on listings. */
import type { BlobInfo, BlobPage } from '../../ports/index.js';
import { patternBytes } from '../kit/bytes.js';
import { type Check, show } from '../kit/check.js';
import { type BlobStoreClause, type BlobStoreFixture, putBytes } from './given.js';

/** More than the suite's largest listing has with one blob on a page; a listing that goes on is taken for endless. */
const MOST_PAGES = 300;
/** A larger claim of `pageSize` is not tried: one page would take too many puts. */
const MOST_PAGE_SIZE = 50;

/** One listing, page by page. */
class Listing {
  readonly blobs: BlobInfo[] = [];
  private readonly check: Check;
  private readonly prefix: string;
  private readonly pageSize: number;
  private readonly pageOfKey = new Map<string, number>();
  private readonly pageOfCursor = new Map<string, number>();
  private pages = 0;

  constructor(check: Check, prefix: string, pageSize: number) {
    this.check = check;
    this.prefix = prefix;
    this.pageSize = pageSize;
  }

  /** Checks one page against those before it; its cursor. */
  add({ blobs, cursor }: BlobPage): string | undefined {
    this.pages += 1;
    const what = `page ${this.pages} of the listing of "${this.prefix}"`;
    this.check.that(blobs.length <= this.pageSize, `${what} has ${blobs.length} blobs, expected at most ${this.pageSize} (claim pageSize)`);
    for (const info of blobs) this.addBlob(info, what);
    if (cursor === undefined) return undefined;
    this.check.equal(typeof cursor, 'string', `the type of the cursor of ${what}`);
    const earlier = this.pageOfCursor.get(cursor);
    this.check.that(earlier === undefined, `${what} has the cursor of page ${earlier}, so that the listing never ends`);
    this.check.that(
      this.pages < MOST_PAGES,
      `the listing of "${this.prefix}" has ${this.blobs.length} blobs on more than ${MOST_PAGES} pages`,
    );
    this.pageOfCursor.set(cursor, this.pages);
    return cursor;
  }

  private addBlob(info: BlobInfo, what: string): void {
    const { key, hashes } = info;
    this.check.that(typeof key === 'string' && key.startsWith(this.prefix), `${what} has the key ${show(key)}`);
    const earlier = this.pageOfKey.get(key);
    this.check.that(earlier === undefined, `${what} has the key "${key}", which is on page ${earlier} already`);
    this.check.equal(typeof hashes, 'object', `the type of hashes of "${key}" on ${what}`);
    this.pageOfKey.set(key, this.pages);
    this.blobs.push(info);
  }
}

/** All blobs that a listing gives, each page checked: keys of the prefix only, none twice, and an end. */
async function listAll(
  { blobStore }: BlobStoreFixture,
  check: Check,
  prefix: string,
  pageSize = Number.POSITIVE_INFINITY,
): Promise<readonly BlobInfo[]> {
  const listing = new Listing(check, prefix, pageSize);
  let cursor: string | undefined;
  do {
    cursor = listing.add((await blobStore.list?.(prefix, cursor)) ?? { blobs: [] });
  } while (cursor !== undefined);
  return listing.blobs;
}

/** Expects that a listing gives exactly these keys. */
export async function expectListed(
  given: BlobStoreFixture,
  check: Check,
  prefix: string,
  keys: readonly string[],
  pageSize?: number,
): Promise<void> {
  const listed = (await listAll(given, check, prefix, pageSize)).map(({ key }) => key);
  const missing = keys.filter((key) => !listed.includes(key));
  check.that(
    missing.length === 0,
    `the listing of "${prefix}" ends after ${listed.length} of ${keys.length} blobs, without ${show(missing)}`,
  );
  check.sameSet(listed, keys, `the keys that start with "${prefix}"`);
}

const among = (prefix: string, keys: readonly string[]): string[] => keys.filter((key) => key.startsWith(prefix));

/** Before and after `pages/m/1` in the order of keys, and with the same beginning. */
const FOREIGN = ['oages/m/1', 'pages/a/1', 'pages/l', 'pages/m-1/1', 'pages/m.1', 'pages/m0/1', 'pages/m1', 'pages/n/1', 'qages/m/1'];

export const LISTING_CLAUSES: readonly BlobStoreClause[] = [
  {
    id: 'blob.list.prefix',
    wants: 'list gives exactly the blobs whose key starts with the prefix, by their whole keys; no character of a prefix stands for others',
    why: 'garbage is found by listing: a key of another upload among them is a segment lost, a shortened one is never removed',
    applies: ({ list }) => list !== undefined,
    run: async (given, check) => {
      const all = ['v/u1/0', 'v/u1/1', 'v/u10/0', 'v/u2/0', 'v/u_1/0', 'v/u.1/0', 'v/ux1/0', 'V/u1/0', 'w/u1/0', 'v/manifest.json'];
      for (const key of all) await putBytes(given, check, key, patternBytes(10));
      for (const prefix of ['', 'v/', 'v/u1', 'v/u1/', 'v/u1/0', 'v/u_', 'v/u_1/', 'v/u.1/', 'V/', 'v/m', 'x']) {
        await expectListed(given, check, prefix, among(prefix, all));
      }
    },
  },
  {
    id: 'blob.list.pages',
    wants:
      'following the cursor gives each blob of the prefix once and no other, among foreign keys too, and comes to an end: every page but the last has a cursor, never one of an earlier page',
    why: 'what a canceled upload has left is removed by its listing: a page with foreign keys removes the segments of another video, a missing page leaves garbage for ever, one that comes again never ends',
    applies: ({ list }) => list !== undefined,
    run: async (given, check, { pageSize }) => {
      // Three full pages, and one blob on the last.
      const count = 3 * Math.min(pageSize ?? 2, MOST_PAGE_SIZE) + 1;
      const wanted = Array.from({ length: count }, (_, index) => `pages/m/1${index}`);
      const all = [...FOREIGN, 'pages/m/0', 'pages/m/2', ...wanted];
      for (const key of all) await putBytes(given, check, key, patternBytes(3));
      for (const prefix of ['pages/m/1', 'pages/m/', '']) await expectListed(given, check, prefix, among(prefix, all), pageSize);
    },
  },
  {
    id: 'blob.list.size',
    wants: 'a size in a listing is exact',
    why: 'one listing stands for a thousand heads when an upload is checked',
    applies: ({ list }) => list !== undefined,
    run: async (given, check) => {
      for (const size of [1, 4_321]) await putBytes(given, check, `size/${size}`, patternBytes(size));
      for (const { key, sizeBytes } of await listAll(given, check, 'size/')) {
        check.that(sizeBytes === undefined || key === `size/${sizeBytes}`, `the listed sizeBytes of ${key} is ${sizeBytes}`);
      }
    },
  },
  {
    id: 'blob.list.empty',
    wants: 'a listing of nothing is an empty page without a cursor',
    why: 'the first start in a new bucket lists before anything was stored',
    applies: ({ list }) => list !== undefined,
    run: async ({ blobStore }, check) => {
      const page = await blobStore.list?.('nothing/');
      check.equal(page?.blobs.length, 0, 'the number of blobs');
      check.equal(page?.cursor, undefined, 'the cursor');
    },
  },
];
