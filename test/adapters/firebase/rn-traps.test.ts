/** The traps of React Native's Firebase, one by one, against the fake of its native module. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type RnFirebaseBlobStoreOptions, rnFirebaseBlobStore } from '../../../adapters/firebase/index.js';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { blobStoreSuite, runSuite } from '../../../src/conformance/index.js';
import type { PortErrorCode } from '../../../src/errors/index.js';
import type { BlobStore, PutOptions } from '../../../src/ports/index.js';
import type { Platform } from '../../fakes/rn-firebase-native.js';
import { type FirebasePhone, firebasePhone } from '../../fakes/rn-firebase-package.js';
import { fakePhone } from '../../fakes/rnfs-package.js';

const PREFIX = 'videos/';
const VIDEO: PutOptions = { contentType: 'video/mp4' };
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);

interface World extends FirebasePhone {
  readonly store: BlobStore;
  readonly home: string;
  readonly files: ReturnType<typeof rnfsFileSystem>;
}

function world(platform: Platform, options: Partial<RnFirebaseBlobStoreOptions> = {}): World {
  const { disk, lib } = fakePhone({ platform });
  const phone = firebasePhone({ platform, disk });
  const home = lib.DocumentDirectoryPath;
  disk.makeDirectory(home);
  const store = rnFirebaseBlobStore({
    ...{ lib: phone.lib, storage: phone.storage, prefix: PREFIX, transport: phone.bucket.transport() },
    ...options,
  });
  return { ...phone, store, home, files: rnfsFileSystem({ lib }) };
}

/** Puts a file that lies at a path of the disk. */
function putAt({ store, disk }: World, diskPath: string, given = diskPath, options: PutOptions = VIDEO): Promise<unknown> {
  disk.truncate(diskPath);
  disk.append(diskPath, BYTES);
  return store.put('clip', { kind: 'file', sizeBytes: BYTES.length, path: given }, options);
}

const stored = ({ bucket }: World) => bucket.objects.get(`${PREFIX}clip`);

afterEach(() => {
  vi.useRealTimers();
});

describe('paths', () => {
  const phone = () => world('android');

  it.each([
    ['a percent sign that is meant', '100%.mp4', '100%.mp4'],
    ['what looks encoded and is not', 'a%20b.mp4', 'a%20b.mp4'],
    ['no percent sign', 'ab c.mp4', 'ab c.mp4'],
  ])('plain, with %s, come out as they are', async (_name, name, file) => {
    const at = phone();
    await putAt(at, `${at.home}/${file}`, `${at.home}/${name}`);
    expect(at.native.sentPaths).toEqual([`${at.home}/${file}`]);
  });

  it('as file:// addresses are decoded once', async () => {
    const at = phone();
    await putAt(at, `${at.home}/a b.mp4`, `file://${at.home}/a%20b.mp4`);
    expect(stored(at)?.bytes).toEqual(BYTES);
  });

  it.each(['content://media/external/video/1%3A2', 'ph://ABC', 'relative.mp4', 'file:///x/100%.mp4'])(
    '%s is refused, unseen',
    async (path) => {
      const at = phone();
      const put = at.store.put('clip', { kind: 'file', sizeBytes: 1, path }, VIDEO);
      await expect(put).rejects.toMatchObject({ code: 'FILE_UNREADABLE', context: { path } });
      expect(at.native.sentPaths).toEqual([]);
    },
  );

  it('a naive adapter sends the wrong file', async () => {
    const at = phone();
    at.disk.append(`${at.home}/a%20b.mp4`, BYTES);
    const task = at.lib.putFile(at.lib.ref(at.storage as never, 'x') as never, `${at.home}/a%20b.mp4`, VIDEO);
    await expect(new Promise((resolve, reject) => task.then(resolve, reject))).rejects.toMatchObject({ code: 'storage/file-not-found' });
  });
});

describe('an abort', () => {
  it('before the native task is there is asked for again until it is taken', async () => {
    const at = world('android');
    const controller = new AbortController();
    at.conditions.isStuck = true;
    const cancel = vi.spyOn(at.native, 'setTaskStatus');
    const send = at.native.putFile.bind(at.native);
    vi.spyOn(at.native, 'putFile').mockImplementation((...call) => {
      const sent = send(...call);
      controller.abort('left');
      return sent;
    });
    const put = putAt(at, `${at.home}/v.mp4`, undefined, { ...VIDEO, signal: controller.signal });
    await expect(put).rejects.toBe('left');
    expect(cancel.mock.results.map(({ value }) => value)).toEqual([false, true]);
    expect(at.native.running).toBe(0);
    expect(stored(at)).toBeUndefined();
  });

  it('settles when the native side has let go of the file', async () => {
    const at = world('ios');
    const controller = new AbortController();
    at.conditions.isStuck = true;
    const put = putAt(at, `${at.home}/v.mp4`, undefined, { ...VIDEO, signal: controller.signal });
    await vi.waitFor(() => expect(at.native.running).toBe(1), { interval: 0 });
    controller.abort('left');
    await expect(put).rejects.toBe('left');
    expect(at.native.running).toBe(0);
  });

  it('of a task that never answers is given up after 10 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const at = world('ios');
    const controller = new AbortController();
    at.conditions.isStuck = true;
    at.conditions.isDeaf = true;
    let outcome: unknown;
    const put = putAt(at, `${at.home}/v.mp4`, undefined, { ...VIDEO, signal: controller.signal }).catch((error: unknown) => {
      outcome = error;
    });
    while (at.native.running === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort('left');
    await vi.advanceTimersByTimeAsync(9_800);
    expect(outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);
    await put;
    expect(outcome).toBe('left');
    at.conditions.isDeaf = false;
  });

  it('ends a native download too', async () => {
    const at = world('android');
    await putAt(at, `${at.home}/v.mp4`);
    const controller = new AbortController();
    at.conditions.isStuck = true;
    const download = at.store.getToFile?.('clip', `${at.home}/down.mp4`, { signal: controller.signal });
    await vi.waitFor(() => expect(at.native.running).toBe(1), { interval: 0 });
    controller.abort('left');
    await expect(download).rejects.toBe('left');
    expect(at.native.running).toBe(0);
  });
});

describe('what lies there afterwards', () => {
  it('has the type that was asked for, on iOS too', async () => {
    const at = world('ios', { cacheControl: () => 'public, max-age=60' });
    await putAt(at, `${at.home}/segment-7`);
    expect(stored(at)).toMatchObject({ contentType: 'video/mp4', cacheControl: 'public, max-age=60' });
  });

  it('is asked for no second time where the type is right', async () => {
    const at = world('android');
    const update = vi.spyOn(at.native, 'updateMetadata');
    await putAt(at, `${at.home}/segment-7`);
    expect(stored(at)?.contentType).toBe('video/mp4');
    expect(update).not.toHaveBeenCalled();
  });

  it('is compared with the MD5 that nobody sent along', async () => {
    const at = world('android');
    at.conditions.flips = true;
    const md5 = '00000000000000000000000000000000';
    await expect(putAt(at, `${at.home}/v`, undefined, { ...VIDEO, hashes: { md5 } })).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  it('is asked for where the task tells nothing, since its size of 0 is made up', async () => {
    const at = world('android');
    at.conditions.tellsMetadata = false;
    await expect(putAt(at, `${at.home}/v`)).resolves.toMatchObject({ key: 'clip', sizeBytes: 1000, hashes: { md5: expect.any(String) } });
  });

  it('has the whole size, or is corrupt', async () => {
    const at = world('ios');
    at.disk.append(`${at.home}/v`, BYTES);
    const put = at.store.put('clip', { kind: 'file', sizeBytes: 2000, path: `${at.home}/v` }, VIDEO);
    await expect(put).rejects.toMatchObject({ code: 'BLOB_CORRUPT', context: { storedBytes: 1000 } });
  });
});

describe('errors', () => {
  const TABLE: readonly (readonly [word: string, code: PortErrorCode, retryable: boolean])[] = [
    ['object-not-found', 'BLOB_NOT_FOUND', false],
    ['bucket-not-found', 'REQUEST_REFUSED', false],
    ['project-not-found', 'REQUEST_REFUSED', false],
    ['quota-exceeded', 'QUOTA_EXCEEDED', false],
    ['unauthenticated', 'AUTH_REQUIRED', false],
    ['unauthorized', 'FORBIDDEN', false],
    ['retry-limit-exceeded', 'UNAVAILABLE', true],
    ['non-matching-checksum', 'BLOB_CORRUPT', true],
    ['cancelled', 'UNAVAILABLE', true],
    ['file-not-found', 'FILE_NOT_FOUND', false],
    ['invalid-device-file-path', 'FILE_UNREADABLE', false],
    ['unsupported', 'NOT_SUPPORTED', false],
    ['unknown', 'NETWORK', true],
    ['internal', 'NETWORK', true],
    ['constructor', 'NETWORK', true],
  ];

  it.each(TABLE)('%s is %s, retried: %s', async (word, code, retryable) => {
    const at = world('android');
    at.conditions.failure = word;
    const path = `${at.home}/v`;
    await expect(putAt(at, path)).rejects.toMatchObject({ code, retryable, context: { key: 'clip', path, reason: word } });
    if (word !== 'object-not-found') await expect(at.store.head('clip')).rejects.toMatchObject({ code, retryable });
  });

  it('carry no text of the server, and no cause', async () => {
    const at = world('ios');
    at.conditions.failure = 'unknown';
    const error: unknown = await at.store.head('clip').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'The request to Firebase Storage failed: unknown' });
    expect(error).not.toHaveProperty('cause');
  });

  it('a disk that is full is told as such', async () => {
    const at = world('android');
    await putAt(at, `${at.home}/v`);
    vi.spyOn(at.disk, 'freeBytes').mockReturnValue(10);
    await expect(at.store.getToFile?.('clip', `${at.home}/w`)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  });

  it('external storage that cannot be written refuses downloads on Android', async () => {
    const at = world('android');
    await putAt(at, `${at.home}/v`);
    at.conditions.externalStorage = false;
    await expect(at.store.getToFile?.('clip', `${at.home}/w`)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

describe('the library', () => {
  it('keeps no listener of a task that has ended, well or badly', async () => {
    const at = world('android');
    const seen: number[] = [];
    await putAt(at, `${at.home}/v`, undefined, { ...VIDEO, onProgress: (sentBytes) => seen.push(sentBytes) });
    at.conditions.failure = 'unknown';
    await putAt(at, `${at.home}/v`, undefined, { ...VIDEO, onProgress: () => undefined }).catch(() => undefined);
    expect(at.events.listening).toBe(0);
    expect(seen).toEqual([250, 500, 750, 1000, 1000]);
  });

  it('is told once how long to try again, and anew where that failed', async () => {
    const at = world('android');
    const set = vi.spyOn(at.native, 'setMaxUploadRetryTime').mockRejectedValueOnce(new Error('not yet'));
    await expect(putAt(at, `${at.home}/v`)).rejects.toMatchObject({ code: 'NETWORK' });
    await putAt(at, `${at.home}/v`);
    await putAt(at, `${at.home}/v`);
    expect(set).toHaveBeenCalledTimes(2);
    expect([...at.native.retryTimes]).toEqual([
      ['upload', 10_000],
      ['download', 10_000],
      ['operation', 10_000],
    ]);
  });

  it('has functions that are there and not implemented, which no call reaches', async () => {
    const at = world('ios');
    expect(() => at.lib.uploadBytes()).toThrow('not implemented');
    expect(() => at.lib.getBlob()).toThrow('not implemented');
    expect(at.store.accepts).toEqual(['file']);
    const bytes = { kind: 'bytes', sizeBytes: 3, bytes: new Uint8Array(3) } as const;
    await expect(at.store.put('clip', bytes, VIDEO)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  it('lists no root on Android, so that a prefix must be there', async () => {
    const at = world('android');
    expect(() => world('android', { prefix: '' })).toThrow('prefix');
    await expect(at.lib.list(at.lib.ref(at.storage as never, '') as never, {})).rejects.toMatchObject({ code: 'storage/unknown' });
  });

  it.each([{ prefix: 'no-slash' }, { prefix: '/a/' }, { prefix: 'a//b/' }, { maxRetryMs: -1 }, { pageSize: 0 }, { pageSize: 1001 }])(
    'is not asked with %o',
    (options) => {
      expect(() => world('ios', options)).toThrow(TypeError);
    },
  );
});

describe('reading without a transport', () => {
  const staged = (platform: Platform): World & { readonly staging: string } => {
    const { lib, disk } = fakePhone({ platform });
    const phone = firebasePhone({ platform, disk });
    const files = rnfsFileSystem({ lib });
    const home = lib.DocumentDirectoryPath;
    disk.makeDirectory(home);
    const staging = `${home}/staging`;
    const store = rnFirebaseBlobStore({
      ...{ lib: phone.lib, storage: phone.storage, prefix: PREFIX },
      staging: { fileSystem: files, directory: staging },
    });
    return { ...phone, store, home, files, staging };
  };

  it('leaves no file behind, read or not, there or not', async () => {
    const at = staged('android');
    await putAt(at, `${at.home}/v`);
    const reader = await at.store.get('clip');
    expect(reader.sizeBytes).toBe(1000);
    expect(at.disk.list(at.staging)).toHaveLength(1);
    await reader.close();
    await expect(at.store.get('missing')).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    expect(at.disk.list(at.staging)).toEqual([]);
  });

  it('refuses ranges, which would bring the whole blob each', async () => {
    const at = staged('ios');
    await putAt(at, `${at.home}/v`);
    expect(at.store.rangeRead).toBe(false);
    await expect(at.store.get('clip', { range: { start: 0, end: 10 } })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  it('needs a place, where there is no transport', () => {
    const phone = firebasePhone({ platform: 'ios' });
    expect(() => rnFirebaseBlobStore({ lib: phone.lib, storage: {}, prefix: PREFIX })).toThrow('transport');
  });
});

describe('a naive adapter', () => {
  it('breaks the contract where the library invites it to', async () => {
    const make = () => {
      const at = world('android');
      const { lib, storage } = at;
      const reference = (key: string) => lib.ref(storage as never, PREFIX + key) as never;
      const naive: BlobStore = {
        ...at.store,
        // Takes the task for all there is to it: no signal, no look at what lies there.
        put: async (key, body, options) => {
          const path = body.kind === 'file' ? body.path : '';
          const task = lib.putFile(reference(key), path, { contentType: options.contentType });
          await new Promise((resolve, reject) => task.then(resolve, reject));
          return { key, sizeBytes: body.sizeBytes, hashes: {} };
        },
        // Takes a folder for a prefix, and its first page for all.
        list: async (prefix) => {
          const { items } = await lib.list(reference(`${prefix}x`.replace(/\/?x$/, '')), {});
          return { blobs: items.map(({ fullPath }) => ({ key: fullPath.slice(PREFIX.length), hashes: {} })) };
        },
        // Takes what comes for what was asked.
        get: async (key) => at.store.get(key),
        head: async (key) => ({ key, sizeBytes: (await lib.getMetadata(reference(key))).size ?? 0, hashes: {} }),
      };
      return { at, naive };
    };
    const results = await runSuite((test) =>
      blobStoreSuite({
        name: 'naive',
        test,
        create: async () => {
          const { at, naive } = make();
          const directory = `${at.home}/suite`;
          await at.files.makeDirectory(directory);
          return { blobStore: naive, files: { fileSystem: at.files, directory } };
        },
      }),
    );
    const broken = results.filter(({ outcome }) => outcome === 'failed').map(({ clause }) => clause);
    expect(broken).toEqual(
      expect.arrayContaining([
        'blob.abort.put-before',
        'blob.head.missing',
        'blob.range.exact',
        'blob.list.prefix',
        'blob.put.hash-refused',
        'blob.attests.right',
      ]),
    );
  });
});
