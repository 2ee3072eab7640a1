/** Which objects of an upload the store has, in a few bytes each: the digests lie packed as the manifest wants them. */
import { HASH_DIGITS, type HashAlgorithm, hexDecode, hexEncode } from '../../core/index.js';

/** The journal has it. */
const ACKNOWLEDGED = 1;
/** Its bytes were read and hashed by this process. */
const FRESH = 2;
/** The store has attested these bytes to this process. */
const ATTESTED = 4;

/** The acknowledged objects of one upload. */
export class AckTable {
  readonly algorithm: HashAlgorithm;
  /** Objects, ≥ 0. */
  readonly count: number;
  private readonly digestBytes: number;
  private flags: Uint8Array | undefined;
  private digests: Uint8Array | undefined;
  private acknowledged = 0;

  constructor(algorithm: HashAlgorithm, count: number) {
    this.algorithm = algorithm;
    this.count = count;
    this.digestBytes = HASH_DIGITS[algorithm] / 2;
  }

  /** How many are acknowledged. */
  get acknowledgedCount(): number {
    return this.acknowledged;
  }

  /** Takes in what an earlier process has written. Later facts of one index replace earlier ones. */
  restore(index: number, hash: string): void {
    this.put(index, hash, ACKNOWLEDGED);
  }

  /** An object that this process has sent. */
  add(index: number, hash: string, attested: boolean): void {
    this.put(index, hash, ACKNOWLEDGED | FRESH | (attested ? ATTESTED : 0));
  }

  /** The store does not have it after all. */
  drop(index: number): void {
    if (this.flags === undefined || !this.has(index)) return;
    this.flags[index] = 0;
    this.acknowledged -= 1;
  }

  /** Frees the table, once the manifest holds the hashes. */
  clear(): void {
    this.flags = undefined;
    this.digests = undefined;
    this.acknowledged = 0;
  }

  has(index: number): boolean {
    return ((this.flags?.[index] ?? 0) & ACKNOWLEDGED) !== 0;
  }

  isFresh(index: number): boolean {
    return ((this.flags?.[index] ?? 0) & FRESH) !== 0;
  }

  isAttested(index: number): boolean {
    return ((this.flags?.[index] ?? 0) & ATTESTED) !== 0;
  }

  markFresh(index: number): void {
    this.raise(index, FRESH);
  }

  markAttested(index: number): void {
    this.raise(index, ATTESTED);
  }

  /** The digest of an acknowledged object, as hex. */
  hashAt(index: number): string {
    return hexEncode(this.column().subarray(index * this.digestBytes, (index + 1) * this.digestBytes));
  }

  private put(index: number, hash: string, flags: number): void {
    if (!this.has(index)) this.acknowledged += 1;
    this.flags ??= new Uint8Array(this.count);
    this.flags[index] = flags;
    this.column().set(hexDecode(hash), index * this.digestBytes);
  }

  private raise(index: number, flag: number): void {
    this.flags ??= new Uint8Array(this.count);
    this.flags[index] = (this.flags[index] ?? 0) | flag;
  }

  private column(): Uint8Array {
    this.digests ??= new Uint8Array(this.count * this.digestBytes);
    return this.digests;
  }
}
