/** Faulty stores, by their listings. */
import type { BlobStoreClaims, BlobStoreFixture } from '../../../src/conformance/index.js';
import type { BlobPage, BlobStore } from '../../../src/ports/index.js';
import { faulty } from './good-blob-store.js';
import type { Plant } from './plant.js';

type List = NonNullable<BlobStore['list']>;

/** The good store with another listing. */
function listing(change: (list: List) => List) {
  return faulty((good) => {
    if (good.list === undefined) throw new TypeError('The good store has no list');
    return { list: change(good.list.bind(good)) };
  });
}

/** Every blob that the good store lists, whatever is on its pages. */
async function allOf(list: List, prefix: string): Promise<BlobPage['blobs']> {
  const { blobs, cursor } = await list(prefix);
  const found = [...blobs];
  for (let next = cursor; next !== undefined; ) {
    const page = await list(prefix, next);
    found.push(...page.blobs);
    next = page.cursor;
  }
  return found;
}

/** The good store that changes the pages behind the first. */
function laterPages(change: (page: BlobPage, list: List, prefix: string, cursor: string) => BlobPage | Promise<BlobPage>) {
  return listing((list) => async (prefix, cursor, signal) => {
    const page = await list(prefix, cursor, signal);
    return cursor === undefined ? page : change(page, list, prefix, cursor);
  });
}

const PAGE_SIZE = 20;

export const listingPlants: readonly Plant<BlobStoreFixture, BlobStoreClaims>[] = [
  {
    name: 'takes the prefix for a folder',
    clause: 'blob.list.prefix',
    also: ['blob.list.pages'],
    make: faulty((good) => ({
      list: async (prefix, cursor, signal) => {
        const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
        return (await good.list?.(folder, cursor, signal)) ?? { blobs: [] };
      },
    })),
  },
  {
    name: 'takes "_" in the prefix for any character',
    clause: 'blob.list.prefix',
    make: listing((list) => async (prefix, cursor, signal) => {
      if (!prefix.includes('_')) return list(prefix, cursor, signal);
      const pattern = new RegExp(`^${prefix.replace(/\./g, '\\.').replace(/_/g, '.')}`);
      return { blobs: (await allOf(list, '')).filter(({ key }) => pattern.test(key)) };
    }),
  },
  {
    name: 'takes the prefix for one in any case',
    clause: 'blob.list.prefix',
    make: listing((list) => async (prefix, cursor, signal) => {
      if (!/^v\//i.test(prefix)) return list(prefix, cursor, signal);
      return { blobs: (await allOf(list, '')).filter(({ key }) => key.toLowerCase().startsWith(prefix.toLowerCase())) };
    }),
  },
  {
    name: 'lists its first page only',
    clause: 'blob.list.pages',
    make: listing((list) => async (prefix, _cursor, signal) => ({ blobs: (await list(prefix, undefined, signal)).blobs })),
  },
  {
    name: 'ends behind its second page',
    clause: 'blob.list.pages',
    make: laterPages(({ blobs }) => ({ blobs })),
  },
  {
    name: 'begins each page at the beginning',
    clause: 'blob.list.pages',
    make: listing((list) => (prefix, _cursor, signal) => list(prefix, undefined, signal)),
  },
  {
    name: 'forgets the prefix behind a cursor, and goes on by key',
    clause: 'blob.list.pages',
    make: laterPages((_page, list, _prefix, cursor) => list('', cursor)),
  },
  {
    name: 'forgets the prefix behind a cursor, and goes on by position',
    clause: 'blob.list.pages',
    make: listing((list) => async (prefix, cursor, signal) => {
      await list(prefix, undefined, signal);
      const start = Number(cursor ?? 0);
      const all = await allOf(list, cursor === undefined ? prefix : '');
      const blobs = all.slice(start, start + PAGE_SIZE);
      return start + PAGE_SIZE < all.length ? { blobs, cursor: String(start + PAGE_SIZE) } : { blobs };
    }),
  },
  {
    name: 'fills its last page up with what comes behind the prefix',
    clause: 'blob.list.pages',
    make: laterPages(async (page, list) => {
      if (page.cursor !== undefined) return page;
      const last = page.blobs[page.blobs.length - 1];
      const behind = (await allOf(list, '')).filter(({ key }) => last !== undefined && key > last.key);
      return { blobs: [...page.blobs, ...behind].slice(0, PAGE_SIZE) };
    }),
  },
  {
    name: 'begins each page with the last blob of the one before',
    clause: 'blob.list.pages',
    make: laterPages(async (page, list, prefix, cursor) => {
      const again = (await allOf(list, prefix)).filter(({ key }) => key === cursor);
      return { ...page, blobs: [...again, ...page.blobs].slice(0, PAGE_SIZE) };
    }),
  },
  {
    name: 'leaves the first blob of each page out but on the first',
    clause: 'blob.list.pages',
    make: laterPages((page) => ({ ...page, blobs: page.blobs.slice(1) })),
  },
  {
    name: 'gives a cursor again that it has given',
    clause: 'blob.list.pages',
    make: laterPages((page, _list, _prefix, cursor) => ({ blobs: [], ...(page.cursor === undefined ? {} : { cursor }) })),
  },
  {
    name: 'goes on with empty pages for ever',
    clause: 'blob.list.pages',
    make: listing((list) => async (prefix, cursor, signal) => {
      const empty = /^empty-(\d+)$/.exec(cursor ?? '')?.[1];
      if (empty !== undefined) return { blobs: [], cursor: `empty-${Number(empty) + 1}` };
      const page = await list(prefix, cursor, signal);
      return cursor === undefined || page.cursor !== undefined ? page : { ...page, cursor: 'empty-0' };
    }),
  },
  {
    name: 'has pages of more blobs than it says',
    clause: 'blob.list.pages',
    claims: { pageSize: PAGE_SIZE - 1 },
    make: listing((list) => list),
  },
  {
    name: 'lists the size on disk',
    clause: 'blob.list.size',
    make: faulty((good) => ({
      list: async (prefix, cursor, signal) => {
        const page = await good.list?.(prefix, cursor, signal);
        return {
          ...page,
          blobs: (page?.blobs ?? []).map((blob) => ({ ...blob, sizeBytes: Math.ceil((blob.sizeBytes ?? 0) / 4_096) * 4_096 })),
        };
      },
    })),
  },
  {
    name: 'gives a cursor behind an empty page',
    clause: 'blob.list.empty',
    make: faulty((good) => ({
      list: async (prefix, cursor, signal) => {
        const page = (await good.list?.(prefix, cursor, signal)) ?? { blobs: [] };
        return page.blobs.length === 0 && cursor === undefined ? { ...page, cursor: 'end' } : page;
      },
    })),
  },
];
