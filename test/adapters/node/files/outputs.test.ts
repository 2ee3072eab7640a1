/** Files that replace a file of the user: mode, links, exclusive creation; and paths that outlive the working directory. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../../../../adapters/node/index.js';
import { freshDirectory, rejection } from '../given.js';

const fileSystem = nodeFileSystem({ durability: 'process' });
const modeOf = (path: string): number => statSync(path).mode & 0o777;

async function createAs(path: string, replaces: string): Promise<void> {
  const handle = await fileSystem.create(path, { replaces });
  await handle.write(new Uint8Array([1, 2, 3]));
  await handle.close();
}

describe('create with replaces', () => {
  it.each([0o644, 0o600, 0o666, 0o755, 0o640])('gives the new file the mode %o of the replaced one', async (mode) => {
    const directory = freshDirectory();
    const output = join(directory, 'video.mp4');
    writeFileSync(output, 'old');
    chmodSync(output, mode);
    await createAs(join(directory, 'draft'), pathToFileURL(output).href);
    expect(modeOf(join(directory, 'draft'))).toBe(mode);
  });

  it('gives a file that replaces none the default mode of the process', async () => {
    const directory = freshDirectory();
    writeFileSync(join(directory, 'usual'), '');
    await createAs(join(directory, 'draft'), join(directory, 'video.mp4'));
    expect(modeOf(join(directory, 'draft'))).toBe(modeOf(join(directory, 'usual')));
  });

  it('does not open a file that exists already', async () => {
    const directory = freshDirectory();
    writeFileSync(join(directory, 'draft'), 'not ours');
    const error = await rejection(fileSystem.create(join(directory, 'draft'), { replaces: join(directory, 'video.mp4') }));
    expect(error).toMatchObject({ code: 'FILE_UNREADABLE', context: { errno: 'EEXIST' } });
    expect(readFileSync(join(directory, 'draft'), 'latin1')).toBe('not ours');
  });
});

describe('linkTarget', () => {
  it('follows a chain of relative and absolute links to the file', async () => {
    const directory = freshDirectory();
    mkdirSync(join(directory, 'disk'));
    writeFileSync(join(directory, 'disk/real.mp4'), 'old');
    symlinkSync('disk', join(directory, 'folder'));
    symlinkSync('real.mp4', join(directory, 'disk/second'));
    symlinkSync(join(directory, 'folder/second'), join(directory, 'first'));
    expect(await fileSystem.linkTarget?.(join(directory, 'first'))).toBe(join(directory, 'disk/real.mp4'));
  });

  it('returns the target of a dangling link, and other paths unchanged', async () => {
    const directory = freshDirectory();
    symlinkSync('new.mp4', join(directory, 'dangling'));
    expect(await fileSystem.linkTarget?.(join(directory, 'dangling'))).toBe(join(directory, 'new.mp4'));
    for (const path of [join(directory, 'missing'), pathToFileURL(join(directory, 'a b')).href, directory, '/dev/null']) {
      expect(await fileSystem.linkTarget?.(path)).toBe(path);
    }
  });

  it('rejects a cycle with UNSAFE_PATH', async () => {
    const directory = freshDirectory();
    symlinkSync('b', join(directory, 'a'));
    symlinkSync('a', join(directory, 'b'));
    expect(await rejection(Promise.resolve(fileSystem.linkTarget?.(join(directory, 'a'))))).toMatchObject({ code: 'UNSAFE_PATH' });
    expect(lstatSync(join(directory, 'a')).isSymbolicLink()).toBe(true);
  });
});

describe('absolutePath', () => {
  it('resolves relative paths against the working directory, and keeps absolute ones', async () => {
    expect(await fileSystem.absolutePath?.('videos/../a.mp4')).toBe(resolve('a.mp4'));
    for (const path of ['/videos/../a.mp4', 'file:///my%20videos/a.mp4']) expect(await fileSystem.absolutePath?.(path)).toBe(path);
  });
});
