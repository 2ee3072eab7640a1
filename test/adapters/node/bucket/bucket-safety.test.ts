/** A bucket on a disk that others can reach too: links, other buckets in its place, what a kill leaves. */
import { link, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoryBlobStore } from '../../../../adapters/node/index.js';
import { bytesBody, codesOf, freshBucket, freshDirectory, listed, PLAIN, patternBytes, put, readAll, rejection } from '../given.js';

describe('what leads out of the bucket', () => {
  it('a link in a blob’s or a directory’s place is UNSAFE_PATH, and nothing behind it is touched', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'v/a.bin');
    const outside = freshDirectory();
    await writeFile(join(outside, 'secret.bin'), 'secret');
    await symlink(outside, join(directory, 'w'));
    await symlink(join(outside, 'secret.bin'), join(directory, 'v/link.bin'));
    const inLinked = 'w/secret.bin';
    expect(
      await codesOf([
        store.get(inLinked),
        store.head(inLinked),
        store.put(inLinked, bytesBody(patternBytes(1)), PLAIN),
        store.remove([inLinked]),
      ]),
    ).toEqual(Array.from({ length: 4 }, () => 'UNSAFE_PATH'));
    expect(await codesOf([store.get('v/link.bin'), store.head('v/link.bin')])).toEqual(['UNSAFE_PATH', 'UNSAFE_PATH']);
    expect(await listed(store)).toEqual(['v/a.bin']);
    await put(store, 'v/link.bin');
    expect(await readFile(join(outside, 'secret.bin'), 'utf8')).toBe('secret');
    expect(await readdir(outside)).toEqual(['secret.bin']);
  });

  it('a link in the place of the temporaries is UNSAFE_PATH', async () => {
    const { directory, store } = freshBucket();
    await mkdir(directory);
    const outside = freshDirectory();
    await symlink(outside, join(directory, '.reelway-tmp'));
    expect((await rejection(store.put('a', bytesBody(patternBytes(1)), PLAIN))).code).toBe('UNSAFE_PATH');
    expect(await readdir(outside)).toEqual([]);
  });

  it.each(['', '/', 'a/', '/a', 'a//b', '.', '..', '../a', 'a/../b', 'a b', 'a%2e', 'ä', 'a\\b', 'a\0', 'x'.repeat(513)])(
    'the key %j is a TypeError',
    async (key) => {
      const { store } = freshBucket();
      const calls = [store.get(key), store.head(key), store.put(key, bytesBody(patternBytes(1)), PLAIN), store.remove([key])];
      for (const error of await Promise.all(calls.map(rejection))) expect(error).toBeInstanceOf(TypeError);
    },
  );

  it('a bucket that went away is unavailable, and not empty', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'a');
    await rename(directory, `${directory}-unmounted`);
    const calls = () =>
      codesOf([store.get('a'), store.head('a'), store.put('b', bytesBody(patternBytes(1)), PLAIN), store.list?.('') ?? Promise.resolve()]);
    const unavailable = Array.from({ length: 4 }, () => 'UNAVAILABLE');
    expect(await calls()).toEqual(unavailable);
    await mkdir(directory);
    expect(await calls()).toEqual(unavailable);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('leftovers', () => {
  it('of a kill are swept once they are old, and never listed', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'a.bin');
    const [old, young] = [join(directory, `.reelway-tmp/.t-${'0'.repeat(24)}`), join(directory, `.reelway-tmp/.t-${'1'.repeat(24)}`)];
    // As a kill between the link and the unlink of a conditional put leaves it: the blob's own second name.
    await link(join(directory, 'a.bin'), old);
    await writeFile(young, 'half');
    await utimes(old, new Date(0), new Date(0));
    const later = directoryBlobStore({ directory });
    await put(later, 'b.bin');
    expect(await readdir(join(directory, '.reelway-tmp'))).toEqual([`.t-${'1'.repeat(24)}`]);
    expect(await listed(later)).toEqual(['a.bin', 'b.bin']);
    expect(await readAll(await later.get('a.bin'))).toEqual(patternBytes(10));
  });

  it('a tidied up directory of temporaries is made again', async () => {
    const { directory, store } = freshBucket();
    await put(store, 'a');
    await rm(join(directory, '.reelway-tmp'), { recursive: true });
    await put(store, 'b');
    expect(await listed(store)).toEqual(['a', 'b']);
  });
});
