/** Listings that are wrong: nothing of another video is removed, and everything of the canceled one is. */
import { describe, expect, it } from 'vitest';
import type { BlobPage, BlobStore } from '../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { forEachBlobPage, rawPackaging, type UploadEngine } from '../../src/upload/index.js';
import { isWhole, silent, startOn } from './support.js';

type List = NonNullable<BlobStore['list']>;
/** A wrong `list` over the right one. */
type Wrong = (list: List) => List;

const PAGE = 5;
const SEGMENT = 1_000;
const packaging = rawPackaging({ segmentBytes: SEGMENT });

const ignoresPrefix: Wrong = (list) => (_prefix, cursor, signal) => list('', cursor, signal);
const forgetsPrefixAfterFirstPage: Wrong = (list) => async (prefix, cursor, signal) => {
  if (cursor !== undefined) return list('', cursor, signal);
  const page = await list(prefix, undefined, signal);
  return { ...page, cursor: page.blobs.at(-1)?.key ?? prefix };
};
const endsAfterFirstPage: Wrong = (list) => async (prefix, _cursor, signal) => {
  const { blobs } = await list(prefix, undefined, signal);
  return { blobs: blobs.slice(0, 1) };
};
const repeatsCursor: Wrong = (list) => async (prefix, _cursor, signal) => ({
  blobs: (await list(prefix, undefined, signal)).blobs,
  cursor: 'again',
});
const neverEnds: Wrong = () => {
  let page = 0;
  return async () => {
    page += 1;
    return { blobs: [], cursor: `page-${page}` };
  };
};

/** The same listing in pages of five keys. */
function paged(list: List): List {
  return async (prefix, cursor, signal) => {
    const { blobs } = await list(prefix, undefined, signal);
    const rest = blobs.filter(({ key }) => cursor === undefined || key > cursor).sort((one, other) => (one.key < other.key ? -1 : 1));
    const shown = rest.slice(0, PAGE);
    const last = shown.at(-1)?.key;
    return rest.length > PAGE && last !== undefined ? { blobs: shown, cursor: last } : { blobs: shown };
  };
}

/** A store with a wrong listing, puts that take 100 ms, and a count of the pages that were asked for. */
function storeWith(ports: TestPorts, wrong: Wrong): { readonly store: BlobStore; readonly pages: () => number } {
  const { list } = ports.blobStore;
  if (list === undefined) throw new TypeError('The memory store lists');
  const bad = wrong(paged(list));
  let pages = 0;
  const store: BlobStore = {
    ...ports.blobStore,
    put: async (key, body, options) => {
      await new Promise<void>((resolve) => ports.clock.after(100, resolve));
      return ports.blobStore.put(key, body, options);
    },
    list: (prefix, cursor, signal) => {
      pages += 1;
      return bad(prefix, cursor, signal);
    },
  };
  return { store, pages: () => pages };
}

/** A completed video of another scope, `precious`, with keys before and after those of `n`. */
async function withPrecious(): Promise<TestPorts> {
  const ports = createTestPorts();
  await ports.addFile('/precious.mp4', 21 * SEGMENT);
  await ports.addFile('/n.mp4', 12 * SEGMENT);
  const engine = await startOn(ports, { scope: 'bert', packaging });
  for (const videoId of ['apple', 'zebra']) {
    await ports.clock.runUntil((await engine.add('/precious.mp4', {}, { videoId })).completed());
  }
  await engine.stop();
  return ports;
}

async function keysOf(ports: TestPorts, videoId: string): Promise<string[]> {
  return (await ports.blobKeys()).filter((key) => key.startsWith(`${videoId}/`));
}

function warningsOf(engine: UploadEngine): string[] {
  const codes: string[] = [];
  engine.on('warning', ({ error }) => codes.push(error.code));
  return codes;
}

describe('a listing that is wrong', () => {
  const kinds: [name: string, wrong: Wrong, warns: boolean, ends: boolean][] = [
    ['ignores the prefix', ignoresPrefix, true, true],
    ['forgets the prefix after the first page', forgetsPrefixAfterFirstPage, true, true],
    ['ends after one key', endsAfterFirstPage, false, true],
    ['returns the same cursor for ever', repeatsCursor, true, false],
    ['returns empty pages for ever', neverEnds, true, false],
  ];

  it.each(kinds)('removes the canceled upload and nothing else when it %s', async (_name, wrong, warns, ends) => {
    const ports = await withPrecious();
    const { store, pages } = storeWith(ports, wrong);
    const engine = await startOn(ports, { packaging, blobStore: store });
    const warnings = warningsOf(engine);
    const upload = await engine.add('/n.mp4', {}, { videoId: 'n' });
    await ports.clock.advance(350);
    expect((await keysOf(ports, 'n')).length).toBeGreaterThan(6);
    await ports.clock.runUntil(upload.cancel());
    expect(await keysOf(ports, 'n')).toEqual([]);
    expect(pages()).toBeLessThanOrEqual(100);
    await ports.clock.advance(200_000);
    expect(await isWhole(ports, 'apple', '/precious.mp4')).toBe(true);
    expect(await isWhole(ports, 'zebra', '/precious.mp4')).toBe(true);
    expect(engine.list().map(({ status }) => status)).toEqual(ends ? [] : ['canceled']);
    if (ends) expect(warnings).toEqual(warns ? ['LISTING_INVALID'] : []);
    else expect(new Set(warnings)).toEqual(new Set(['LISTING_INVALID']));
    await engine.stop();
  });

  it.each(kinds)('erases unfinished uploads and nothing else when it %s', async (_name, wrong) => {
    const ports = await withPrecious();
    const engine = await startOn(ports, { packaging, blobStore: storeWith(ports, wrong).store });
    await engine.add('/n.mp4', {}, { videoId: 'n' });
    await ports.clock.advance(350);
    await ports.clock.runUntil(engine.erase());
    expect(await keysOf(ports, 'n')).toEqual([]);
    expect((await keysOf(ports, 'apple')).length).toBe(22);
    expect((await keysOf(ports, 'zebra')).length).toBe(22);
  });

  it('removes nothing of other videos when the canceled upload has sent nothing', async () => {
    const ports = await withPrecious();
    const engine = await startOn(ports, { packaging, blobStore: storeWith(ports, ignoresPrefix).store });
    engine.configure({ enabled: false });
    const upload = await engine.add('/n.mp4', {}, { videoId: 'n' });
    await ports.clock.runUntil(upload.cancel());
    await ports.clock.advance(200_000);
    expect((await ports.blobKeys()).length).toBe(44);
    await engine.stop();
  });

  it.each(kinds)('does not stop the verification of an upload when it %s', async (_name, wrong) => {
    const ports = await withPrecious();
    const { list = undefined } = storeWith(ports, wrong).store;
    const engine = await startOn(ports, { packaging, blobStore: { ...silent(ports.blobStore), ...(list === undefined ? {} : { list }) } });
    const upload = await engine.add('/n.mp4', {}, { videoId: 'n' });
    await ports.clock.runUntil(upload.completed());
    expect(await isWhole(ports, 'n', '/n.mp4')).toBe(true);
    await engine.stop();
  });
});

describe('forEachBlobPage', () => {
  const blob = (key: string): BlobPage['blobs'][number] => ({ key, sizeBytes: 1, hashes: {} });

  it('visits every page once and gives foreign keys apart', async () => {
    const visited: string[][] = [];
    const foreign: string[] = [];
    const pages: BlobPage[] = [
      { blobs: [blob('a/1'), blob('b/1')], cursor: '1' },
      { blobs: [blob('b/2')], cursor: '2' },
      { blobs: [blob('a/2'), blob('a/3')] },
    ];
    await forEachBlobPage({
      prefix: 'a/',
      list: async (cursor) => pages[Number(cursor ?? 0)] ?? { blobs: [] },
      visit: async (blobs) => void visited.push(blobs.map(({ key }) => key)),
      onForeignKeys: (keys) => foreign.push(...keys),
    });
    expect(visited).toEqual([['a/1'], ['a/2', 'a/3']]);
    expect(foreign).toEqual(['b/1', 'b/2']);
  });

  it('follows 99 empty pages and rejects at the hundredth', async () => {
    const emptyPages = (count: number): Promise<void> => {
      let page = 0;
      const list = async (): Promise<BlobPage> => {
        page += 1;
        return page > count ? { blobs: [blob('a/1')] } : { blobs: [], cursor: String(page) };
      };
      return forEachBlobPage({ prefix: 'a/', list, visit: async () => undefined });
    };
    await expect(emptyPages(99)).resolves.toBeUndefined();
    await expect(emptyPages(100)).rejects.toMatchObject({ code: 'LISTING_INVALID' });
  });

  it('rejects a listing that repeats its pages under new cursors', async () => {
    let page = 0;
    const list = async (): Promise<BlobPage> => {
      page += 1;
      return { blobs: [blob(`a/${page % 3}`)], cursor: String(page) };
    };
    await expect(forEachBlobPage({ prefix: 'a/', list, visit: async () => undefined })).rejects.toMatchObject({ code: 'LISTING_INVALID' });
    expect(page).toBe(103);
  });

  it('rejects a listing that invents keys without an end', async () => {
    let page = 0;
    const list = async (): Promise<BlobPage> => {
      page += 1;
      return { blobs: Array.from({ length: 1_000 }, (_, at) => blob(`a/${page}-${at}`)), cursor: String(page) };
    };
    await expect(forEachBlobPage({ prefix: 'a/', list, visit: async () => undefined })).rejects.toMatchObject({ code: 'LISTING_INVALID' });
    expect(page).toBe(132);
  });
});
