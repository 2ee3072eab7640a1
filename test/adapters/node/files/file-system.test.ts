/** What the suite cannot know of a real disk: modes, links, pipes, `file://` forms, limits. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { lstat, open, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { nodeFileSystem } from '../../../../adapters/node/index.js';
import { codesOf, freshDirectory, isRoot, madeDirectory, patternBytes, rejection, startChild } from '../given.js';

const fileSystem = nodeFileSystem();

async function write(path: string, bytes: Uint8Array, append = false): Promise<void> {
  const handle = await fileSystem.create(path, { append });
  await handle.write(bytes);
  await handle.close();
}

describe('what nodeFileSystem makes', () => {
  it('is its owner’s alone: files 0600, directories 0700, parents too', async () => {
    const directory = freshDirectory();
    await fileSystem.makeDirectory(join(directory, 'a/b'));
    await write(join(directory, 'a/b/file'), patternBytes(10));
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'a/b'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'a/b/file'))).mode & 0o777).toBe(0o600);
  });

  it.each(['full', 'process'] as const)('is written whole, with durability %s', async (durability) => {
    const directory = freshDirectory();
    const own = nodeFileSystem({ durability });
    const handle = await own.create(join(directory, 'draft'));
    await handle.write(patternBytes(1_048_576));
    await handle.close();
    await own.makeDirectory(join(directory, 'below'));
    await own.rename(join(directory, 'draft'), join(directory, 'below/file'));
    expect(Buffer.compare(await readFile(join(directory, 'below/file')), patternBytes(1_048_576))).toBe(0);
  });

  it('hands on the roots it was given, and has none by itself', () => {
    expect(nodeFileSystem({ roots: { documents: '/d' } }).roots).toEqual({ documents: '/d' });
    expect('roots' in fileSystem).toBe(false);
  });
});

describe('symbolic links', () => {
  it('are followed where a source is read', async () => {
    const directory = freshDirectory();
    await writeFile(join(directory, 'real'), patternBytes(100));
    await symlink(join(directory, 'real'), join(directory, 'link'));
    expect(await fileSystem.stat(join(directory, 'link'))).toMatchObject({ kind: 'file', sizeBytes: 100 });
    const handle = await fileSystem.open(join(directory, 'link'));
    expect(await handle.readInto(new Uint8Array(200), 0)).toBe(100);
    await handle.close();
  });

  it('are refused where a file is written, and what they point to stays', async () => {
    const directory = freshDirectory();
    await writeFile(join(directory, 'victim'), 'precious');
    await symlink(join(directory, 'victim'), join(directory, 'link'));
    await symlink(join(directory, 'not-there'), join(directory, 'dangling'));
    for (const name of ['link', 'dangling']) {
      expect((await rejection(fileSystem.create(join(directory, name)))).code).toBe('UNSAFE_PATH');
      expect((await rejection(fileSystem.create(join(directory, name), { append: true }))).code).toBe('UNSAFE_PATH');
    }
    expect(await readFile(join(directory, 'victim'), 'utf8')).toBe('precious');
    expect(await fileSystem.stat(join(directory, 'not-there'))).toBeUndefined();
  });

  it('are refused in the place of a directory of ours, a slash behind them or not', async () => {
    const directory = freshDirectory();
    await madeDirectory(directory, 'elsewhere');
    await symlink(join(directory, 'elsewhere'), join(directory, 'link'));
    await symlink(join(directory, 'nowhere'), join(directory, 'dangling'));
    for (const name of ['link', 'link/', 'link//', 'dangling']) {
      expect((await rejection(fileSystem.makeDirectory(`${directory}/${name}`))).code).toBe('UNSAFE_PATH');
    }
    // Further up they are the user's own: /tmp is one on macOS.
    await fileSystem.makeDirectory(`${directory}/link/below`);
    expect(await fileSystem.stat(join(directory, 'elsewhere/below'))).toMatchObject({ kind: 'directory' });
  });

  it('are replaced by a rename and removed by a remove, without a look behind them', async () => {
    const directory = freshDirectory();
    await writeFile(join(directory, 'victim'), 'precious');
    await symlink(join(directory, 'victim'), join(directory, 'link'));
    await write(join(directory, 'new'), patternBytes(3));
    await fileSystem.rename(join(directory, 'new'), join(directory, 'link'));
    expect((await lstat(join(directory, 'link'))).isFile()).toBe(true);
    await symlink(join(directory, 'victim'), join(directory, 'other'));
    await fileSystem.remove(join(directory, 'other'));
    expect(await readFile(join(directory, 'victim'), 'utf8')).toBe('precious');
  });
});

describe('what is no file', () => {
  it('a pipe is told as other, and neither opened for reading nor for writing', async () => {
    const directory = freshDirectory();
    const pipe = join(directory, 'pipe');
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', pipe]);
    expect(await fileSystem.stat(pipe)).toMatchObject({ kind: 'other' });
    // It waits for somebody who opens the other end, if only for a moment.
    const writer = open(pipe, 'w');
    const opened = vi.fn();
    void writer.then(opened);
    for (let round = 0; round < 20; round += 1) {
      expect((await rejection(fileSystem.open(pipe))).code).toBe('FILE_UNREADABLE');
      await fileSystem.stat(pipe);
    }
    expect(opened).not.toHaveBeenCalled();
    closeSync(openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK));
    await (await writer).close();
    expect((await rejection(fileSystem.create(pipe))).code).toBe('FILE_UNREADABLE');
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    expect((await rejection(fileSystem.create(pipe))).code).toBe('FILE_UNREADABLE');
    closeSync(reader);
  });

  it('a device and a socket are told as other, and refused', async () => {
    const socket = join(freshDirectory(), 's');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    for (const path of ['/dev/null', socket]) {
      expect(await fileSystem.stat(path)).toMatchObject({ kind: 'other' });
      expect((await rejection(fileSystem.open(path))).code).toBe('FILE_UNREADABLE');
    }
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('file:// paths', () => {
  it.each(['a b', '100%', 'ünï', 'a#b', 'what?', 'a%20b', '日本', "it's"])('name the file %s as its plain path does', async (name) => {
    const path = join(freshDirectory(), name);
    const url = pathToFileURL(path).href;
    await write(url, patternBytes(7));
    expect(await fileSystem.stat(path)).toMatchObject({ sizeBytes: 7 });
    await fileSystem.rename(url, `${url}.moved`);
    expect(await fileSystem.stat(`${path}.moved`)).toMatchObject({ sizeBytes: 7 });
    await fileSystem.remove(`${url}.moved`);
    expect(await fileSystem.stat(`${path}.moved`)).toBeUndefined();
  });

  it.each([
    ...['file://evil.example/etc/passwd', 'file:///a%2Fb', 'file:///a%00b', 'file:///a%zz', 'file:///a?b', 'file:///a#b'],
    ...['', 'a\0b'],
  ])('that name no file of this machine are FILE_UNREADABLE: %j', async (path) => {
    const calls = [fileSystem.stat(path), fileSystem.open(path), fileSystem.create(path), fileSystem.rename('/tmp/none', path)];
    expect(await codesOf(calls)).toEqual(calls.map(() => 'FILE_UNREADABLE'));
  });

  it('take a plain path verbatim, per cent signs and all', async () => {
    const directory = freshDirectory();
    await write(join(directory, 'a%20b'), patternBytes(1));
    expect(await fileSystem.list(directory)).toEqual(['a%20b']);
  });
});

describe('where the system says no', () => {
  it('a full disk is STORAGE_FULL in every port', async () => {
    const directory = freshDirectory();
    const small = startChild('overfill', [directory], { fileBytes: 32_768 });
    expect(await small.rest()).toEqual(['write STORAGE_FULL', 'set STORAGE_FULL', 'value undefined', 'put STORAGE_FULL']);
    expect((await stat(join(directory, 'file'))).size).toBe(32_768);
  });

  it('what modes forbid has a code in every port, and is never “not there”', async () => {
    const directory = freshDirectory();
    // Modes bind nobody who is root, so root asks as somebody else, in a directory that is closed to both.
    const somebody = isRoot ? ['65534'] : [];
    await madeDirectory(directory, 'closed');
    await writeFile(join(directory, 'closed/file'), 'x');
    execFileSync('chmod', ['755', directory]);
    execFileSync('chmod', ['000', join(directory, 'closed')]);
    const told = await startChild('forbidden', [directory, ...somebody]).rest();
    execFileSync('chmod', ['700', join(directory, 'closed')]);
    expect(told).toEqual([
      ...['open FILE_UNREADABLE', 'stat FILE_UNREADABLE', 'list FILE_UNREADABLE', 'create FILE_UNREADABLE'],
      ...['get STORAGE_UNAVAILABLE', 'set STORAGE_UNAVAILABLE', 'keys STORAGE_UNAVAILABLE'],
      ...['head FORBIDDEN', 'put FORBIDDEN'],
    ]);
  });

  it('a handle that was closed reads and writes no more', async () => {
    const path = join(freshDirectory(), 'file');
    const writer = await fileSystem.create(path);
    await writer.write(patternBytes(5));
    await Promise.all([writer.close(), writer.close()]);
    expect((await rejection(writer.write(patternBytes(5)))).code).toBe('FILE_UNREADABLE');
    const reader = await fileSystem.open(path);
    await Promise.all([reader.close(), reader.close()]);
    expect((await rejection(reader.readInto(new Uint8Array(5), 0))).code).toBe('FILE_UNREADABLE');
  });

  it('errors keep the path as it was given, the errno, and their cause', async () => {
    const path = join(freshDirectory(), 'none');
    const error = (await rejection(fileSystem.open(path))) as { code: string; context: object; cause: { code: string } };
    expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', context: { path, errno: 'ENOENT' }, cause: { code: 'ENOENT' } });
  });
});

describe('freeBytes, hashFile', () => {
  it('free bytes are told for a directory that is yet to be made', async () => {
    const directory = freshDirectory();
    const [there, below] = await Promise.all([
      fileSystem.freeBytes?.(directory) ?? -1,
      fileSystem.freeBytes?.(join(directory, 'a/b/c')) ?? -1,
    ]);
    expect(there).toBeGreaterThan(0);
    expect(below).toBeGreaterThan(0);
  });

  it('a file longer than the buffer is hashed whole', async () => {
    const path = join(freshDirectory(), 'file');
    const bytes = patternBytes(1_300_000);
    await writeFile(path, bytes);
    for (const algorithm of ['md5', 'sha256'] as const) {
      expect(await fileSystem.hashFile?.(path, algorithm)).toBe(createHash(algorithm).update(bytes).digest('hex'));
    }
    expect((await rejection(fileSystem.hashFile?.(`${path}.none`, 'md5') ?? Promise.resolve())).code).toBe('FILE_NOT_FOUND');
  });

  it('one read never takes more than 524,288 bytes, however large the buffer', async () => {
    const path = join(freshDirectory(), 'file');
    await writeFile(path, patternBytes(700_000));
    const handle = await fileSystem.open(path);
    expect(await handle.readInto(new Uint8Array(700_000), 0)).toBe(524_288);
    await handle.close();
  });
});
