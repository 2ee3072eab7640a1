/** The real upload engine over react-native-fs: an app that iOS moves between two runs, and the memory of a whole upload. */
import { describe, expect, it } from 'vitest';
import { rnfsFileSystem } from '../../../adapters/rnfs/index.js';
import { createHash, parseManifest, segmentsOf } from '../../../src/core/index.js';
import type { FileSystem } from '../../../src/ports/index.js';
import { createTestPorts, type TestPorts } from '../../../src/testing/index.js';
import { NativeDisk } from '../../fakes/native-disk.js';
import { fakePhone } from '../../fakes/rnfs-package.js';
import { codeOf, MANIFEST, SEGMENT_SIZE, scripted, startOn } from '../../upload/support.js';
import { forgetfulStore } from './forgetful-store.js';

const APPLICATIONS = '/var/mobile/Containers/Data/Application';
const BYTES = 5 * SEGMENT_SIZE + 777;

/** Below which directory of the container the video lies, and how the app names it. */
const SOURCES = [
  { name: 'a plain path below Documents', below: 'Documents', url: false, twin: false },
  { name: 'a file:// URL of a picker below tmp', below: 'tmp', url: true, twin: false },
  { name: 'a path with /private in front', below: 'tmp', url: false, twin: true },
  { name: 'a file:// URL with /private in front, below Library/Caches', below: 'Library/Caches', url: true, twin: true },
] as const;

/** One app: killed in the middle of an upload, updated by iOS, started again. */
async function updatedApp(path: (container: string) => string, below: string, change: (fileSystem: FileSystem) => FileSystem) {
  const disk = new NativeDisk();
  const before = fakePhone({ platform: 'ios', disk, container: `${APPLICATIONS}/A1B2` });
  const first = createTestPorts();
  disk.makeUp(`${APPLICATIONS}/A1B2/${below}/clip one.mov`, BYTES);
  // The link that iOS has at /private/var: the same directory by another name.
  const lib = unlinked(before.lib);

  let stored = 0;
  const dying = scripted(first.blobStore, ({ method }) => {
    if (method !== 'put') return undefined;
    stored += 1;
    return stored > 3 ? new Promise<never>(() => undefined) : undefined;
  });
  const engine = await startOn(first, { fileSystem: change(rnfsFileSystem({ lib })), blobStore: dying });
  void engine.add(path(`${APPLICATIONS}/A1B2`), {}, { videoId: 'clip' });
  await first.clock.runUntil(until(first, () => stored > 3));

  const ports = first.restart();
  disk.rename(`${APPLICATIONS}/A1B2`, `${APPLICATIONS}/C3D4`);
  const after = fakePhone({ platform: 'ios', disk, container: `${APPLICATIONS}/C3D4` });
  const store = scripted(ports.blobStore, () => undefined);
  const next = await startOn(ports, { fileSystem: change(rnfsFileSystem({ lib: unlinked(after.lib) })), blobStore: store });
  await ports.clock.runUntil(next.idle());
  const items = next.list();
  const code = await codeOf(next.get(items[0]?.id ?? '').completed());
  return { ports, store, items, code, disk };
}

/** The module on a phone where /private/var and /var are one directory. */
function unlinked(lib: ReturnType<typeof fakePhone>['lib']): ReturnType<typeof fakePhone>['lib'] {
  const plain = (path: string): string => path.replace(/^\/private\/var\//, '/var/');
  return {
    ...lib,
    stat: (path) => lib.stat(plain(path)),
    exists: (path) => lib.exists(plain(path)),
    read: (path, ...rest) => lib.read(plain(path), ...rest),
  };
}

async function until(ports: TestPorts, reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise<void>((resolve) => ports.clock.after(1, resolve));
}

describe('an app that iOS moves with an update', () => {
  it.each(SOURCES)('goes on with $name', async ({ below, url, twin }) => {
    const path = (container: string): string => {
      const plain = `${twin ? '/private' : ''}${container}/${below}/clip one.mov`;
      return url ? `file://${plain.replace(' ', '%20')}` : plain;
    };
    const { ports, store, items, disk } = await updatedApp(path, below, (fileSystem) => fileSystem);
    expect(items.map(({ status }) => status)).toEqual(['completed']);
    const bytes = new Uint8Array(BYTES);
    disk.read(`${APPLICATIONS}/C3D4/${below}/clip one.mov`, bytes, 0);
    const manifest = parseManifest((await ports.readBlob('clip/manifest.json')) ?? new Uint8Array());
    const pieces: Uint8Array[] = [];
    for (const { url: key } of segmentsOf(manifest)) pieces.push((await ports.readBlob(`clip/${key}`)) ?? new Uint8Array());
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    // What the first life had stored is not sent again: three segments, and the window that was under way.
    expect(store.asked.filter(({ method, key }) => method === 'put' && !MANIFEST.test(key)).length).toBeLessThanOrEqual(3);
  });

  it('would lose its uploads without roots', async () => {
    const { items, code } = await updatedApp(
      (container) => `${container}/Documents/clip one.mov`,
      'Documents',
      ({ roots: _roots, ...fileSystem }) => fileSystem,
    );
    expect(items.map(({ status }) => status)).toEqual(['failed']);
    expect(code).toBe('SOURCE_NOT_FOUND');
  });
});

describe('a picked video', () => {
  it.each([
    { platform: 'android', address: 'content://media/7', lent: { content: new Map([['content://media/7', '/storage/clip.mp4']]) } },
    { platform: 'ios', address: 'ph://0C3A/L0/001', lent: { photos: new Map([['ph://0C3A/L0/001', '/storage/clip.mp4']]) } },
  ] as const)('goes up as $address, although the next process cannot read that any more', async ({ platform, address, lent }) => {
    const disk = new NativeDisk();
    disk.makeDirectory('/storage');
    disk.makeUp('/storage/clip.mp4', BYTES);
    const lifeOn = async (ports: TestPorts, container: string, more: object = {}) => {
      const { lib } = fakePhone({ platform, disk, ...(platform === 'ios' ? { container } : {}), ...more });
      const staging = `${lib.LibraryDirectoryPath || lib.DocumentDirectoryPath}/staging`;
      return { staging, engine: await startOn(ports, { fileSystem: rnfsFileSystem({ lib }), stagingDirectory: staging }) };
    };
    const first = createTestPorts();
    const { engine } = await lifeOn(first, `${APPLICATIONS}/A1B2`, lent);
    engine.configure({ enabled: false });
    await first.clock.runUntil(engine.add(address, {}, { videoId: 'clip' }));

    const ports = first.restart();
    if (platform === 'ios') disk.rename(`${APPLICATIONS}/A1B2`, `${APPLICATIONS}/C3D4`);
    const next = await lifeOn(ports, `${APPLICATIONS}/C3D4`);
    await ports.clock.runUntil(next.engine.idle());
    expect(next.engine.list().map(({ status }) => status)).toEqual(['completed']);
    const bytes = new Uint8Array(BYTES);
    disk.read('/storage/clip.mp4', bytes, 0);
    const manifest = parseManifest((await ports.readBlob('clip/manifest.json')) ?? new Uint8Array());
    const pieces: Uint8Array[] = [];
    for (const { url } of segmentsOf(manifest)) pieces.push((await ports.readBlob(`clip/${url}`)) ?? new Uint8Array());
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    await ports.clock.runUntil(next.engine.stop());
    const own = disk.list(next.staging);
    expect(own.flatMap((folder) => disk.list(`${next.staging}/${folder}`))).toEqual([]);
  });
});

describe('an upload of 114,381,456 bytes', () => {
  const SIZE = 114_381_456;
  const CONCURRENCY = 3;

  it('never reads a file whole, and keeps its memory', async () => {
    const phone = fakePhone({ platform: 'android' });
    const path = `${phone.lib.DocumentDirectoryPath}/clip.mp4`;
    phone.disk.makeUp(path, SIZE);
    const seen = watched(phone.lib);
    const ports = createTestPorts();
    const store = forgetfulStore();
    const engine = await startOn(ports, {
      fileSystem: seen.fileSystem,
      blobStore: store,
      hashAlgorithm: 'crc32c',
      limits: { concurrency: CONCURRENCY },
    });
    await ports.clock.runUntil(engine.add(path, {}, { videoId: 'clip' }).then((upload) => upload.completed()));

    expect(store.segmentBytes()).toBe(SIZE);
    expect(store.joinedHash()).toBe(hashOf(phone.disk, path, SIZE));
    expect(phone.meter.count('readFile')).toBe(0);
    // 49,152 bytes in one call, so 65,536 characters: an eighth of what is allowed.
    expect(phone.meter.longestString).toBe(65_536);
    expect(seen.mostReads()).toBeLessThanOrEqual(CONCURRENCY);
    expect(seen.segmentBufferBytes()).toBeLessThanOrEqual(1_572_864);
    // A source is known again by 4,096 bytes here and there, and has grown where one more byte is read behind its end.
    expect(seen.otherBufferBytes()).toBeLessThanOrEqual(3 * 4_096 + 1);
    // What base64 costs on top, at most: native bytes, their base64 and the binary string of it, one each for a call under way.
    const base64Bytes = seen.mostReads() * (49_152 + 65_536 + 49_152);
    expect(base64Bytes).toBeLessThanOrEqual(491_520);
  });
});

/** The file system, its buffers and native calls counted. */
function watched(lib: ReturnType<typeof fakePhone>['lib']) {
  const buffers = new Set<ArrayBufferLike>();
  let reads = 0;
  let mostReads = 0;
  const counting: typeof lib = {
    ...lib,
    read: async (...call) => {
      reads += 1;
      mostReads = Math.max(mostReads, reads);
      try {
        return await lib.read(...call);
      } finally {
        reads -= 1;
      }
    },
  };
  const fileSystem = rnfsFileSystem({ lib: counting });
  const bytesOf = (large: boolean): number =>
    [...buffers].reduce((sum, { byteLength }) => (byteLength > 4_096 === large ? sum + byteLength : sum), 0);
  return {
    fileSystem: {
      ...fileSystem,
      open: async (path: string) => {
        const handle = await fileSystem.open(path);
        return {
          close: () => handle.close(),
          readInto: (buffer: Uint8Array, position: number) => {
            buffers.add(buffer.buffer);
            return handle.readInto(buffer, position);
          },
        };
      },
    },
    mostReads: () => mostReads,
    segmentBufferBytes: () => bytesOf(true),
    otherBufferBytes: () => bytesOf(false),
  };
}

function hashOf(disk: NativeDisk, path: string, sizeBytes: number): string {
  const hash = createHash('crc32c');
  const buffer = new Uint8Array(SEGMENT_SIZE);
  for (let at = 0; at < sizeBytes; at += SEGMENT_SIZE) hash.update(buffer.subarray(0, disk.read(path, buffer, at)));
  return hash.digest();
}

describe('a file that is too large for the module', () => {
  it('is refused as the upload is added', async () => {
    const phone = fakePhone({ platform: 'android' });
    const path = `${phone.lib.DocumentDirectoryPath}/long.mp4`;
    phone.disk.makeUp(path, 2_147_483_648);
    const ports = createTestPorts();
    const engine = await startOn(ports, { fileSystem: rnfsFileSystem({ lib: phone.lib }) });
    expect(await codeOf(ports.clock.runUntil(engine.add(path, {})))).toBe('FILE_TOO_LARGE_FOR_ADAPTER');
  });
});
