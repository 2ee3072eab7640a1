/** A bucket in the simulated world: what lies in it, and who is told of each change. */
import { createHash } from '../../../src/core/index.js';
import type { HashAlgorithm, Hashes } from '../../../src/index.js';

export interface StoredBlob {
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970, as the store tells them. */
  readonly storedMs: number;
  /** Milliseconds since the world began. */
  readonly landedMs: number;
  /** The way here changed its bytes. */
  readonly damaged?: boolean;
  /** What its put was given. */
  readonly givenHashes?: Hashes;
}

/**
 * What is wrong with a listing: it names everything; it does so from the second page on; it ends after the first page; it gives the same
 * cursor for ever; it ends in empty pages for ever.
 */
export type ListingFault = 'listIgnoresPrefix' | 'listForgetsPrefix' | 'listTruncated' | 'listRepeats' | 'listEndless';

/** How a bucket lists; as in an adapter or a server that has the bug, it stays so. */
export interface ListingProfile {
  /** Keys a page, ≥ 1. */
  readonly pageSize: number;
  readonly fault: ListingFault | undefined;
}

export const HONEST_LISTING: ListingProfile = { pageSize: 1_000, fault: undefined };

/** How a bucket behaves; drawn once a seed. */
export interface BucketProfile {
  /** Where it attests what it holds. */
  readonly attests: 'put' | 'head' | 'never';
  readonly algorithm: HashAlgorithm;
  readonly accepts: readonly ('bytes' | 'stream')[];
  readonly honoursIfAbsent: boolean;
  readonly canList: boolean;
  readonly listing: ListingProfile;
  /** It takes files only, and the operating system carries them on after the process has gone. */
  readonly outlives?: boolean;
  /** Every answer repeats the hashes that the put was given, of algorithms that the store does not attest. */
  readonly echoes?: boolean;
}

/** What outlives everything. */
export class Bucket {
  readonly blobs = new Map<string, StoredBlob>();
  readonly profile: BucketProfile;
  /** Told after each change; `undefined`: there was, or is, none. */
  onChange: (key: string, before: StoredBlob | undefined, after: StoredBlob | undefined) => void = () => undefined;

  constructor(profile: BucketProfile) {
    this.profile = profile;
  }

  /** Completed videos of others, which no simulated upload may touch. */
  readonly foreign = new Map<string, StoredBlob>();

  /** Places a completed video that belongs to no simulated upload. */
  placeForeign(videoId: string, uploadId: string, segments: number): void {
    for (const name of [...Array(segments).keys()].map((index) => `${uploadId}/${index}`).concat('manifest.json')) {
      const key = `${videoId}/${name}`;
      const blob = { bytes: Uint8Array.of(1, 2, 3), storedMs: 0, landedMs: 0 };
      this.foreign.set(key, blob);
      this.blobs.set(key, blob);
    }
  }

  store(key: string, blob: StoredBlob): void {
    const before = this.blobs.get(key);
    this.blobs.set(key, blob);
    this.onChange(key, before, blob);
  }

  remove(key: string): void {
    const before = this.blobs.get(key);
    if (before === undefined) return;
    this.blobs.delete(key);
    this.onChange(key, before, undefined);
  }
}

export function digestOf(bytes: Uint8Array, algorithm: HashAlgorithm): string {
  const hash = createHash(algorithm);
  hash.update(bytes);
  return hash.digest();
}
