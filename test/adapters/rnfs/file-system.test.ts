/** What the file system over react-native-fs does beyond the contract. */
import { describe, expect, it } from 'vitest';
import { type RnfsFileSystemOptions, rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { type FakePhone, fakePhone } from '../../fakes/rnfs-package.js';
import { codeOf } from '../../upload/support.js';
import { bytesAt, DOCUMENTS, PLACE, smallPhone, withFile } from './phones.js';
import { expectSame, readAll, writeAll } from './trap-kit.js';

describe('importFile', () => {
  const PHOTO = new Map([['ph://1F3A/L0/001', '/var/mobile/Media/IMG_1.MOV']]);
  const withPhoto = (): FakePhone => {
    const phone = fakePhone({ platform: 'ios', photos: PHOTO });
    phone.disk.makeDirectory('/var/mobile/Media');
    return withFile(phone, '/var/mobile/Media/IMG_1.MOV', 70_001);
  };

  it('copies a video of the photo library, over what was there', async () => {
    const { lib, disk } = withPhoto();
    const fileSystem = rnfsFileSystem({ lib });
    await writeAll(fileSystem, `${DOCUMENTS}/copy.mov`, new Uint8Array(3));
    await fileSystem.importFile?.('ph://1F3A/L0/001', `${DOCUMENTS}/copy.mov`);
    expectSame(await readAll(fileSystem, `${DOCUMENTS}/copy.mov`), bytesAt(0, 70_001));
    expect(disk.list(DOCUMENTS)).toEqual(['copy.mov']);
  });

  it('leaves nothing behind a copy that ends after the abort', async () => {
    const { disk, lib } = withPhoto();
    let end = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      end = resolve;
    });
    const copyAssetsVideoIOS = async (uri: string, to: string): Promise<string> => {
      await late;
      return (await lib.copyAssetsVideoIOS?.(uri, to)) ?? to;
    };
    const fileSystem = rnfsFileSystem({ lib: { ...lib, copyAssetsVideoIOS } });
    const controller = new AbortController();
    const copy = fileSystem.importFile?.('ph://1F3A/L0/001', `${DOCUMENTS}/copy.mov`, controller.signal);
    const rejected = expect(copy).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await rejected;
    end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(disk.list(DOCUMENTS)).toEqual([]);
  });

  it('says that a full disk is full', async () => {
    const phone = smallPhone('android', 50_000);
    const fileSystem = rnfsFileSystem({ lib: phone.lib });
    withFile(phone, `${PLACE}/clip`, 60_000);
    expect(await codeOf(fileSystem.importFile?.(`${PLACE}/clip`, `${PLACE}/copy`) ?? Promise.resolve())).toBe('STORAGE_FULL');
    expect(phone.disk.list(PLACE)).toEqual(['clip']);
  });

  it('refuses the photo library on Android', async () => {
    const fileSystem = rnfsFileSystem({ lib: fakePhone({ platform: 'android' }).lib });
    expect(await codeOf(fileSystem.importFile?.('ph://1', `${PLACE}/copy`) ?? Promise.resolve())).toBe('NOT_SUPPORTED');
  });
});

describe('rnfsFileSystem', () => {
  it('needs no atob and no btoa', async () => {
    const { lib } = fakePhone({ platform: 'android', faults: { lineBreaks: true } });
    const fileSystem = rnfsFileSystem({ lib, base64: {} });
    for (const size of [0, 1, 2, 3, 49_152, 49_153, 100_000]) {
      await writeAll(fileSystem, `${PLACE}/file`, bytesAt(3, size));
      expectSame(await readAll(fileSystem, `${PLACE}/file`), bytesAt(3, size));
    }
  });

  it('sees that a file has grown, and that it has shrunk', async () => {
    const { lib, disk } = fakePhone({ platform: 'android' });
    const fileSystem = rnfsFileSystem({ lib });
    await writeAll(fileSystem, `${PLACE}/file`, bytesAt(0, 100));
    const handle = await fileSystem.open(`${PLACE}/file`);
    const buffer = new Uint8Array(50);
    expect(await handle.readInto(buffer, 100)).toBe(0);
    disk.append(`${PLACE}/file`, bytesAt(100, 20));
    expect(await handle.readInto(buffer, 100)).toBe(20);
    disk.truncate(`${PLACE}/file`);
    disk.append(`${PLACE}/file`, bytesAt(0, 10));
    expect(await handle.readInto(buffer, 60)).toBe(0);
    disk.remove(`${PLACE}/file`);
    expect(await codeOf(handle.readInto(buffer, 0))).toBe('FILE_UNREADABLE');
  });

  it('writes in slices of the size it was told, and no string is longer', async () => {
    const { lib, meter } = fakePhone({ platform: 'ios' });
    const fileSystem = rnfsFileSystem({ lib, sliceBytes: 3_000 });
    await writeAll(fileSystem, `${DOCUMENTS}/file`, bytesAt(0, 10_000));
    expect(meter.count('appendFile')).toBe(4);
    expect(meter.longestString).toBe(4_000);
  });

  it.each([0, 4, 3.5, -3, 393_219, Number.NaN])('refuses slices of %s bytes', (sliceBytes) => {
    const { lib } = fakePhone({ platform: 'ios' });
    expect(() => rnfsFileSystem({ lib, sliceBytes })).toThrow(TypeError);
  });

  it.each<[string, Partial<RnfsFileSystemOptions>, boolean]>([
    ['told by the module', {}, false],
    ['told by the app', { platform: 'android' }, true],
  ])('asks the platform: %s', async (_name, options, escapes) => {
    const phone = fakePhone({ platform: 'ios' });
    withFile(phone, `${DOCUMENTS}/a#b`, 5);
    const asked: string[] = [];
    const read = async (path: string): Promise<string> => {
      asked.push(path);
      return '';
    };
    const lib = { ...phone.lib, read };
    const handle = await rnfsFileSystem({ lib, ...options }).open(`${DOCUMENTS}/a#b`);
    await handle.readInto(new Uint8Array(5), 0).catch(() => undefined);
    expect(asked).toEqual([escapes ? `file://file://${DOCUMENTS}/a%23b` : `${DOCUMENTS}/a#b`]);
  });
});
