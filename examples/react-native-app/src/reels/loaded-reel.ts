/** One reel of the feed near the play head: first its opening, then all of it as one file for the player. */
import { type FileSystem, isReelwayError, type VideoFetcher, type VideoSession } from 'reelway';
import type { Reel } from './host';
import { sentenceOf } from './uploads-store';

/** How far a reel is. */
export type ReelStage =
  | { readonly stage: 'waiting' }
  /** On its way; `fraction` (0 to 1) of it is on the device. */
  | { readonly stage: 'loading'; readonly fraction: number }
  /** The opening is here and checked. */
  | { readonly stage: 'opened'; readonly fraction: number }
  /** All of it is here: what a player is given. */
  | { readonly stage: 'playable'; readonly source: { readonly uri: string } }
  | { readonly stage: 'failed'; readonly userMessage: string };

export interface LoadedReelParts {
  readonly fetcher: VideoFetcher;
  readonly fileSystem: FileSystem;
  readonly reel: Reel;
  /** Where the file for the player goes. */
  readonly outputPath: string;
  readonly onChange: () => void;
}

export class LoadedReel {
  stage: ReelStage = { stage: 'waiting' };
  private readonly parts: LoadedReelParts;
  private readonly leaving = new AbortController();
  private session: VideoSession | undefined;
  private opening: Promise<boolean> | undefined;
  private completing: Promise<boolean> | undefined;

  constructor(parts: LoadedReelParts) {
    this.parts = parts;
  }

  /** Brings the opening; whether it is here. Never rejects: what went wrong is the stage. */
  open(): Promise<boolean> {
    this.opening ??= this.attempt(async () => {
      const { fetcher, reel } = this.parts;
      const { signal } = this.leaving;
      this.become({ stage: 'loading', fraction: 0 });
      await fetcher.prepareVideo(reel.manifestKey, reel.id, { signal });
      this.session = await fetcher.open(reel.id, { signal });
      await this.session.ready({ signal });
      this.become({ stage: 'opened', fraction: this.fraction() });
    });
    return this.opening;
  }

  /** Brings all of it, as one file; whether it is here. Never rejects. */
  complete(): Promise<boolean> {
    this.completing ??= this.open().then((opened) => opened && this.attempt(() => this.combine()));
    return this.completing;
  }

  /** More of it is on the device. */
  progress(): void {
    const { stage } = this.stage;
    if (stage === 'loading' || stage === 'opened') this.become({ stage, fraction: this.fraction() });
  }

  /** Leaves nothing behind but what the cache keeps by itself. */
  async close(): Promise<void> {
    const { fileSystem, outputPath } = this.parts;
    this.leaving.abort();
    await this.completing;
    await this.opening;
    await this.session?.close();
    await fileSystem.remove(outputPath);
  }

  private async combine(): Promise<void> {
    const { fetcher, reel, outputPath } = this.parts;
    const { signal } = this.leaving;
    await this.fillCache();
    const path = await fetcher.combineSegments(reel.id, { outputPath, signal });
    this.become({ stage: 'playable', source: { uri: playerUri(path) } });
  }

  /** So that it plays tomorrow without the network, too. A reel that is larger than the cache goes straight into its file. */
  private async fillCache(): Promise<void> {
    if (this.session === undefined) return;
    try {
      await this.parts.fetcher.startIntelligentLoading(this.session.manifest, { signal: this.leaving.signal });
    } catch (error) {
      if (!isReelwayError(error) || error.code !== 'CACHE_FULL') throw error;
    }
  }

  private fraction(): number {
    const ranges = this.session?.cachedRanges() ?? [];
    const total = this.session?.manifest.sizeBytes ?? 0;
    return total === 0 ? 0 : ranges.reduce((sum, { start, end }) => sum + end - start, 0) / total;
  }

  private async attempt(run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      if (!this.leaving.signal.aborted) this.become({ stage: 'failed', userMessage: sentenceOf(error) });
      return false;
    }
  }

  private become(stage: ReelStage): void {
    if (this.leaving.signal.aborted) return;
    this.stage = stage;
    this.parts.onChange();
  }
}

/** Players want an address; file systems have paths. */
function playerUri(path: string): string {
  return path.startsWith('file://') ? path : `file://${encodeURI(path)}`;
}
