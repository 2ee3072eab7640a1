/** A file of the corpus, open for reading through the port of Node, with its reads counted. */
import { stat } from 'node:fs/promises';
import { nodeFileSystem } from '../../../adapters/node/index.js';
import { createMediaReader, type MediaReader, type MediaReaderOptions } from '../../../src/media/index.js';
import type { Reads } from '../support.js';

/** What {@link openFile} gives. */
export interface OpenFile {
  readonly reader: MediaReader;
  readonly reads: Reads;
  readonly close: () => Promise<void>;
}

/** Opens a file. */
export async function openFile(path: string, options: MediaReaderOptions = {}): Promise<OpenFile> {
  const file = await nodeFileSystem().open(path);
  const { size } = await stat(path);
  const reads = { count: 0, bytes: 0, largestBytes: 0 };
  const readInto = async (buffer: Uint8Array, position: number): Promise<number> => {
    const length = await file.readInto(buffer, position);
    reads.count++;
    reads.bytes += length;
    reads.largestBytes = Math.max(reads.largestBytes, buffer.length);
    return length;
  };
  return { reader: createMediaReader({ readInto, close: () => file.close() }, size, options), reads, close: () => file.close() };
}
