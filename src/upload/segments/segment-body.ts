/** The bytes of one object on their way to the store, in the cheapest form that the store takes, hashed once as they pass. */
import { MAX_SEGMENT_BYTES } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import type { BlobBody, PackageObject, PieceReader } from '../../ports/index.js';
import { createYieldingHash, type YieldingHash } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { PreparedUpload } from './prepared-upload.js';

/** How a store is given an object: all in memory, piece by piece, or as a file. @throws {ReelwayError} NOT_SUPPORTED */
export function chooseBody(context: EngineContext, object: PackageObject): BlobBody['kind'] {
  const { blobStore, fileSystem, stagingDirectory } = context.settings;
  for (const kind of blobStore.accepts) {
    if (kind === 'stream' || (kind === 'bytes' && object.sizeBytes <= MAX_SEGMENT_BYTES)) return kind;
    if (kind === 'file' && fileSystem.nativePaths && stagingDirectory !== undefined) return kind;
  }
  throw new ReelwayError('NOT_SUPPORTED', {
    message: `No body for an object of ${object.sizeBytes} bytes: the store accepts ${blobStore.accepts.join(', ')}, and files need native paths and a stagingDirectory`,
  });
}

/** A hash of the algorithm that an upload began with. */
export function hashFor(context: EngineContext, prepared: Pick<PreparedUpload, 'upload'>): YieldingHash {
  const { hashes, clock } = context.settings;
  return createYieldingHash(hashes, clock, prepared.upload.record.plan.algorithm);
}

/** Reads an object that fits into one buffer. @throws {ReelwayError} SOURCE_CHANGED where it has another length than planned */
export async function readObject(prepared: PreparedUpload, index: number, buffer: Uint8Array): Promise<Uint8Array> {
  const { sizeBytes } = prepared.pack.describe(index);
  const reader = prepared.pack.read(index);
  const length = await reader.fill(buffer);
  if (length === sizeBytes) return buffer.subarray(0, length);
  // Pieces need room of their own, since each may be as long as the buffer.
  const piece = new Uint8Array(MAX_SEGMENT_BYTES);
  let filled = length;
  while (filled < sizeBytes) {
    const more = await reader.fill(piece);
    if (more <= 0 || filled + more > sizeBytes) throw wrongLength(index, sizeBytes, filled + Math.max(more, 0));
    buffer.set(piece.subarray(0, more), filled);
    filled += more;
  }
  return buffer.subarray(0, filled);
}

/** An object as a stream over one buffer, with the hash of its last reader. */
export interface HashedStream {
  readonly sizeBytes: number;
  /** A reader from the first byte; forgets the hash of an earlier one. */
  open(): Promise<PieceReader>;
  /** @throws {ReelwayError} BLOB_CORRUPT where the store did not read it to its end */
  digest(): string;
}

/** A stream that each attempt opens again. */
export function hashedStream(context: EngineContext, prepared: PreparedUpload, index: number, buffer: Uint8Array): HashedStream {
  const { sizeBytes } = prepared.pack.describe(index);
  let digest: string | undefined;
  const open = async (): Promise<PieceReader> => {
    const reader = prepared.pack.read(index);
    const hash = hashFor(context, prepared);
    let total = 0;
    digest = undefined;
    return {
      next: async () => {
        if (total === sizeBytes) return undefined;
        const length = await reader.fill(buffer);
        total += length;
        if (length <= 0 || total > sizeBytes) throw wrongLength(index, sizeBytes, total);
        await hash.update(buffer.subarray(0, length));
        if (total === sizeBytes) digest = hash.digest();
        return buffer.subarray(0, length);
      },
      close: async () => undefined,
    };
  };
  return {
    sizeBytes,
    open,
    digest: () => {
      if (digest !== undefined) return digest;
      throw new ReelwayError('BLOB_CORRUPT', {
        message: 'The store accepted the object without reading it to its end',
        context: { segmentIndex: index },
      });
    },
  };
}

/** The hash of an object as the source has it now. */
export async function hashObject(context: EngineContext, prepared: PreparedUpload, index: number, buffer: Uint8Array): Promise<string> {
  const stream = hashedStream(context, prepared, index, buffer);
  const reader = await stream.open();
  while ((await reader.next()) !== undefined);
  return stream.digest();
}

function wrongLength(index: number, wanted: number, found: number): ReelwayError {
  return new ReelwayError('SOURCE_CHANGED', {
    message: `Object ${index} has another size: expected ${wanted} bytes, got ${found} or more`,
    context: { segmentIndex: index },
  });
}
