/** Where the sample tables of a track lie, and cursors over them that hold one window each. */
import { type Box, findBox, readContent, requireBox } from './boxes.js';
import { damaged, type Fields } from './fields.js';
import type { MediaReader } from './media-reader.js';
import type { SampleTables, TableRange } from './types.js';

/** Finds the tables. @throws {ReelwayError} MEDIA_INVALID where a count is larger than its box */
export async function readTables(reader: MediaReader, boxes: readonly Box[], frameBytes: number | undefined): Promise<SampleTables> {
  const table = async (type: string, entryBytes: number): Promise<TableRange | undefined> => {
    const box = findBox(boxes, type);
    return box && rangeOf(box, 8, (await readContent(reader, box, 8)).u32(4), entryBytes * 8);
  };
  const chunkOffsetBytes = findBox(boxes, 'co64') ? 8 : 4;
  const chunkOffsets = (await table('co64', 8)) ?? (await table('stco', 4));
  const [durations, chunkRuns] = [await table('stts', 8), await table('stsc', 12)];
  if (!(chunkOffsets && durations && chunkRuns)) throw damaged('A sample table is missing', 'stbl');
  const [compositionOffsets, syncSamples] = [await table('ctts', 8), await table('stss', 4)];
  return {
    durations,
    ...(compositionOffsets && { compositionOffsets }),
    chunkRuns,
    chunkOffsets,
    chunkOffsetBytes,
    ...(await readSizes(reader, boxes, frameBytes)),
    ...(syncSamples && { syncSamples }),
  };
}

type SizeTable = Pick<SampleTables, 'sizes' | 'sizeBits' | 'fixedBytes'>;

async function readSizes(reader: MediaReader, boxes: readonly Box[], frameBytes: number | undefined): Promise<SizeTable> {
  const compact = findBox(boxes, 'stz2');
  const box = compact ?? requireBox(boxes, 'stsz');
  const fields = await readContent(reader, box, 12);
  const count = fields.u32(8);
  if (compact) {
    const sizeBits = fields.u8(7);
    if (sizeBits !== 4 && sizeBits !== 8 && sizeBits !== 16) throw damaged(`Sizes have ${sizeBits} bits`, 'stz2');
    return { sizes: rangeOf(box, 12, count, sizeBits), sizeBits, fixedBytes: 0 };
  }
  const fixedBytes = fields.u32(4);
  if (fixedBytes === 0) return { sizes: rangeOf(box, 12, count, 32), sizeBits: 32, fixedBytes };
  // Old writers say 1 for PCM. No table holds this count up, so the file's own size has to.
  const each = fixedBytes === 1 ? (frameBytes ?? 1) : fixedBytes;
  const sizes = { position: box.body + 12, count: Math.min(count, Math.floor(reader.sizeBytes / each)) };
  return { sizes, sizeBits: 0, fixedBytes: each };
}

function rangeOf(box: Box, skip: number, count: number, entryBits: number): TableRange {
  const needed = skip + Math.ceil((count * entryBits) / 8);
  if (needed > box.end - box.body) throw damaged(`${count} entries do not fit into ${box.end - box.body} bytes`, box.type);
  return { position: box.body + skip, count };
}

/** Samples that are made between two looks at the tables. */
export const BATCH = 64;
/** Entries that a cursor has ready: one for each of these samples, and one ahead. */
const READY = BATCH + 2;
/** Bytes that one refill brings, at most. */
const REFILL_BYTES = 16_384;

/** Walks over a table. `prepare` reads, everything else only looks, so that samples cost no promise each. */
export class TableCursor {
  /** Entries that were not taken yet. */
  left: number;
  private fields: Fields | undefined;
  private at = 0;
  private ready = 0;
  private position: number;
  private readonly reader: MediaReader;
  private readonly entryBytes: number;

  constructor(reader: MediaReader, range: TableRange | undefined, entryBytes: number) {
    this.reader = reader;
    this.entryBytes = entryBytes;
    this.left = range?.count ?? 0;
    this.position = range?.position ?? 0;
  }

  /** Has the entries of the next `BATCH` samples at hand. */
  async prepare(): Promise<void> {
    const least = Math.min(READY, this.left);
    if (this.ready >= least || this.entryBytes === 0) return;
    const most = Math.min(this.left * this.entryBytes, REFILL_BYTES);
    this.fields = await this.reader.window(this.position, least * this.entryBytes, most);
    this.ready = Math.floor(this.fields.length / this.entryBytes);
    this.at = -this.entryBytes;
  }

  /** Moves to the next entry; false where it is not at hand. */
  take(): boolean {
    if (this.left === 0 || (this.ready === 0 && this.entryBytes > 0)) return false;
    this.left--;
    this.ready--;
    this.at += this.entryBytes;
    this.position += this.entryBytes;
    return true;
  }

  /** The entry that was taken last: `field` at its offset in the entry. */
  read<Name extends 'u8' | 'u16' | 'u32' | 'i32' | 'u64'>(name: Name, field = 0): number {
    if (this.fields === undefined) throw damaged('A table is empty');
    return this.fields[name](this.at + field);
  }
}
