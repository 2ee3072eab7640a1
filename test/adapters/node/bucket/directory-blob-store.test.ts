/** What the suite cannot know of a bucket on a disk: where blobs lie, links, leftovers, other processes. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoryBlobStore } from '../../../../adapters/node/index.js';
import type { BlobBody } from '../../../../src/ports/index.js';
import {
  bytesBody,
  codesOf,
  freshBucket,
  freshDirectory,
  listed,
  madeDirectory,
  PLAIN,
  patternBytes,
  put,
  readAll,
  rejection,
  streamBody,
  treeOf,
} from '../given.js';

describe('where blobs lie', () => {
  it('each is one file of its owner’s, recognisable by its name', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'My-Reel/manifest.json');
    await put(store, 'My-Reel/u1/000000');
    expect(await treeOf(directory)).toEqual([
      ...['.reelway-tmp', '=my-=reel', '=my-=reel/manifest.json', '=my-=reel/u1', '=my-=reel/u1/000000='],
    ]);
    expect((await stat(join(directory, '=my-=reel'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, '=my-=reel/manifest.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('with durability full too', async () => {
    const directory = join(freshDirectory(), 'a/b/bucket');
    const store = directoryBlobStore({ directory });
    await put(store, 'x/y/z', patternBytes(100));
    await put(store, 'x/y/z', patternBytes(50));
    await store.put('x/once', bytesBody(patternBytes(5)), { ...PLAIN, ifAbsent: true });
    expect(await readAll(await store.get('x/y/z'))).toEqual(patternBytes(50));
    await store.remove(['x/y/z', 'x/once']);
    expect(await treeOf(directory)).toEqual(['.reelway-tmp']);
  });

  it('a bucket may be named by a link or a file:// URL, and reading makes none', async () => {
    const parent = freshDirectory();
    const unmade = directoryBlobStore({ directory: join(parent, 'none') });
    expect(await unmade.head('a')).toBeUndefined();
    expect(await listed(unmade)).toEqual([]);
    expect((await rejection(unmade.get('a'))).code).toBe('BLOB_NOT_FOUND');
    await unmade.remove(['a']);
    expect(await readdir(parent)).toEqual([]);
    await madeDirectory(parent, 'real disk');
    await symlink(join(parent, 'real disk'), join(parent, 'link'));
    await put(directoryBlobStore({ directory: join(parent, 'link') }), 'a');
    expect(await listed(directoryBlobStore({ directory: `file://${parent}/real%20disk` }))).toEqual(['a']);
  });

  it('removing the last blob of a directory takes the directory with it, and no other', async () => {
    const { directory, store } = freshBucket();
    for (const key of ['v/u/0', 'v/u/1', 'v/manifest.json']) await put(store, key);
    await store.remove(['v/u/0', 'v/u/1', 'v/u/none', 'none/at/all']);
    expect(await treeOf(directory)).toEqual(['.reelway-tmp', 'v', 'v/manifest.json']);
    await store.remove(['v/manifest.json']);
    expect(await treeOf(directory)).toEqual(['.reelway-tmp']);
  });

  it('removing tries all keys before it tells of the first that failed', async () => {
    const { directory, store } = freshBucket();
    for (const key of ['a', 'b', 'c']) await put(store, key);
    await rm(join(directory, 'b='));
    await mkdir(join(directory, 'b=/inside'), { recursive: true });
    expect((await codesOf([store.remove(['a', 'b', 'c'])]))[0]).toMatch(/^(FORBIDDEN|UNAVAILABLE)$/);
    expect(await listed(store)).toEqual([]);
  });
});

describe('bodies', () => {
  it('are taken as bytes, streams and files, and the file stays', async () => {
    const { store } = freshBucket();
    const path = join(freshDirectory(), 'source file');
    const bytes = patternBytes(1_200_000);
    await writeFile(path, bytes);
    const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 524_289), bytes.subarray(524_289, 1_048_577), bytes.subarray(1_048_577)];
    const bodies: BlobBody[] = [
      bytesBody(bytes.subarray(0, 524_288)),
      streamBody(pieces),
      { kind: 'file', sizeBytes: bytes.length, path },
      { kind: 'file', sizeBytes: bytes.length, path: `file://${path.replace(/ /g, '%20')}` },
    ];
    for (const body of bodies) {
      const told: number[] = [];
      const info = await store.put('blob', body, { ...PLAIN, onProgress: (sentBytes) => told.push(sentBytes) });
      expect(info).toMatchObject({ key: 'blob', sizeBytes: body.sizeBytes, hashes: {} });
      expect(told[told.length - 1]).toBe(body.sizeBytes);
      expect(Buffer.compare(await readAll(await store.get('blob')), bytes.subarray(0, body.sizeBytes))).toBe(0);
    }
    expect((await stat(path)).size).toBe(bytes.length);
  });

  it('of another size than announced leave nothing, whichever way they are wrong', async () => {
    const { directory, store } = freshBucket();
    const path = join(freshDirectory(), 'file');
    await writeFile(path, patternBytes(100));
    const wrong: BlobBody[] = [
      streamBody([patternBytes(99)], 100),
      streamBody([patternBytes(100), patternBytes(1)], 100),
      streamBody([], 1),
      streamBody([new Uint8Array(0), patternBytes(100)], 100),
      streamBody([patternBytes(524_289)], 524_289),
      { kind: 'file', sizeBytes: 101, path },
      { kind: 'file', sizeBytes: 99, path },
      { kind: 'bytes', sizeBytes: 3, bytes: patternBytes(4) },
    ];
    for (const body of wrong) expect((await rejection(store.put('a/blob', body, PLAIN))).code).toBe('BLOB_CORRUPT');
    expect(await treeOf(directory)).toEqual(['.reelway-tmp']);
  });

  it('that cannot be read reject with their own error', async () => {
    const { directory, store } = freshBucket();
    const missing = store.put('a', { kind: 'file', sizeBytes: 1, path: join(directory, 'none') }, PLAIN);
    expect((await rejection(missing)).code).toBe('FILE_NOT_FOUND');
    const notAFile = store.put('a', { kind: 'file', sizeBytes: 1, path: directory }, PLAIN);
    expect((await rejection(notAFile)).code).toBe('FILE_UNREADABLE');
  });

  it('are checked against every hash they come with, and only those are attested', async () => {
    const { store } = freshBucket();
    const bytes = patternBytes(5_000);
    const hashes = {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      md5: createHash('md5').update(bytes).digest('hex'),
    };
    expect((await store.put('a', bytesBody(bytes), { ...PLAIN, hashes })).hashes).toEqual(hashes);
    for (const algorithm of ['sha256', 'md5', 'crc32c'] as const) {
      const put = store.put('b', bytesBody(bytes), { ...PLAIN, hashes: { ...hashes, [algorithm]: '00' } });
      expect((await rejection(put)).code).toBe('BLOB_CORRUPT');
    }
    expect(await store.head('b')).toBeUndefined();
    expect(await store.head('a')).toMatchObject({ sizeBytes: 5_000, hashes: { sha256: hashes.sha256 } });
  });

  it('a bit that flips on the disk is seen by head', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'a.bin', patternBytes(100));
    const damaged = patternBytes(100);
    damaged[50] = (damaged[50] ?? 0) ^ 1;
    await writeFile(join(directory, 'a.bin'), damaged);
    expect((await store.head('a.bin'))?.hashes.sha256).toBe(createHash('sha256').update(damaged).digest('hex'));
  });

  it('of 32 conditional puts by two stores at once exactly one stores', async () => {
    const { directory, store } = freshBucket();
    const other = directoryBlobStore({ directory });
    const puts = Array.from({ length: 32 }, (_, index) =>
      (index % 2 === 0 ? store : other).put('v/manifest.json', bytesBody(patternBytes(100, index)), { ...PLAIN, ifAbsent: true }),
    );
    const codes = await codesOf(puts);
    expect(codes.filter((code) => code === 'resolved')).toHaveLength(1);
    expect(codes.filter((code) => code === 'BLOB_EXISTS')).toHaveLength(31);
    expect(await readAll(await store.get('v/manifest.json'))).toEqual(patternBytes(100, codes.indexOf('resolved')));
    expect(await readdir(join(directory, '.reelway-tmp'))).toEqual([]);
  });

  it('puts beside removes that prune their directories all arrive', async () => {
    const { store } = freshBucket();
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        await put(store, `v/deep/er/kept-${index}`);
        await put(store, `v/deep/er/gone-${index}`);
        await store.remove([`v/deep/er/gone-${index}`, `v/deep/er/kept-${index}`]);
        await put(store, `v/deep/er/kept-${index}`);
      }),
    );
    expect(await listed(store)).toHaveLength(40);
  });
});

describe('reading', () => {
  it('pieces are at most 524,288 bytes, and lie in one buffer, the next reader’s too', async () => {
    const { store } = freshBucket();
    const bytes = patternBytes(1_300_000);
    await store.put('a', streamBody([bytes.subarray(0, 500_000), bytes.subarray(500_000, 1_000_000), bytes.subarray(1_000_000)]), PLAIN);
    const reader = await store.get('a', { range: { start: 100_000, end: 1_299_999 } });
    const buffers = new Set<ArrayBufferLike>();
    const sizes: number[] = [];
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
      buffers.add(piece.buffer);
      sizes.push(piece.length);
    }
    await Promise.all([reader.close(), reader.close()]);
    expect(reader.sizeBytes).toBe(1_300_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(524_288);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_199_999);
    const again = await store.get('a');
    buffers.add((await again.next())?.buffer as ArrayBufferLike);
    await again.close();
    expect(buffers.size).toBe(1);
    expect(await reader.next()).toBeUndefined();
  });

  it('a blob that is replaced meanwhile is read to its old end', async () => {
    const { store } = freshBucket();
    await put(store, 'a', patternBytes(600_000));
    const reader = await store.get('a');
    const first = (await reader.next())?.slice() ?? new Uint8Array(0);
    await put(store, 'a', patternBytes(5, 2));
    const rest = await readAll(reader);
    expect(rest.length).toBeGreaterThan(0);
    expect(Buffer.compare(Buffer.concat([first, rest]), patternBytes(600_000))).toBe(0);
  });

  it('a blob that is cut short meanwhile rejects, and does not end', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'a.bin', patternBytes(600_000));
    const reader = await store.get('a.bin');
    await reader.next();
    await writeFile(join(directory, 'a.bin'), patternBytes(530_000));
    expect((await rejection(readAll(reader))).code).toBe('UNAVAILABLE');
    await reader.close();
  });

  it.each([
    [10, 11],
    [0, 11],
    [5, 5],
    [6, 5],
    [-1, 5],
    [Number.NaN, 5],
  ])('the range %d to %d of 10 bytes is RANGE_NOT_SATISFIABLE', async (start, end) => {
    const { store } = freshBucket();
    await put(store, 'a');
    expect((await rejection(store.get('a', { range: { start, end } }))).code).toBe('RANGE_NOT_SATISFIABLE');
  });
});

describe('listing', () => {
  it('in pages of any size finds every blob once, and nothing that is none', async () => {
    const keys = ['a', 'a.b', 'a/b', 'a/b.c', 'a/b/c', 'A/B', 'B', 'v1.0/x', 'con/nul', `${'l'.repeat(130)}.bin`, `${'L'.repeat(250)}/x`];
    for (const pageBlobs of [1, 2, 3, 100]) {
      const { directory, store } = freshBucket(pageBlobs);
      for (const key of keys) await put(store, key);
      for (const name of ['.DS_Store', 'Thumbs.db', 'a b', '.reelway-tmp/x.bin']) await writeFile(join(directory, name), 'x');
      await madeDirectory(directory, 'empty/deep');
      await symlink(join(directory, 'a.b'), join(directory, 'link.b'));
      expect((await listed(store)).sort()).toEqual([...keys].sort());
      for (const prefix of ['a', 'a/', 'a/b', 'A', 'v1', 'L', 'L'.repeat(125), `${'L'.repeat(250)}/`, 'none', '/', '../', 'a//']) {
        expect((await listed(store, prefix)).sort()).toEqual(keys.filter((key) => key.startsWith(prefix)).sort());
      }
    }
  });

  it('goes on behind its cursor, whatever was put or removed meanwhile', async () => {
    const { store } = freshBucket(10);
    const key = (index: number): string => `v/${String(index).padStart(3, '0')}.bin`;
    for (let index = 0; index < 35; index += 1) await put(store, key(index));
    const first = await store.list?.('v/');
    await store.remove([key(9), key(10)]);
    await put(store, 'v/000.more.bin');
    const second = await store.list?.('v/', first?.cursor);
    expect(first?.blobs.map((blob) => blob.key)).toEqual(Array.from({ length: 10 }, (_, index) => key(index)));
    expect(second?.blobs.map((blob) => blob.key)).toEqual(Array.from({ length: 10 }, (_, index) => key(index + 11)));
  });

  it('takes no cursor out of the bucket', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'z');
    await mkdir(join(directory, '../outside'));
    await writeFile(join(directory, '../outside/a.bin'), 'x');
    expect((await store.list?.('', '../outside/0'))?.blobs.map((blob) => blob.key)).toEqual(['z']);
  });

  it('leaves out keys that do not begin with the prefix, also behind a cursor of another listing', async () => {
    const { store } = freshBucket(1);
    for (const key of ['v/1/a', 'v/1/b', 'v/2/a', 'v/2/b', 'w/1/a', 'w/1/b']) await put(store, key);
    const cursors: (string | undefined)[] = [];
    for (const other of ['', 'v/', 'v/2', 'w/']) cursors.push((await store.list?.(other))?.cursor, '2/a', '2/0', 'w/1/a', 'v/1/a');
    for (const cursor of cursors) {
      const blobs = (await store.list?.('v/1', cursor))?.blobs ?? [];
      expect(blobs.filter(({ key }) => !key.startsWith('v/1'))).toEqual([]);
    }
  });
});

describe('aborts', () => {
  it('reject with the reason, leave nothing, and settle only when the body is let go', async () => {
    const { directory, store } = freshBucket();
    const reason = new RangeError('enough');
    const controller = new AbortController();
    let pieces = 0;
    let closed = 0;
    const body: BlobBody = {
      kind: 'stream',
      sizeBytes: 10_000,
      open: async () => ({
        next: async () => {
          pieces += 1;
          if (pieces === 3) controller.abort(reason);
          return patternBytes(1_000);
        },
        close: async () => {
          closed += 1;
        },
      }),
    };
    expect(await rejection(store.put('a', body, { ...PLAIN, signal: controller.signal }))).toBe(reason);
    expect([pieces, closed]).toEqual([3, 1]);
    expect(await treeOf(directory)).toEqual(['.reelway-tmp']);
    const calls = [
      store.get('a', { signal: controller.signal }),
      store.head('a', controller.signal),
      store.remove(['a'], controller.signal),
    ];
    for (const error of await Promise.all(calls.map(rejection))) expect(error).toBe(reason);
    expect(await rejection(store.list?.('', undefined, controller.signal) ?? Promise.resolve())).toBe(reason);
  });

  it('end a read at its next piece', async () => {
    const { store } = freshBucket();
    await put(store, 'a', patternBytes(600_000));
    const controller = new AbortController();
    const reader = await store.get('a', { signal: controller.signal });
    await reader.next();
    controller.abort();
    expect(await rejection(reader.next())).toBe(controller.signal.reason);
    await reader.close();
  });

  it('without a reason are ABORTED', async () => {
    const { store } = freshBucket();
    const signal = { aborted: true, addEventListener: () => undefined, removeEventListener: () => undefined };
    expect((await rejection(store.head('a', signal))).code).toBe('ABORTED');
  });
});

it('options are looked at before anything happens', () => {
  for (const pageBlobs of [0, 1.5, Number.NaN, 10_001]) expect(() => directoryBlobStore({ directory: '/x', pageBlobs })).toThrow(TypeError);
});
