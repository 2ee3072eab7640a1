/** A blob store that can do all that the suite asks about, and ways of making it faulty. */
import { memoryBlobStore, memoryFileSystem } from '../../../adapters/memory/index.js';
import type { BlobStoreClaims, BlobStoreFixture } from '../../../src/conformance/index.js';
import type {
  BlobBody,
  BlobInfo,
  BlobReader,
  BlobStore,
  FileSystem,
  GetOptions,
  PieceReader,
  PutOptions,
} from '../../../src/ports/index.js';

const PAGE_SIZE = 20;
const ROOM_BYTES = 1_500_000;
export const blobStoreClaims: BlobStoreClaims = { conditionalPut: true, pageSize: PAGE_SIZE, roomBytes: ROOM_BYTES };

/** The good store, with its files. */
export async function goodBlobStore(): Promise<BlobStoreFixture> {
  const fileSystem = memoryFileSystem();
  await fileSystem.makeDirectory('/files');
  const memory = memoryBlobStore({ capacityBytes: ROOM_BYTES, pageSize: PAGE_SIZE, pieceBytes: 50_000, minPartBytes: 65_536 });
  const blobStore: BlobStore = {
    ...memory,
    accepts: ['bytes', 'stream', 'file'],
    put: async (key, body, options) => memory.put(key, body.kind === 'file' ? await fromFile(fileSystem, body) : body, options),
    getToFile: async (key, path, options) => {
      const bytes = await gathered(await memory.get(key, options));
      const handle = await fileSystem.create(path);
      await handle.write(bytes);
      await handle.close();
    },
    urlFor: async (key) => `memory:${key}`,
    pending: async () => [],
    announce: () => undefined,
  };
  return {
    blobStore,
    files: { fileSystem, directory: '/files' },
    openUrl: async (url) => gathered(await memory.get(url.slice('memory:'.length))),
  };
}

async function fromFile(fileSystem: FileSystem, body: BlobBody & { kind: 'file' }): Promise<BlobBody> {
  const handle = await fileSystem.open(body.path);
  const bytes = new Uint8Array(body.sizeBytes);
  await handle.readInto(bytes, 0);
  await handle.close();
  return { kind: 'bytes', sizeBytes: bytes.length, bytes };
}

export async function gathered(reader: PieceReader): Promise<Uint8Array> {
  const bytes: number[] = [];
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) for (const byte of piece) bytes.push(byte);
  await reader.close();
  return Uint8Array.from(bytes);
}

export function bytesBody(bytes: Uint8Array): BlobBody {
  return { kind: 'bytes', sizeBytes: bytes.length, bytes };
}

/** The good store with some members replaced. */
export function faulty(change: (good: BlobStore, given: BlobStoreFixture) => Partial<BlobStore>) {
  return async (): Promise<BlobStoreFixture> => {
    const given = await goodBlobStore();
    return { ...given, blobStore: { ...given.blobStore, ...change(given.blobStore, given) } };
  };
}

/** The good store with another way of putting. */
export function putting(put: (good: BlobStore, key: string, body: BlobBody, options: PutOptions) => ReturnType<BlobStore['put']>) {
  return faulty((good) => ({ put: (key, body, options) => put(good, key, body, options) }));
}

/** A put whose failure goes to `then` before it is thrown. */
export async function failing(put: () => Promise<BlobInfo>, then: (error: unknown) => Promise<void>): Promise<BlobInfo> {
  try {
    return await put();
  } catch (error) {
    await then(error);
    throw error;
  }
}

/** The good store that changes a reader before it gives it out. */
export function getting(change: (reader: BlobReader, key: string, options: GetOptions | undefined) => BlobReader | Promise<BlobReader>) {
  return faulty((good) => ({ get: async (key, options) => change(await good.get(key, options), key, options) }));
}

/** The good store behind another spelling of keys; it still tells the keys that were put. */
export function respelled(spell: (key: string) => string) {
  return faulty((good) => {
    const spelled = new Map<string, string>();
    return {
      put: async (key, body, options) => {
        if (!spelled.has(spell(key))) spelled.set(spell(key), key);
        return { ...(await good.put(spell(key), body, options)), key };
      },
      get: (key, options) => good.get(spell(key), options),
      head: async (key, signal) => {
        const info = await good.head(spell(key), signal);
        return info && { ...info, key };
      },
      remove: (keys, signal) => good.remove(keys.map(spell), signal),
      getToFile: async (key, path) => good.getToFile?.(spell(key), path),
      list: async (prefix, cursor, signal) => {
        const page = await good.list?.(prefix, cursor, signal);
        return { ...page, blobs: (page?.blobs ?? []).map((blob) => ({ ...blob, key: spelled.get(blob.key) ?? blob.key })) };
      },
    };
  });
}
