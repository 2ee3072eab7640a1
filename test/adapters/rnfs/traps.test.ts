/** What react-native-fs does that nobody expects, trap by trap. */
import { describe, expect } from 'vitest';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import { type FakePhone, fakePhone } from '../../fakes/rnfs-package.js';
import { bytesAt, DOCUMENTS, MIB, PLACE, smallPhone, withFile } from './phones.js';
import { decoded, encoded, expectSame, readAll, readingBy, registerTraps, type Trap, writeAll, writingBy } from './trap-kit.js';

const READING: readonly Trap<FakePhone>[] = [
  {
    name: 'readFile loads the whole file',
    phone: () => withFile(fakePhone({ platform: 'android' }), `${PLACE}/clip`, MIB),
    check: async (fileSystem, { meter }) => {
      expectSame(await readAll(fileSystem, `${PLACE}/clip`), bytesAt(0, MIB));
      expect(meter.count('readFile')).toBe(0);
      expect(meter.longestString).toBeLessThanOrEqual(524_288);
    },
    naive: ({ lib }) => ({
      open: async (path) => {
        const whole = decoded(await lib.readFile(path, 'base64'));
        return readingBy(async (buffer, position) => {
          const piece = whole.subarray(position, position + buffer.length);
          buffer.set(piece);
          return piece.length;
        });
      },
    }),
  },
  {
    name: 'one read on Android may give fewer bytes than asked',
    phone: () => withFile(fakePhone({ platform: 'android', faults: { shortRead: () => 1_000 } }), `${PLACE}/clip`, 10_000),
    check: async (fileSystem) => expectSame(await readAll(fileSystem, `${PLACE}/clip`), bytesAt(0, 10_000)),
    naive: ({ lib }) => ({
      open: async (path) =>
        readingBy(async (buffer, position) => {
          const length = Math.min(buffer.length, 10_000 - position);
          if (length <= 0) return 0;
          buffer.set(decoded(await lib.read(path, length, position, 'base64')));
          return length;
        }),
    }),
  },
  ...(['react-native-fs', '@dr.pogodin/react-native-fs'] as const).map(
    (flavour): Trap<FakePhone> => ({
      name: `${flavour} on Android reads elsewhere behind 2^31-1`,
      phone: () => withFile(fakePhone({ platform: 'android', flavour }), `${PLACE}/clip`, 3 * 2 ** 30),
      check: async (fileSystem) => {
        const handle = await fileSystem.open(`${PLACE}/clip`).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'FILE_TOO_LARGE_FOR_ADAPTER' });
          return undefined;
        });
        if (handle === undefined) return;
        const buffer = new Uint8Array(1_000);
        await handle.readInto(buffer, 2 ** 31 + 4_321);
        expectSame(buffer, bytesAt(2 ** 31 + 4_321, 1_000));
      },
      naive: ({ lib }) => ({
        open: async (path) =>
          readingBy(async (buffer, position) => {
            buffer.set(decoded(await lib.read(path, buffer.length, position, 'base64')));
            return buffer.length;
          }),
      }),
    }),
  ),
  {
    name: 'a read at the end may reject',
    phone: () => withFile(fakePhone({ platform: 'android', faults: { rejectAtEnd: true } }), `${PLACE}/clip`, 100),
    check: async (fileSystem) => expect((await readAll(fileSystem, `${PLACE}/clip`)).length).toBe(100),
    naive: ({ lib }) => ({
      open: async (path) =>
        readingBy(async (buffer, position) => {
          const bytes = decoded(await lib.read(path, buffer.length, position, 'base64'));
          buffer.set(bytes);
          return bytes.length;
        }),
    }),
  },
  {
    name: 'a read of no bytes is a read of all on iOS',
    phone: () => withFile(fakePhone({ platform: 'ios' }), `${DOCUMENTS}/clip`, MIB),
    check: async (fileSystem, { meter }) => {
      const handle = await fileSystem.open(`${DOCUMENTS}/clip`);
      expect(await handle.readInto(new Uint8Array(0), 0)).toBe(0);
      expect(meter.longestString).toBeLessThanOrEqual(524_288);
    },
    naive: ({ lib }) => ({
      open: async (path) =>
        readingBy(
          async (buffer, position) => decoded(await lib.read(path, buffer.length, position, 'base64')).subarray(0, buffer.length).length,
        ),
    }),
  },
  {
    name: 'base64 may come with line breaks',
    phone: () => withFile(fakePhone({ platform: 'android', faults: { lineBreaks: true } }), `${PLACE}/clip`, 1_000),
    check: async (fileSystem) => expectSame(await readAll(fileSystem, `${PLACE}/clip`), bytesAt(0, 1_000)),
    naive: ({ lib }) => ({
      open: async (path) =>
        readingBy(async (buffer, position) => {
          if (position >= 1_000) return 0;
          // Every fourth character begins three bytes, if all of them are digits.
          const text = await lib.read(path, 1_000, position, 'base64');
          for (let at = 0; at < text.length; at += 4) buffer.set(decoded(text.slice(at, at + 4)), (at / 4) * 3);
          return 1_000;
        }),
    }),
  },
  {
    name: 'iOS loads a file whole to hash it',
    phone: () => withFile(fakePhone({ platform: 'ios' }), `${DOCUMENTS}/clip`, 20 * MIB),
    check: async (fileSystem, { meter }) => {
      await fileSystem.hashFile?.(`${DOCUMENTS}/clip`, 'md5').catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'FILE_TOO_LARGE_FOR_ADAPTER' });
      });
      expect(meter.largestLoaded).toBeLessThanOrEqual(16 * MIB);
    },
    naive: ({ lib }) => ({ hashFile: (path, algorithm) => lib.hash(path, algorithm) }),
  },
];

const WRITING: readonly Trap<FakePhone>[] = [
  {
    name: 'iOS makes a missing file and ignores the position',
    phone: () => fakePhone({ platform: 'ios' }),
    check: async (fileSystem, { disk }) => {
      const handle = await fileSystem.create(`${DOCUMENTS}/part`, { append: true });
      await handle.write(bytesAt(0, 10));
      await handle.write(bytesAt(10, 10));
      await handle.close();
      await fileSystem.remove(`${DOCUMENTS}/part`);
      const again = await fileSystem.create(`${DOCUMENTS}/part`, { append: true });
      await again.write(bytesAt(20, 5));
      await again.close();
      expect(disk.stat(`${DOCUMENTS}/part`)?.sizeBytes).toBe(5);
      // Whoever counts positions by itself must see that the file began anew.
      expectSame(await readAll(fileSystem, `${DOCUMENTS}/part`), bytesAt(20, 5));
      const third = await fileSystem.create(`${DOCUMENTS}/part`, { append: true });
      await third.write(bytesAt(25, 5));
      await third.close();
      expectSame(await readAll(fileSystem, `${DOCUMENTS}/part`), bytesAt(20, 10));
    },
    naive: ({ lib }) => {
      let position = 0;
      return {
        create: async (path) =>
          writingBy(async (bytes) => {
            await lib.write(path, encoded(bytes), position, 'base64');
            position += bytes.length;
          }),
      };
    },
  },
  {
    name: 'a write at a position keeps what lies behind it',
    phone: () => fakePhone({ platform: 'android' }),
    check: async (fileSystem) => {
      await writeAll(fileSystem, `${PLACE}/file`, bytesAt(0, 900));
      await writeAll(fileSystem, `${PLACE}/file`, bytesAt(7, 400));
      expectSame(await readAll(fileSystem, `${PLACE}/file`), bytesAt(7, 400));
    },
    naive: ({ lib }) => ({ create: async (path) => writingBy((bytes) => lib.write(path, encoded(bytes), 0, 'base64')) }),
  },
  {
    name: 'a negative position appends',
    phone: () => fakePhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      await writeAll(fileSystem, `${DOCUMENTS}/file`, bytesAt(0, 9));
      await writeAll(fileSystem, `${DOCUMENTS}/file`, bytesAt(0, 9));
      expect((await readAll(fileSystem, `${DOCUMENTS}/file`)).length).toBe(9);
    },
    naive: ({ lib }) => ({ create: async (path) => writingBy((bytes) => lib.write(path, encoded(bytes), -1, 'base64')) }),
  },
  {
    name: 'a full disk on iOS is said to be a missing file',
    phone: () => smallPhone('ios', 100_000),
    check: async (fileSystem) => {
      const handle = await fileSystem.create(`${DOCUMENTS}/big`);
      await expect(handle.write(new Uint8Array(200_000))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    },
    naive: ({ lib }) => ({ create: async (path) => writingBy((bytes) => lib.appendFile(path, encoded(bytes), 'base64')) }),
  },
  {
    name: 'an append under data protection does nothing and succeeds',
    phone: () => fakePhone({ platform: 'ios', faults: { silentAppend: true } }),
    check: async (fileSystem) => {
      await expect(writeAll(fileSystem, `${DOCUMENTS}/file`, bytesAt(0, 500))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    },
    naive: ({ lib }) => ({
      create: async (path) => {
        await lib.writeFile(path, '', 'base64');
        return writingBy((bytes) => lib.appendFile(path, encoded(bytes), 'base64'));
      },
    }),
  },
];

const PLACES: readonly Trap<FakePhone>[] = [
  {
    name: 'iOS moves over nothing that is there',
    phone: () => fakePhone({ platform: 'ios' }),
    check: async (fileSystem) => {
      await writeAll(fileSystem, `${DOCUMENTS}/to`, bytesAt(0, 9));
      await writeAll(fileSystem, `${DOCUMENTS}/from`, bytesAt(9, 3));
      await fileSystem.rename(`${DOCUMENTS}/from`, `${DOCUMENTS}/to`);
      expectSame(await readAll(fileSystem, `${DOCUMENTS}/to`), bytesAt(9, 3));
    },
    naive: ({ lib }) => ({ rename: (from, to) => lib.moveFile(from, to) }),
  },
  {
    name: 'a move that is a copy leaves half a file where the disk is full',
    phone: () => fakePhone({ platform: 'android', disk: new NativeDisk({ capacityBytes: 250_000 }), faults: { renameFails: true } }),
    check: async (fileSystem, { disk }) => {
      await writeAll(fileSystem, `${PLACE}/from`, new Uint8Array(180_000));
      await expect(fileSystem.rename(`${PLACE}/from`, `${PLACE}/to`)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      expect(disk.stat(`${PLACE}/from`)?.sizeBytes).toBe(180_000);
      expect(disk.stat(`${PLACE}/to`)).toBeUndefined();
    },
    naive: ({ lib }) => ({ rename: (from, to) => lib.moveFile(from, to) }),
  },
  {
    name: 'a name is parsed as a URI on Android',
    phone: () => withFile(fakePhone({ platform: 'android' }), `${PLACE}/50% off: #1?.mp4`, 100),
    check: async (fileSystem) => expect((await readAll(fileSystem, `${PLACE}/50% off: #1?.mp4`)).length).toBe(100),
    naive: ({ lib }) => ({
      open: async (path) => readingBy(async (_buffer, position) => decoded(await lib.read(path, 100, position, 'base64')).length),
    }),
  },
  {
    name: 'what is missing has no code on Android',
    phone: () => fakePhone({ platform: 'android' }),
    check: async (fileSystem) => expect(await fileSystem.stat(`${PLACE}/missing`)).toBeUndefined(),
    naive: ({ lib }) => ({
      stat: async (path) => {
        try {
          return { sizeBytes: Number((await lib.stat(path)).size), kind: 'file' };
        } catch (error) {
          if ((error as { code?: string }).code === 'ENOENT') return undefined;
          throw error;
        }
      },
    }),
  },
  {
    name: 'Android says that it removed what it did not',
    phone: () => withFile(fakePhone({ platform: 'android', faults: { deleteFails: true } }), `${PLACE}/file`, 5),
    check: async (fileSystem) => {
      await expect(fileSystem.remove(`${PLACE}/file`)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    },
    naive: ({ lib }) => ({ remove: (path) => lib.unlink(path) }),
  },
  {
    name: 'Android makes no directory over a file, and says nothing',
    phone: () => withFile(fakePhone({ platform: 'android' }), `${PLACE}/file`, 5),
    check: async (fileSystem) => {
      await expect(fileSystem.makeDirectory(`${PLACE}/file`)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    },
    naive: ({ lib }) => ({ makeDirectory: (path) => lib.mkdir(path) }),
  },
  {
    name: 'a file of another app cannot be read in place',
    phone: () => {
      const phone = fakePhone({ platform: 'android', content: new Map([['content://media/7', '/storage/clip.mp4']]) });
      phone.disk.makeDirectory('/storage');
      return withFile(phone, '/storage/clip.mp4', 5_000);
    },
    check: async (fileSystem) => {
      await expect(fileSystem.open('content://media/7')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
      await fileSystem.importFile?.('content://media/7', `${PLACE}/copy.mp4`);
      expectSame(await readAll(fileSystem, `${PLACE}/copy.mp4`), bytesAt(0, 5_000));
    },
    naive: ({ lib }, good) => ({
      open: async (path) => {
        if (!path.startsWith('content:')) return good.open(path);
        const { size } = await lib.stat(path);
        return readingBy(async () => Number(size));
      },
    }),
  },
  {
    name: 'iOS never answers for a video that is no file',
    phone: () => fakePhone({ platform: 'ios', photos: new Map([['ph://slow-motion', 'composition']]) }),
    check: async (fileSystem) => {
      const controller = new AbortController();
      const copy = fileSystem.importFile?.('ph://slow-motion', `${DOCUMENTS}/copy`, controller.signal) ?? Promise.resolve();
      const settled = copy.then(
        () => 'copied',
        (error: unknown) => error,
      );
      controller.abort('left the screen');
      const turns = new Promise((resolve) => setImmediate(() => resolve('still waiting')));
      expect(await Promise.race([settled, turns])).toBe('left the screen');
    },
    naive: ({ lib }) => ({ importFile: async (uri, to) => void (await lib.copyAssetsVideoIOS?.(uri, to)) }),
  },
];

const make = ({ lib }: FakePhone) => rnfsFileSystem({ lib });
describe('a trap of reading', () => registerTraps(READING, make));
describe('a trap of writing', () => registerTraps(WRITING, make));
describe('a trap of places', () => registerTraps(PLACES, make));
