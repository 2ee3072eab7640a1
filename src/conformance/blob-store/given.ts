/** What a blob store's suite is given, and what its clauses share. */
import type { BlobBody, BlobInfo, BlobStore, FileSystem, PieceReader, PutOptions, StreamBody } from '../../ports/index.js';
import { patternBytes, readAll } from '../kit/bytes.js';
import type { Check } from '../kit/check.js';
import type { RunnableClause } from '../kit/suite.js';

/** A blob store under test, created empty for each test (a new prefix of a real bucket suffices). */
export interface BlobStoreFixture {
  readonly blobStore: BlobStore;
  /** Where native paths are: for stores that take file bodies or have `getToFile`. The directory exists and is empty. */
  readonly files?: { readonly fileSystem: FileSystem; readonly directory: string };
  /** Opens an address that `urlFor` gave, for a test that follows it. @default the address is looked at only */
  readonly openUrl?: (url: string) => Promise<Uint8Array>;
  /** Called after the test. */
  readonly cleanup?: () => Promise<void>;
}

/** What only the suite wants to know of a blob store; no engine asks. */
export interface BlobStoreClaims {
  /** `ifAbsent` holds, also between two puts at once. @default false: not tried */
  readonly conditionalPut?: boolean;
  /** A put with a wrong hash is refused; false where the store only reports the right one. @default true */
  readonly checksHashes?: boolean;
  /** A key may be the beginning of another (`a` and `a/b`); directories of plain files cannot. @default true */
  readonly keysBelowKeys?: boolean;
  /** Most blobs on a page of `list`, ≥ 1, where it is small enough to be tried (≤ 50). @default one page is tried */
  readonly pageSize?: number;
  /** Bytes that fit into the store, > 0; the suite then fills it up. @default not tried */
  readonly roomBytes?: number;
}

/** A clause of the blob store's contract. */
export type BlobStoreClause = RunnableClause<BlobStoreFixture, BlobStore, BlobStoreClaims>;

/** Options of a put that is about nothing but bytes. */
export const PLAIN: PutOptions = { contentType: 'application/octet-stream' };

/** A body in memory. */
export function bytesBody(bytes: Uint8Array): BlobBody {
  return { kind: 'bytes', sizeBytes: bytes.length, bytes };
}

interface ScriptedBodyOptions {
  /** Bytes of a piece. */
  readonly pieceBytes?: number;
  /** What the body says; may lie. */
  readonly sizeBytes?: number;
  /** Makes the one buffer that is lent for all pieces, as a pool does: what the adapter keeps of a piece changes. @default a buffer for each */
  readonly lend?: (buffer: Uint8Array) => Uint8Array;
  /** Called before each piece, from 0; may throw. */
  readonly before?: (piece: number) => void | Promise<void>;
}

/** A stream whose reader is scripted, and which counts what is done with it. */
export class ScriptedBody implements StreamBody {
  readonly kind = 'stream';
  readonly sizeBytes: number;
  opened = 0;
  closed = 0;
  /** The most readers that were open at once. */
  together = 0;
  /** Calls of `next` on any reader. */
  nexts = 0;
  private readonly bytes: Uint8Array;
  private readonly pieceBytes: number;
  private readonly lend: ((buffer: Uint8Array) => Uint8Array) | undefined;
  private readonly before: (piece: number) => void | Promise<void>;

  constructor(bytes: Uint8Array, options: ScriptedBodyOptions = {}) {
    this.bytes = bytes;
    this.lend = options.lend;
    this.pieceBytes = options.pieceBytes ?? 50_000;
    this.sizeBytes = options.sizeBytes ?? bytes.length;
    this.before = options.before ?? (() => undefined);
  }

  async open(): Promise<PieceReader> {
    this.opened += 1;
    this.together = Math.max(this.together, this.opened - this.closed);
    let at = 0;
    let count = 0;
    let open = true;
    const lent = this.lend?.(new Uint8Array(this.pieceBytes));
    return {
      next: async () => {
        this.nexts += 1;
        await this.before(count);
        count += 1;
        const length = Math.min(this.pieceBytes, this.bytes.length - at);
        if (length <= 0) return undefined;
        const piece = (lent ?? new Uint8Array(this.pieceBytes)).subarray(0, length);
        piece.set(this.bytes.subarray(at, at + length));
        at += length;
        return piece;
      },
      close: async () => {
        if (open) this.closed += 1;
        open = false;
      },
    };
  }
}

/** Puts bytes by the first kind of body that the store takes. */
export async function putBytes(
  given: BlobStoreFixture,
  check: Check,
  key: string,
  bytes: Uint8Array,
  options: PutOptions = PLAIN,
): Promise<BlobInfo> {
  return given.blobStore.put(key, await bodyOf(given, check, given.blobStore.accepts[0] ?? 'bytes', bytes, key), options);
}

/** A body of the given kind; bodies that are made at once have different keys. */
export async function bodyOf(
  given: BlobStoreFixture,
  check: Check,
  kind: BlobBody['kind'],
  bytes: Uint8Array,
  key = 'body',
): Promise<BlobBody> {
  if (kind === 'bytes') return bytesBody(bytes);
  if (kind === 'stream') return new ScriptedBody(bytes);
  const { fileSystem, directory } = check.needs(given.files, 'files', `accepts, which names 'file'`);
  const path = `${directory}/body-${(await fileSystem.list(directory)).length}-${key.replace(/[^a-z0-9]/g, '-').slice(-40)}`;
  const handle = await fileSystem.create(path);
  await handle.write(bytes);
  await handle.close();
  return { kind, sizeBytes: bytes.length, path };
}

/** All bytes of a blob. */
export async function getBytes({ blobStore }: BlobStoreFixture, key: string): Promise<Uint8Array> {
  return readAll(await blobStore.get(key));
}

/** Expects that the blob under the key is these bytes, by head and by get. */
export async function expectBlob(given: BlobStoreFixture, check: Check, key: string, bytes: Uint8Array): Promise<void> {
  const info = await given.blobStore.head(key);
  check.that(info !== undefined, `head finds no blob under ${key}`);
  check.equal(info?.sizeBytes, bytes.length, `sizeBytes of the head of ${key}`);
  check.bytes(await getBytes(given, key), bytes, `the blob ${key}`);
}

/** Expects that nothing is stored under the key, by head, get and list. */
export async function expectNothing({ blobStore }: BlobStoreFixture, check: Check, key: string, when: string): Promise<void> {
  const info = await blobStore.head(key);
  check.that(info === undefined, `${when}, head finds a blob of ${info?.sizeBytes} bytes under ${key}`);
  await check.rejects(blobStore.get(key), ['BLOB_NOT_FOUND'], `${when}, get of ${key}`);
  const page = await blobStore.list?.(key);
  check.that(page?.blobs.some((blob) => blob.key === key) !== true, `${when}, list finds ${key}`);
}

/** Expects that the whole store is empty, temporary names included. */
export async function expectEmpty({ blobStore }: BlobStoreFixture, check: Check, when: string): Promise<void> {
  const page = await blobStore.list?.('');
  check.that(page === undefined || page.blobs.length === 0, `${when}, list finds ${page?.blobs.map((blob) => blob.key).join(', ')}`);
}

/** Bytes of an upload that was there before. */
export const OLD_BYTES: Uint8Array = /* @__PURE__ */ patternBytes(333, 99);

/** Whether the store takes bodies of this kind. */
export function takes(kind: BlobBody['kind']): (adapter: BlobStore) => boolean {
  return ({ accepts }) => accepts.includes(kind);
}
