/** What the adapters for phones share: base64, paths, roots, errors, copies that are whole or absent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  base64Codec,
  fileUrl,
  importWhole,
  nativeFailure,
  nativeRoots,
  parentOf,
  plainPath,
  uriScheme,
} from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';

const CODECS = [
  ['the host’s atob and btoa', base64Codec()],
  ['loops in JavaScript', base64Codec({})],
  [
    'an atob that refuses white space',
    base64Codec({
      atob: (text) => {
        if (/\s/.test(text)) throw new RangeError('white space');
        return atob(text);
      },
      btoa,
    }),
  ],
] as const;

describe.each(CODECS)('base64 by %s', (_name, codec) => {
  it('is what Node makes of any bytes, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 80 }), (bytes, line) => {
        const text = codec.encode(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        const buffer = new Uint8Array(bytes.length);
        const broken = text.replace(new RegExp(`.{${line}}`, 'g'), '$&\r\n');
        expect(codec.decodeInto(broken, buffer)).toBe(bytes.length);
        expect(Buffer.compare(buffer, bytes)).toBe(0);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('tells how many bytes there are, and writes none behind the buffer', () => {
    const around = new Uint8Array(10).fill(9);
    expect(codec.decodeInto(Buffer.from([1, 2, 3, 4, 5]).toString('base64'), around.subarray(0, 4))).toBe(5);
    expect([...around]).toEqual([1, 2, 3, 4, 9, 9, 9, 9, 9, 9]);
  });

  it.each(['a', '!!!!', 'AAA€', 'AA=A', 'AAAAA'])('refuses %s', (text) => {
    expect(() => codec.decodeInto(text, new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
});

describe('paths', () => {
  it.each([
    ['/a/50% off #1?.mp4', '/a/50% off #1?.mp4'],
    ['file:///a/50%25%20off.mp4', '/a/50% off.mp4'],
    ['FILE://localhost/a', '/a'],
    ['/a:b', '/a:b'],
  ])('%s is %s', (path, plain) => {
    expect(plainPath(path)).toBe(plain);
    expect(plainPath(fileUrl(plain))).toBe(plain);
  });

  it.each(['', '/a\0b', 'content://media/1', 'ph://1', 'file://host/a', 'file:///a?b', 'file:///a#b', 'file:///%zz', 'file:///a%2Fb'])(
    'refuses %j',
    (path) => expect(() => plainPath(path)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' })),
  );

  it('knows schemes and parents', () => {
    expect([uriScheme('Content://x'), uriScheme('/a://b'), uriScheme('a')]).toEqual(['content', undefined, undefined]);
    expect([parentOf('/a/b'), parentOf('/a')]).toEqual(['/a', '/']);
  });

  it('gives each directory once, in all the forms that a path below it may have', () => {
    expect(
      nativeRoots({
        documents: '/var/x/My Docs/',
        same: 'file:///var/x/My%20Docs',
        none: null,
        empty: '',
        caches: '/private/var/c',
        data: '/data/files',
      }),
    ).toEqual({
      documents: '/var/x/My Docs',
      'documents.url': 'file:///var/x/My%20Docs',
      'documents.twin': '/private/var/x/My Docs',
      'documents.twin.url': 'file:///private/var/x/My%20Docs',
      caches: '/private/var/c',
      'caches.url': 'file:///private/var/c',
      'caches.twin': '/var/c',
      'caches.twin.url': 'file:///var/c',
      data: '/data/files',
      'data.url': 'file:///data/files',
    });
  });
});

describe('native failures', () => {
  it.each([
    [{ code: 'EUNSPECIFIED', message: 'write failed: ENOSPC (No space left on device)' }, 'STORAGE_FULL'],
    [{ code: 'ENSCOCOAERRORDOMAIN640', message: 'voll' }, 'STORAGE_FULL'],
    [{ code: 'NSCocoaErrorDomain:640', message: 'plein' }, 'STORAGE_FULL'],
    [{ message: 'Error Domain=NSPOSIXErrorDomain Code=28 "lleno"' }, 'STORAGE_FULL'],
    [{ code: 'NSCocoaErrorDomain:6400', message: 'other' }, 'FILE_UNREADABLE'],
    ['a text', 'FILE_UNREADABLE'],
    [undefined, 'FILE_UNREADABLE'],
  ])('%j is %s', (error, code) => expect(nativeFailure(error, { path: '/a' }).code).toBe(code));

  it('looks at the room only of what writes, and leaves errors of its own alone', () => {
    const facts = { path: '/a', freeBytes: 0 };
    expect(nativeFailure('x', facts).code).toBe('FILE_UNREADABLE');
    expect(nativeFailure('x', { ...facts, writesBytes: 1 }).code).toBe('STORAGE_FULL');
    const own = new ReelwayError('UNSAFE_PATH');
    expect(nativeFailure(own, { ...facts, writesBytes: 1 })).toBe(own);
  });
});

describe('importWhole', () => {
  it('copies nothing where the abort came first', async () => {
    const calls: string[] = [];
    const step = async (name: string): Promise<void> => void calls.push(name);
    const signal = AbortSignal.abort('before');
    const copy = importWhole({ copy: () => step('copy'), move: () => step('move'), remove: () => step('remove') }, '/a', signal);
    await expect(copy).rejects.toBe('before');
    expect(calls).toEqual([]);
  });

  it('removes the part where the rename fails, and forgets the signal', async () => {
    const removed: string[] = [];
    const controller = new AbortController();
    const steps = {
      copy: async () => undefined,
      move: () => Promise.reject(new ReelwayError('FILE_UNREADABLE')),
      remove: async (path: string) => void removed.push(path),
    };
    await expect(importWhole(steps, '/a', controller.signal)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(removed).toEqual(['/a.part', '/a.part']);
  });
});
