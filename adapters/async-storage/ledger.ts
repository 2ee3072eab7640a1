/** Counts the bytes of our records: AsyncStorage itself fails only when it is full, and then the app's other records fail too. */
import { ReelwayError } from '../../src/errors/index.js';

/** Counts bytes by key. Keys and stored values are ASCII, so characters are bytes. */
export class Ledger {
  readonly maxBytes: number;
  private readonly sizes = new Map<string, number>();
  private readonly reserved = new Set<string>();
  private total = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.total;
  }

  get records(): number {
    return this.sizes.size;
  }

  /** Notes a record as it was read, unless it is being written. */
  found(key: string, bytes: number): void {
    if (!this.reserved.has(key)) this.note(key, bytes);
  }

  /** Forgets records that are no longer stored, except those being written. */
  keepOnly(keys: readonly string[]): void {
    const kept = new Set(keys);
    for (const key of [...this.sizes.keys()]) if (!kept.has(key) && !this.reserved.has(key)) this.forget(key);
  }

  forget(key: string): void {
    this.total -= this.sizes.get(key) ?? 0;
    this.sizes.delete(key);
  }

  /**
   * Reserves room for a record before it is written; the caller then calls exactly one of the returned functions. After a failed write
   * the old value or the new one may be there, so the larger counts.
   * @throws {ReelwayError} STORAGE_FULL
   */
  reserve(key: string, bytes: number): { readonly done: () => void; readonly failed: () => void } {
    const before = this.sizes.get(key);
    const during = Math.max(bytes, before ?? 0);
    const after = this.total + bytes - (before ?? 0);
    if (after > this.maxBytes && bytes > (before ?? 0)) throw this.full(key, bytes);
    this.note(key, during);
    this.reserved.add(key);
    const settle = (): void => {
      this.reserved.delete(key);
    };
    return {
      done: () => {
        settle();
        this.note(key, bytes);
      },
      failed: () => {
        settle();
        if (before === undefined) this.forget(key);
      },
    };
  }

  private note(key: string, bytes: number): void {
    this.total += bytes - (this.sizes.get(key) ?? 0);
    this.sizes.set(key, bytes);
  }

  private full(key: string, bytes: number): ReelwayError {
    const { maxBytes, total: usedBytes } = this;
    return new ReelwayError('STORAGE_FULL', {
      message: `The records use ${usedBytes} of ${maxBytes} bytes (maxBytes); ${key} needs ${bytes}`,
      context: { key, usedBytes, maxBytes },
    });
  }
}
