/** What react-native-blob-util does that nobody expects, trap by trap. */
import { describe, expect, it } from 'vitest';
import { blobUtilFileSystem } from '../../../adapters/blob-util/index.js';
import { blobUtilPhone } from '../../fakes/blob-util-package.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import { codeOf } from '../../upload/support.js';
import { bytesAt, DOCUMENTS, MIB, PLACE } from '../rnfs/phones.js';
import { decoded, encoded, expectSame, readAll, readingBy, registerTraps, type Trap, writeAll, writingBy } from '../rnfs/trap-kit.js';

type Phone = ReturnType<typeof blobUtilPhone>;
type PhoneOptions = Parameters<typeof blobUtilPhone>[0];

const CACHE = '/data/user/0/app/cache';

function withFile(options: PhoneOptions, path: string, sizeBytes: number): Phone {
  const phone = blobUtilPhone(options);
  phone.disk.makeUp(path, sizeBytes);
  return phone;
}

const TRAPS: readonly Trap<Phone>[] = [
  {
    name: 'readFile loads the whole file',
    phone: () => withFile({ platform: 'android' }, `${PLACE}/clip`, MIB),
    check: async (fileSystem, { meter }) => {
      expectSame(await readAll(fileSystem, `${PLACE}/clip`), bytesAt(0, MIB));
      expect(meter.largestLoaded).toBeLessThanOrEqual(49_152);
      expect(meter.longestString).toBeLessThanOrEqual(524_288);
    },
    naive: ({ lib }) => ({
      open: async (path) => {
        const whole = decoded(await lib.fs.readFile(path, 'base64'));
        return readingBy(async (buffer, position) => {
          const piece = whole.subarray(position, position + buffer.length);
          buffer.set(piece);
          return piece.length;
        });
      },
    }),
  },
  {
    name: 'a short slice is no error',
    phone: () => withFile({ platform: 'ios', faults: { shortSlice: true } }, `${DOCUMENTS}/clip`, 5_000),
    check: async (fileSystem) => {
      const slice = fileSystem.sliceToFile?.(`${DOCUMENTS}/clip`, { start: 0, end: 4_000 }, `${DOCUMENTS}/slice`);
      await expect(slice).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    },
    naive: ({ lib }) => ({ sliceToFile: async (from, { start, end }, to) => void (await lib.fs.slice(from, to, start, end)) }),
  },
  {
    name: 'a slice behind the end is short, and no error',
    phone: () => withFile({ platform: 'android' }, `${PLACE}/clip`, 1_000),
    check: async (fileSystem) => {
      const slice = fileSystem.sliceToFile?.(`${PLACE}/clip`, { start: 900, end: 1_100 }, `${PLACE}/slice`);
      await expect(slice).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    },
    naive: ({ lib }) => ({ sliceToFile: async (from, { start, end }, to) => void (await lib.fs.slice(from, to, start, end)) }),
  },
  {
    name: 'a directory that is there cannot be made',
    phone: () => blobUtilPhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      await fileSystem.makeDirectory(`${DOCUMENTS}/a/b`);
      await fileSystem.makeDirectory(`${DOCUMENTS}/a/b`);
    },
    naive: ({ lib }) => ({ makeDirectory: async (path) => void (await lib.fs.mkdir(path)) }),
  },
  {
    name: 'a write makes the directory that sign-out has erased',
    phone: () => blobUtilPhone({ platform: 'android' }),
    check: async (fileSystem, { disk }) => {
      await expect(writeAll(fileSystem, `${PLACE}/erased/file`, bytesAt(0, 5))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
      expect(disk.stat(`${PLACE}/erased`)).toBeUndefined();
    },
    naive: ({ lib }) => ({
      create: async (path) => writingBy(async (bytes) => void (await lib.fs.appendFile(path, encoded(bytes), 'base64'))),
    }),
  },
  {
    name: 'a move to another volume has removed the target by the time it fails',
    phone: () => blobUtilPhone({ platform: 'android', faults: { renameFails: true } }),
    check: async (fileSystem) => {
      await writeAll(fileSystem, `${PLACE}/to`, bytesAt(0, 9));
      await writeAll(fileSystem, `${PLACE}/from`, bytesAt(9, 3));
      await fileSystem.rename(`${PLACE}/from`, `${PLACE}/to`);
      expectSame(await readAll(fileSystem, `${PLACE}/to`), bytesAt(9, 3));
    },
    naive: ({ lib }) => ({ rename: async (from, to) => void (await lib.fs.mv(from, to)) }),
  },
  {
    name: 'iOS moves over nothing that is there',
    phone: () => blobUtilPhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      await writeAll(fileSystem, `${DOCUMENTS}/to`, bytesAt(0, 9));
      await writeAll(fileSystem, `${DOCUMENTS}/from`, bytesAt(9, 3));
      await fileSystem.rename(`${DOCUMENTS}/from`, `${DOCUMENTS}/to`);
      expectSame(await readAll(fileSystem, `${DOCUMENTS}/to`), bytesAt(9, 3));
    },
    naive: ({ lib }) => ({ rename: async (from, to) => void (await lib.fs.mv(from, to)) }),
  },
  {
    name: 'an append under data protection does nothing and tells a length',
    phone: () => blobUtilPhone({ platform: 'ios', faults: { silentAppend: true } }),
    check: async (fileSystem) => {
      await expect(writeAll(fileSystem, `${DOCUMENTS}/file`, bytesAt(0, 500))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    },
    naive: ({ lib }) => ({
      create: async (path) => writingBy(async (bytes) => void (await lib.fs.appendFile(path, encoded(bytes), 'base64'))),
    }),
  },
  {
    name: 'Android cannot remove what is not there',
    phone: () => blobUtilPhone({ platform: 'android' }),
    check: async (fileSystem) => fileSystem.remove(`${PLACE}/missing`),
    naive: ({ lib }) => ({ remove: async (path) => void (await lib.fs.unlink(path)) }),
  },
  {
    name: 'the room is text by another name on Android',
    phone: () => blobUtilPhone({ platform: 'android', disk: new NativeDisk({ capacityBytes: 1_000 }) }),
    check: async (fileSystem) => expect(await fileSystem.freeBytes?.(PLACE)).toBe(1_000),
    naive: ({ lib }) => ({ freeBytes: async () => Number((await lib.fs.df()).free) }),
  },
  {
    name: 'iOS copies no video of the photo library, and says that it did',
    phone: () => blobUtilPhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      const copy = fileSystem.importFile?.('assets-library://asset/clip.MOV', `${DOCUMENTS}/copy`);
      await expect(copy).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    },
    naive: ({ lib }) => ({ importFile: async (uri, to) => void (await lib.fs.cp(uri, to)) }),
  },
  {
    name: 'two reads at once need a file each',
    phone: () => withFile({ platform: 'android' }, `${PLACE}/clip`, 100_000),
    check: async (fileSystem) => {
      const handle = await fileSystem.open(`${PLACE}/clip`);
      const buffers = [0, 1, 2].map(() => new Uint8Array(20_000));
      await Promise.all(buffers.map((buffer, index) => handle.readInto(buffer, index * 30_000)));
      for (const [index, buffer] of buffers.entries()) expectSame(buffer, bytesAt(index * 30_000, 20_000));
    },
    naive: ({ lib }) => ({
      open: async (path) =>
        readingBy(async (buffer, position) => {
          await lib.fs.slice(path, `${CACHE}/slice`, position, position + buffer.length);
          buffer.set(decoded(await lib.fs.readFile(`${CACHE}/slice`, 'base64')));
          return buffer.length;
        }),
    }),
  },
];

describe('a trap of react-native-blob-util', () => registerTraps(TRAPS, ({ lib }) => blobUtilFileSystem({ lib })));

describe('blobUtilFileSystem', () => {
  it('reads and slices behind 2^31-1', async () => {
    const { lib } = withFile({ platform: 'android' }, `${PLACE}/long`, 3 * 2 ** 30);
    const fileSystem = blobUtilFileSystem({ lib });
    const start = 2 ** 31 + 4_321;
    const handle = await fileSystem.open(`${PLACE}/long`);
    const buffer = new Uint8Array(1_000);
    expect(await handle.readInto(buffer, start)).toBe(1_000);
    expectSame(buffer, bytesAt(start, 1_000));
    await fileSystem.sliceToFile?.(`${PLACE}/long`, { start, end: start + 5_000 }, `${PLACE}/slice`);
    expectSame(await readAll(fileSystem, `${PLACE}/slice`), bytesAt(start, 5_000));
    const all = fileSystem.sliceToFile?.(`${PLACE}/long`, { start: 0, end: 3 * 2 ** 30 }, `${PLACE}/slice`);
    expect(await codeOf(all ?? Promise.resolve())).toBe('FILE_TOO_LARGE_FOR_ADAPTER');
  });

  it('leaves no slice behind a handle that was closed', async () => {
    const { lib, disk } = withFile({ platform: 'android' }, `${PLACE}/clip`, 100_000);
    const fileSystem = blobUtilFileSystem({ lib });
    const handle = await fileSystem.open(`${PLACE}/clip`);
    await Promise.all([0, 1].map(() => handle.readInto(new Uint8Array(60_000), 0)));
    expect(disk.list(CACHE).length).toBe(2);
    await handle.close();
    expect(disk.list(CACHE)).toEqual([]);
  });

  it('says that a full disk is full, also of a slice', async () => {
    const { lib, disk } = blobUtilPhone({ platform: 'ios', disk: new NativeDisk({ capacityBytes: 90_000 }), faults: { shortSlice: true } });
    disk.makeUp(`${DOCUMENTS}/clip`, 200_000);
    const fileSystem = blobUtilFileSystem({ lib });
    const slice = fileSystem.sliceToFile?.(`${DOCUMENTS}/clip`, { start: 0, end: 80_000 }, `${DOCUMENTS}/slice`);
    expect(await codeOf(slice ?? Promise.resolve())).toBe('STORAGE_FULL');
  });

  it('knows the app’s directories by the names of the other adapters', () => {
    const roots = blobUtilFileSystem({ lib: blobUtilPhone({ platform: 'ios' }).lib }).roots ?? {};
    expect(Object.keys(roots).filter((name) => !name.includes('.'))).toEqual(['documents', 'caches', 'temporary', 'library']);
    expect(roots.temporary).toBe('/var/mobile/Containers/Data/Application/A1B2/tmp');
  });
});
