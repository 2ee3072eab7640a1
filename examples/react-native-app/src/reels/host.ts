/** All that the app's Reelway needs from outside: ports, folders, and the app's own backend. Tests hand in other ones. */
import type { BlobStore, Clock, Conditions, FileSystem, Hasher, KeyValueStore, Lock } from 'reelway';

/** What `reactNativePorts({ … })` makes on a phone, and `createTestPorts()` in a test. */
export interface Ports {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly blobStore: BlobStore;
  readonly conditions?: Conditions;
  readonly hasher?: Hasher;
  readonly lock?: Lock;
  readonly clock?: Clock;
}

/** Folders of the app's own, without a slash at their ends. */
export interface Directories {
  /** Segments of the feed. The system may empty it. */
  readonly cache: string;
  /** Whole files for the player. The system may empty it. */
  readonly player: string;
  /** Copies of picked videos until they are up, and posters. Must survive a restart. */
  readonly sources: string;
  /** Segments on their way, for stores that take files only (Firebase). */
  readonly staging: string;
}

/** One reel as the backend tells of it. */
export interface Reel {
  readonly id: string;
  readonly title: string;
  readonly manifestKey: string;
}

/** A page of the feed; without a `cursor` it is the last one. */
export interface FeedPage {
  readonly reels: readonly Reel[];
  readonly cursor?: string;
}

/** The app's own server. */
export interface Backend {
  /** Makes the post appear. Called again until it resolves, always with the same key: the server drops repetitions by it. */
  post(reel: Reel & { readonly posterKey?: string }, idempotencyKey: string): Promise<void>;
  /** The newest reels first. */
  feed(cursor?: string): Promise<FeedPage>;
}

/** What the provider is given. */
export interface ReelwayHost {
  readonly ports: Ports;
  readonly directories: Directories;
  readonly backend: Backend;
  /** Renews the sign-in when the bucket refuses; see `refreshAuth` of the engine. */
  readonly refreshAuth?: () => Promise<void>;
}
