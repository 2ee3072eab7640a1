/** What expo-file-system does that nobody expects, trap by trap. */
import { describe, expect, it } from 'vitest';
import { expoFileSystem } from '../../../adapters/expo/index.js';
import { expoPhone } from '../../fakes/expo-package.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import { codeOf } from '../../upload/support.js';
import { bytesAt, DOCUMENTS, MIB, PLACE } from '../rnfs/phones.js';
import { expectSame, readAll, readingBy, registerTraps, type Trap, writeAll, writingBy } from '../rnfs/trap-kit.js';

type Phone = ReturnType<typeof expoPhone>;
type PhoneOptions = Parameters<typeof expoPhone>[0];

function withFile(options: PhoneOptions, path: string, sizeBytes: number): Phone {
  const phone = expoPhone(options);
  phone.disk.makeUp(path, sizeBytes);
  return phone;
}

const TRAPS: readonly Trap<Phone>[] = [
  {
    name: 'a handle has one cursor',
    phone: () => withFile({ platform: 'android' }, `${PLACE}/clip`, 100_000),
    check: async (fileSystem) => {
      const handle = await fileSystem.open(`${PLACE}/clip`);
      const buffers = [2, 0, 1].map((index) => ({ index, buffer: new Uint8Array(20_000) }));
      await Promise.all(buffers.map(({ index, buffer }) => handle.readInto(buffer, index * 30_000)));
      for (const { index, buffer } of buffers) expectSame(buffer, bytesAt(index * 30_000, 20_000));
    },
    naive: ({ lib }) => ({
      open: async (path) => {
        const handle = new lib.File(`file://${path}`).open('r');
        return readingBy(async (buffer, position) => {
          handle.offset = position;
          const bytes = await handle.readBytes(buffer.length);
          buffer.set(bytes);
          return bytes.length;
        });
      },
    }),
  },
  {
    name: 'bytes come by a promise since version 58',
    phone: () => withFile({ platform: 'ios' }, `${DOCUMENTS}/clip`, 1_000),
    check: async (fileSystem) => expectSame(await readAll(fileSystem, `${DOCUMENTS}/clip`), bytesAt(0, 1_000)),
    naive: ({ lib }) => ({
      open: async (path) => {
        const handle = new lib.File(`file://${path}`).open('r');
        return readingBy(async (buffer, position) => {
          handle.offset = position;
          const bytes = handle.readBytes(buffer.length) as Uint8Array;
          buffer.set(bytes);
          return bytes.length;
        });
      },
    }),
  },
  {
    name: 'and came at once before it',
    phone: () => withFile({ platform: 'ios', faults: { synchronous: true } }, `${DOCUMENTS}/clip`, 1_000),
    check: async (fileSystem) => expectSame(await readAll(fileSystem, `${DOCUMENTS}/clip`), bytesAt(0, 1_000)),
    naive: ({ lib }) => ({
      open: async (path) => {
        const handle = new lib.File(`file://${path}`).open('r');
        return readingBy((buffer, position) => {
          handle.offset = position;
          return (handle.readBytes(buffer.length) as Promise<Uint8Array>).then((bytes) => {
            buffer.set(bytes);
            return bytes.length;
          });
        });
      },
    }),
  },
  {
    name: 'a File throws on Android where a directory is',
    phone: () => expoPhone({ platform: 'android' }),
    check: async (fileSystem) => expect((await fileSystem.stat(PLACE))?.kind).toBe('directory'),
    naive: ({ lib }) => ({
      stat: async (path) => {
        const { exists, size = 0 } = new lib.File(`file://${path}`).info();
        return exists ? { sizeBytes: size, kind: 'file' } : { sizeBytes: 0, kind: 'directory' };
      },
    }),
  },
  {
    name: 'iOS makes no file in a missing directory, and says nothing',
    phone: () => expoPhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      expect(await codeOf(fileSystem.create(`${DOCUMENTS}/missing/file`))).toBe('FILE_UNREADABLE');
    },
    naive: ({ lib }) => ({
      create: async (path) => {
        await new lib.File(`file://${path}`).create({ overwrite: true });
        return writingBy(async () => undefined);
      },
    }),
  },
  {
    name: 'a move goes over nothing unless it is told to',
    phone: () => expoPhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      await writeAll(fileSystem, `${DOCUMENTS}/to`, bytesAt(0, 9));
      await writeAll(fileSystem, `${DOCUMENTS}/from`, bytesAt(9, 3));
      await fileSystem.rename(`${DOCUMENTS}/from`, `${DOCUMENTS}/to`);
      expectSame(await readAll(fileSystem, `${DOCUMENTS}/to`), bytesAt(9, 3));
    },
    naive: ({ lib }) => ({ rename: async (from, to) => new lib.File(`file://${from}`).move(new lib.File(`file://${to}`)) }),
  },
  {
    name: 'a path is a URL',
    phone: () => withFile({ platform: 'android' }, `${PLACE}/50% off #1.mp4`, 100),
    check: async (fileSystem) => expect((await readAll(fileSystem, `${PLACE}/50% off #1.mp4`)).length).toBe(100),
    naive: ({ lib }) => ({
      open: async (path) => {
        new lib.File(`file://${path}`).open('r');
        return readingBy(async () => 0);
      },
    }),
  },
  {
    name: 'names are listed percent-encoded',
    phone: () => withFile({ platform: 'ios' }, `${DOCUMENTS}/a b, c.mp4`, 5),
    check: async (fileSystem) => expect(await fileSystem.list(DOCUMENTS)).toEqual(['a b, c.mp4']),
    naive: ({ lib }) => ({
      list: async (path) => new lib.Directory(`file://${path}`).list().map(({ uri }) => uri.slice(uri.lastIndexOf('/') + 1)),
    }),
  },
  {
    name: 'bytes that were lost are seen as the file is closed',
    phone: () => expoPhone({ platform: 'ios', faults: { lostWrites: true } }),
    check: async (fileSystem) => {
      expect(await codeOf(writeAll(fileSystem, `${DOCUMENTS}/file`, bytesAt(0, 50)))).toBe('FILE_UNREADABLE');
    },
    naive: ({ lib }) => ({
      create: async (path) => {
        const file = new lib.File(`file://${path}`);
        await file.create();
        const handle = file.open('wa');
        return writingBy(async (bytes) => handle.writeBytes(bytes));
      },
    }),
  },
  {
    name: 'a video of the photo library is no file',
    phone: () => expoPhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      const copy = fileSystem.importFile?.('ph://1F3A/L0/001', `${DOCUMENTS}/copy`);
      expect(await codeOf(copy ?? Promise.resolve())).toBe('NOT_SUPPORTED');
    },
    naive: ({ lib }) => ({ importFile: async (uri, to) => new lib.File(uri).copy(new lib.File(`file://${to}`)) }),
  },
];

describe('a trap of expo-file-system', () => registerTraps(TRAPS, ({ lib }) => expoFileSystem({ lib })));

describe('expoFileSystem', () => {
  it('reads behind 2^31-1', async () => {
    const { lib } = withFile({ platform: 'android' }, `${PLACE}/long`, 3 * 2 ** 30);
    const handle = await expoFileSystem({ lib }).open(`${PLACE}/long`);
    const buffer = new Uint8Array(1_000);
    await handle.readInto(buffer, 2 ** 31 + 4_321);
    expectSame(buffer, bytesAt(2 ** 31 + 4_321, 1_000));
  });

  it('copies a file of another app into its own', async () => {
    const content = new Map([['content://media/7', '/storage/clip.mp4']]);
    const phone = expoPhone({ platform: 'android', content });
    phone.disk.makeDirectory('/storage');
    phone.disk.makeUp('/storage/clip.mp4', 70_001);
    const fileSystem = expoFileSystem({ lib: phone.lib });
    expect(await codeOf(fileSystem.open('content://media/7'))).toBe('FILE_UNREADABLE');
    await fileSystem.importFile?.('content://media/7', `${PLACE}/copy.mp4`);
    expectSame(await readAll(fileSystem, `${PLACE}/copy.mp4`), bytesAt(0, 70_001));
    expect(phone.disk.list(PLACE)).toEqual(['copy.mp4']);
  });

  it('never asks for a whole file, and carries no text', async () => {
    const { lib, meter } = withFile({ platform: 'ios' }, `${DOCUMENTS}/clip`, 2 * MIB);
    expectSame(await readAll(expoFileSystem({ lib }), `${DOCUMENTS}/clip`, 524_288), bytesAt(0, 2 * MIB));
    expect([meter.largestLoaded, meter.longestString]).toEqual([0, 0]);
  });

  it('says that a full disk is full', async () => {
    const { lib } = expoPhone({ platform: 'android', disk: new NativeDisk({ capacityBytes: 90_000 }) });
    expect(await codeOf(writeAll(expoFileSystem({ lib }), `${PLACE}/file`, new Uint8Array(100_000)))).toBe('STORAGE_FULL');
  });

  it('knows the app’s directories by the names of the other adapters', () => {
    const ios = expoFileSystem({ lib: expoPhone({ platform: 'ios' }).lib }).roots ?? {};
    expect(Object.keys(ios).filter((name) => !name.includes('.'))).toEqual(['documents', 'caches', 'temporary', 'library']);
    const android = expoFileSystem({ lib: expoPhone({ platform: 'android' }).lib }).roots ?? {};
    expect(android).toMatchObject({ documents: '/data/user/0/app/files', 'caches.url': 'file:///data/user/0/app/cache' });
  });
});
