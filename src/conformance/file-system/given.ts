/** What a file system's suite is given, and what its clauses share. */
import type { FileSystem, ReadHandle } from '../../ports/index.js';
import { joined, MAX_PIECE_BYTES } from '../kit/bytes.js';
import type { RunnableClause } from '../kit/suite.js';

/** A file system under test, created for each test. */
export interface FileSystemFixture {
  readonly fileSystem: FileSystem;
  /** A directory that exists and is empty; the suite stays below it. */
  readonly directory: string;
  /** Another adapter over the same files, as after a relaunch. @default the same adapter */
  readonly reopen?: () => Promise<FileSystem>;
  /** Something that `importFile` takes and `open` may refuse, with its bytes. @default a plain file */
  readonly importable?: { readonly uri: string; readonly bytes: Uint8Array };
  /** Called after the test. */
  readonly cleanup?: () => Promise<void>;
}

/** What only the suite wants to know of a file system; no engine asks. */
export interface FileSystemClaims {
  /** A rename over a file is never seen half done. @default false: not tried */
  readonly atomicRename?: boolean;
  /** Whether `Name` and `name` are two files. @default unknown: only one of them is tested */
  readonly caseSensitive?: boolean;
  /** Names that Windows reserves (`con`, `nul.txt`) can be used. @default true */
  readonly reservedNames?: boolean;
  /** Bytes that fit below the fixture's directory, > 0; the suite then fills it up. @default not tried */
  readonly roomBytes?: number;
}

/** A clause of the file system's contract. */
export type FileSystemClause = RunnableClause<FileSystemFixture, FileSystem, FileSystemClaims>;

/** A path below the fixture's directory. */
export function below(given: FileSystemFixture, name: string): string {
  return `${given.directory}/${name}`;
}

/** Writes a whole file in pieces of at most 524,288 bytes. */
export async function writeFile(fileSystem: FileSystem, path: string, bytes: Uint8Array, append = false): Promise<void> {
  const handle = await fileSystem.create(path, append ? { append } : undefined);
  try {
    for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) await handle.write(bytes.subarray(at, at + MAX_PIECE_BYTES));
  } finally {
    await handle.close();
  }
}

/** Reads a whole file, in pieces of a size that every host can read. */
export async function readFile(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const handle = await fileSystem.open(path);
  try {
    return await readFrom(handle, 0, Number.MAX_SAFE_INTEGER, 65_536);
  } finally {
    await handle.close();
  }
}

/** Reads `lengthBytes` at `position`, or up to the end; short reads are legal, so it asks again. */
export async function readFrom(
  handle: ReadHandle,
  position: number,
  lengthBytes: number,
  pieceBytes = MAX_PIECE_BYTES,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let left = lengthBytes;
  let at = position;
  while (left > 0) {
    const buffer = new Uint8Array(Math.min(left, pieceBytes));
    const count = await handle.readInto(buffer, at);
    if (count === 0) break;
    pieces.push(buffer.subarray(0, count));
    at += count;
    left -= count;
  }
  return joined(pieces);
}
