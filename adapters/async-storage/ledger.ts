/** What our records take up: AsyncStorage itself does not tell before it is full, and then the app's other records suffer too. */
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

  /** Forgets what is not in the store any more, but for what is being written. */
  keepOnly(keys: readonly string[]): void {
    const kept = new Set(keys);
    for (const key of [...this.sizes.keys()]) if (!kept.has(key) && !this.reserved.has(key)) this.forget(key);
  }

  forget(key: string): void {
    this.total -= this.sizes.get(key) ?? 0;
    this.sizes.delete(key);
  }

  /**
   * Makes room for a record before it is written; exactly one of what it returns is called afterwards. After a write that failed
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
      message: `The records take ${usedBytes} of ${maxBytes} bytes, and ${key} would need ${bytes}: see maxBytes.`,
      context: { key, usedBytes, maxBytes },
    });
  }
}
