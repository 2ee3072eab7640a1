/**
 * The feed: which reels are on the device, and in which order they come. Four phases, as people see them:
 *
 * - `initial`: the first reel is on its way, and nothing else;
 * - `background`: it plays; the next ones are made ready, so that a swipe starts at once;
 * - `next`: the end of what is known comes near, and the next page is asked for;
 * - `fresh`: somebody pulled down; what is newer goes in front.
 *
 * Around the play head a few reels are kept; whatever leaves that window is let go of. No React in here.
 */
import { type Conditions, type FileSystem, isReelwayError, type VideoFetcher } from 'reelway';
import type { FeedPage, Reel } from './host';
import { LoadedReel, type ReelStage } from './loaded-reel';

export type FeedPhase = 'initial' | 'background' | 'next' | 'fresh' | 'idle';

export interface ReelView extends Reel {
  readonly state: ReelStage;
}

/** What the screen draws; a new object whenever something changed. */
export interface FeedView {
  readonly phase: FeedPhase;
  readonly position: number;
  readonly reels: readonly ReelView[];
  /** Why a page could not be had. */
  readonly problem: string | undefined;
}

export interface FeedOptions {
  readonly fetcher: VideoFetcher;
  readonly fileSystem: FileSystem;
  /** Whole files for the player go here; a folder of the feed's own. */
  readonly directory: string;
  readonly loadPage: (cursor?: string) => Promise<FeedPage>;
  readonly conditions?: Conditions;
  /** Reels after the one on the screen that are kept ready. @default 2 */
  readonly ahead?: number;
}

/** Reels from the end of the known ones at which the next page is asked for. */
const NEAR_END = 3;
/** What a person is told of, where several go on at once. */
const PHASES: readonly FeedPhase[] = ['fresh', 'initial', 'next', 'background'];
const WAITING: ReelStage = { stage: 'waiting' };

export class Feed {
  private readonly options: FeedOptions;
  private readonly listeners = new Set<() => void>();
  private readonly loaded = new Map<string, LoadedReel>();
  /** How many pieces of work each phase has under way. */
  private readonly busy = new Map<FeedPhase, number>();
  private reels: readonly Reel[] = [];
  private cursor: string | undefined;
  private isAtEnd = false;
  private position = 0;
  private problem: string | undefined;
  private view: FeedView | undefined;
  /** Counts up whenever the play head moves: an order of loading that is out of date stops. */
  private round = 0;
  /** Counts files for the player, so that a new one never meets the removal of an old one. */
  private files = 0;
  private isOnScreen = false;
  private hasPlayed = false;
  private offs: (() => void)[] = [];
  private closing: Promise<void> = Promise.resolve();

  constructor(options: FeedOptions) {
    this.options = options;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): FeedView => {
    this.view ??= {
      phase: this.phase(),
      position: this.position,
      problem: this.problem,
      reels: this.reels.map((reel) => ({ ...reel, state: this.loaded.get(reel.id)?.stage ?? WAITING })),
    };
    return this.view;
  };

  /** Phase `initial`, then `background`. After `leave` it goes on where it was. */
  async start(): Promise<void> {
    const { fetcher, fileSystem, conditions, directory } = this.options;
    this.isOnScreen = true;
    const round = ++this.round;
    await this.closing;
    await fileSystem.makeDirectory(directory);
    if (round !== this.round) return;
    this.offs.push(fetcher.on('progress', ({ videoId }) => this.loaded.get(videoId)?.progress()));
    if (conditions !== undefined) this.offs.push(conditions.subscribe(() => conditions.current().online && this.retryFailed()));
    if (this.reels.length === 0) await this.page('initial', () => this.loadNextPage());
    await this.show(this.position);
  }

  /** Somebody swiped to this place. Resolves when everything around it is ready, or out of date. */
  async show(position: number): Promise<void> {
    if (!this.isOnScreen || this.reels.length === 0) return;
    this.position = Math.min(Math.max(position, 0), this.reels.length - 1);
    this.round += 1;
    this.letGo();
    this.changed();
    const isNearEnd = this.position >= this.reels.length - NEAR_END;
    const page = isNearEnd && !this.isAtEnd && !this.busy.has('next') ? this.page('next', () => this.loadNextPage()) : undefined;
    await Promise.all([page, this.bring(this.round)]);
  }

  /** Phase `fresh`: what is newer goes in front, and is shown. Also after a first page that could not be had. */
  async refresh(): Promise<void> {
    await this.page('fresh', async () => {
      const { reels, cursor } = await this.options.loadPage();
      const fresh = this.unknown(reels);
      if (this.reels.length === 0) this.setCursor(cursor);
      this.reels = [...fresh, ...this.reels];
      if (fresh.length > 0) this.position = 0;
    });
    await this.show(this.position);
  }

  /** Brings a reel that failed once more. */
  async retry(id: string): Promise<void> {
    this.drop(id);
    await this.show(this.position);
  }

  /** The screen is left: sessions, loads and the player's files go; what is worth keeping stays in the cache. */
  leave(): Promise<void> {
    this.isOnScreen = false;
    this.round += 1;
    for (const off of this.offs.splice(0)) off();
    for (const id of [...this.loaded.keys()]) this.drop(id);
    const { fetcher, fileSystem, directory } = this.options;
    this.later(() => fetcher.cleanup());
    this.later(() => fileSystem.remove(directory));
    this.changed();
    return this.closing;
  }

  /** The reel on the screen first, whole; then the next ones: the first of them whole, the others their openings. */
  private async bring(round: number): Promise<void> {
    const [current, ...next] = this.reels.slice(this.position, this.position + this.ahead + 1).map((reel) => this.load(reel));
    if (current === undefined) return;
    await this.during(this.hasPlayed ? 'background' : 'initial', () => current.complete());
    this.hasPlayed = true;
    await this.during('background', async () => {
      for (const [place, reel] of next.entries()) {
        if (round !== this.round) return;
        await (place === 0 ? reel.complete() : reel.open());
      }
    });
  }

  private load(reel: Reel): LoadedReel {
    const known = this.loaded.get(reel.id);
    if (known !== undefined) return known;
    const { fetcher, fileSystem, directory } = this.options;
    this.files += 1;
    const outputPath = `${directory}/${this.files}.mp4`;
    const loaded = new LoadedReel({ fetcher, fileSystem, reel, outputPath, onChange: () => this.changed() });
    this.loaded.set(reel.id, loaded);
    return loaded;
  }

  /** Keeps the one before the play head too: people swipe back. */
  private letGo(): void {
    const kept = this.reels.slice(Math.max(this.position - 1, 0), this.position + this.ahead + 1).map(({ id }) => id);
    for (const id of [...this.loaded.keys()]) if (!kept.includes(id)) this.drop(id);
  }

  private drop(id: string): void {
    const reel = this.loaded.get(id);
    this.loaded.delete(id);
    if (reel !== undefined) this.later(() => reel.close());
  }

  /** One after another. What cannot be removed now goes with the folder at the next start of the app. */
  private later(run: () => Promise<void>): void {
    this.closing = this.closing.then(run).catch(() => undefined);
  }

  /** Back online: what failed is brought, without a touch. */
  private retryFailed(): void {
    for (const [id, { stage }] of [...this.loaded]) if (stage.stage === 'failed') this.drop(id);
    void (this.reels.length === 0 ? this.refresh() : this.show(this.position));
  }

  private async loadNextPage(): Promise<void> {
    const { reels, cursor } = await this.options.loadPage(this.cursor);
    this.setCursor(cursor);
    this.reels = [...this.reels, ...this.unknown(reels)];
  }

  private unknown(reels: readonly Reel[]): readonly Reel[] {
    const known = new Set(this.reels.map(({ id }) => id));
    return reels.filter(({ id }) => !known.has(id));
  }

  private setCursor(cursor: string | undefined): void {
    this.cursor = cursor;
    this.isAtEnd = cursor === undefined;
  }

  /** A page that could not be had is told, and asked for again at the next swipe. */
  private page(phase: FeedPhase, run: () => Promise<void>): Promise<void> {
    this.problem = undefined;
    return this.during(phase, run).catch((error: unknown) => {
      this.problem = isReelwayError(error) ? error.userMessage : 'The reels could not be loaded. Please try again.';
      this.changed();
    });
  }

  private async during(phase: FeedPhase, run: () => Promise<unknown>): Promise<void> {
    this.busy.set(phase, (this.busy.get(phase) ?? 0) + 1);
    this.changed();
    try {
      await run();
    } finally {
      const left = (this.busy.get(phase) ?? 0) - 1;
      if (left > 0) this.busy.set(phase, left);
      else this.busy.delete(phase);
      this.changed();
    }
  }

  private phase(): FeedPhase {
    return PHASES.find((phase) => this.busy.has(phase)) ?? 'idle';
  }

  private get ahead(): number {
    return this.options.ahead ?? 2;
  }

  private changed(): void {
    this.view = undefined;
    for (const listener of [...this.listeners]) listener();
  }
}
