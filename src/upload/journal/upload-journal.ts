/**
 * The durable memory of one upload: its record in two places, of which each write takes the older one, so that a torn write
 * costs the last change and not the upload; and its pages of acknowledgements.
 */
import { createSerialWriter, type SerialWriter } from '../../internal/index.js';
import type { KeyValueStore } from '../../ports/index.js';
import { type Acknowledgement, AckPages } from './ack-pages.js';
import { AckTable } from './ack-table.js';
import type { JournalKeys, Slot } from './keys.js';
import { encodeRecord } from './record-envelope.js';
import { encodeItem, type UploadRecord } from './upload-record.js';

/** Where a record was found. */
export interface RecordSlot {
  readonly sequence: number;
  /** The place that holds it; absent before the first write. */
  readonly slot?: Slot;
}

/** What all journals of one process share. */
export interface JournalStorage {
  readonly store: KeyValueStore;
  readonly keys: JournalKeys;
  /** Names pages of this process; two processes never share one. */
  readonly pageSuffix: () => string;
}

export class UploadJournal {
  readonly acks: AckTable;
  /** An earlier process has written it. */
  readonly isRestored: boolean;
  /** A page was damaged: objects that it listed may be in the store. */
  hasDamagedPage = false;
  private readonly storage: JournalStorage;
  private readonly pages: AckPages;
  private readonly writer: SerialWriter;
  private readonly unsaved = new Map<number, Acknowledgement & { readonly attested: boolean }>();
  private current: UploadRecord;
  private sequence: number;
  private slot: Slot | undefined;

  constructor(storage: JournalStorage, record: UploadRecord, place: RecordSlot) {
    this.storage = storage;
    this.current = record;
    this.sequence = place.sequence;
    this.slot = place.slot;
    this.isRestored = place.slot !== undefined;
    const { algorithm, count, totalBytes } = record.plan;
    this.acks = new AckTable(algorithm, count);
    const suffix = storage.pageSuffix();
    this.pages = new AckPages(
      storage.store,
      (page) => storage.keys.page(record.id, `${page}-${suffix}`),
      count === 0 ? 0 : totalBytes / count,
    );
    this.writer = createSerialWriter(() => this.writeRecord());
  }

  /** The record as it is now, which may be ahead of what is durable while a write is under way. */
  get record(): UploadRecord {
    return this.current;
  }

  /** Changes the record; resolves when that is durable. A change that could not be written is taken back. */
  async update(change: (record: UploadRecord) => UploadRecord): Promise<void> {
    const before = this.current;
    const after = change(before);
    this.current = after;
    try {
      await this.writer.request();
    } catch (error) {
      if (this.current === after) this.current = before;
      throw error;
    }
  }

  /** Changes what needs no write of its own: the next one takes it along. */
  note(change: (record: UploadRecord) => UploadRecord): void {
    this.current = change(this.current);
  }

  /** Remembers that the store has an object; resolves when that is durable. */
  async acknowledge(index: number, hash: string, attested: boolean): Promise<void> {
    this.unsaved.set(index, { index, hash, attested });
    await this.pages.add({ index, hash });
    this.settle(index);
  }

  /** Whether the store has an object whose acknowledgement could not be written yet; then it is written now, and nothing is sent again. */
  async recover(index: number): Promise<boolean> {
    if (!this.unsaved.has(index)) return false;
    await this.flush();
    return true;
  }

  /** Writes the acknowledgements that failed to be written, as when the disk was full. Resolves with the indices of their objects. */
  async flush(): Promise<readonly number[]> {
    await this.pages.flush();
    const indices = [...this.unsaved.keys()];
    for (const index of indices) this.settle(index);
    return indices;
  }

  /** A page of an earlier process and its content. */
  restore(key: string, facts: readonly Acknowledgement[] | undefined): void {
    this.pages.track(key);
    if (facts === undefined) this.hasDamagedPage = true;
    for (const { index, hash } of facts ?? []) this.acks.restore(index, hash);
  }

  /** Removes the acknowledgements from the disk, once they are not needed. */
  async dropPages(): Promise<void> {
    this.unsaved.clear();
    this.acks.clear();
    await this.pages.remove();
  }

  /** Forgets the upload: pages first, so that a kill leaves a record that names the rest. */
  async remove(): Promise<void> {
    await this.writer.settled();
    await this.pages.remove();
    for (const slot of this.slot === 'a' ? (['b', 'a'] as const) : (['a', 'b'] as const)) {
      await this.storage.store.remove(this.storage.keys.item(this.current.id, slot));
    }
  }

  /** Resolves when no write is under way. */
  settled(): Promise<void> {
    return this.writer.settled();
  }

  private settle(index: number): void {
    const fact = this.unsaved.get(index);
    if (fact === undefined) return;
    this.unsaved.delete(index);
    this.acks.add(index, fact.hash, fact.attested);
  }

  private async writeRecord(): Promise<void> {
    const slot: Slot = this.slot === 'a' ? 'b' : 'a';
    const sequence = this.sequence + 1;
    await this.storage.store.set(this.storage.keys.item(this.current.id, slot), encodeRecord(sequence, encodeItem(this.current)));
    this.sequence = sequence;
    this.slot = slot;
  }
}
