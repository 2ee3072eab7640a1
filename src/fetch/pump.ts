/**
 * Carries out what the planner says: while there is a free slot and a free buffer, asks it for the next part, fetches,
 * judges, hands it to those who wait and puts it into the cache. Holds no opinion of its own on what comes first.
 */
import { FRAGMENT_BYTES } from '../core/index.js';
import type { ReelwayError } from '../errors/index.js';
import { type AbortSource, abortReason, createAbortSource } from '../internal/index.js';
import type { AbortSignalLike } from '../ports/index.js';
import type { ActiveVideo, Waiter } from './active.js';
import type { Buffers } from './buffers.js';
import type { CacheWriter, VideoCache } from './cache/index.js';
import type { Concurrency, Slot } from './concurrency.js';
import { downloadPart, type PartSink } from './download.js';
import type { StoreReader } from './environment.js';
import { asSegmentError } from './errors.js';
import { isWanted, type PlanAction, planNext } from './planner.js';
import type { Teller } from './teller.js';
import type { VideoPart } from './view.js';

/** What a pump works with. */
export interface PumpParts {
  readonly reader: StoreReader;
  readonly cache: VideoCache;
  readonly buffers: Buffers;
  readonly concurrency: Concurrency;
  readonly teller: Teller;
}

interface Job {
  readonly video: ActiveVideo;
  readonly index: number;
  readonly slot: Slot;
  readonly abort: AbortSource & { dispose(): void };
  readonly done: Promise<void>;
}

/** Fetches parts into the cache. */
export class Pump {
  private readonly parts: PumpParts;
  private readonly videos = new Set<ActiveVideo>();
  private readonly jobs = new Set<Job>();

  constructor(parts: PumpParts) {
    this.parts = parts;
    parts.concurrency.onFree = (urgentOnly) => this.kick(urgentOnly);
    parts.buffers.onFree = () => this.kick();
  }

  /** The video's wishes count from now on. */
  add(video: ActiveVideo): void {
    this.videos.add(video);
    this.kick();
  }

  /** Something changed: starts what can start. */
  kick(urgentOnly = false): void {
    for (;;) {
      const action = planNext([...this.videos], urgentOnly);
      if (action === undefined) return;
      const isLarge = sizeOf(action) > FRAGMENT_BYTES;
      if (!isLarge && !this.parts.buffers.isAvailable()) return;
      const slot = this.parts.concurrency.tryTake();
      if (slot === undefined) return;
      this.start(action, slot);
    }
  }

  /** Somebody wants less than before: stops what nobody wants any more. */
  reconcile(): void {
    for (const { video, index, abort } of this.jobs) {
      if (!isWanted(video, index)) abort.abort();
    }
    for (const video of [...this.videos]) {
      if (video.isIdle) this.videos.delete(video);
    }
    this.kick();
  }

  /** Waits until a part has been handed to `take`, or is in the cache. */
  wait(video: ActiveVideo, index: number, signal: AbortSignalLike, take?: (bytes: Uint8Array) => void): Promise<'taken' | 'cached'> {
    if (signal.aborted) return Promise.reject(abortReason(signal));
    return new Promise((resolve, reject) => {
      const end = (): void => signal.removeEventListener('abort', stop);
      const waiter: Waiter = {
        take,
        resolve: (how) => {
          end();
          resolve(how);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const stop = (): void => {
        end();
        video.removeWaiter(index, waiter);
        reject(abortReason(signal));
        this.reconcile();
      };
      signal.addEventListener('abort', stop);
      video.addWaiter(index, waiter);
      this.add(video);
    });
  }

  /** Aborts everything and resolves when nothing is under way any more. */
  async stop(reason: ReelwayError): Promise<void> {
    const jobs = [...this.jobs];
    this.videos.clear();
    for (const { abort } of jobs) abort.abort(reason);
    await Promise.all(jobs.map(({ done }) => done));
  }

  private start(action: PlanAction<ActiveVideo>, slot: Slot): void {
    const { video, index } = action;
    const abort = createAbortSource();
    video.busy.add(index);
    let finish: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const job: Job = { video, index, slot, abort, done };
    this.jobs.add(job);
    void this.run(job).then(() => {
      this.jobs.delete(job);
      finish();
      slot.abandon();
      this.kick();
    });
  }

  /** Never rejects: a failure goes to those who wait. */
  private async run(job: Job): Promise<void> {
    const { video, index, abort } = job;
    try {
      this.parts.teller.segment(job.video, job.index, 'started');
      const isCached = await this.fetch(job, video.view.partAt(index));
      video.busy.delete(index);
      if (isCached) this.arrived(job);
    } catch (error) {
      video.busy.delete(index);
      // Nobody waits any more where the job was aborted.
      if (!abort.signal.aborted) this.broke(job, asSegmentError(error, this.context(job)));
    } finally {
      abort.dispose();
    }
  }

  /** Whether the part is in the cache now; if not, those who could take it from memory have. */
  private async fetch(job: Job, part: VideoPart): Promise<boolean> {
    const { cache } = this.parts;
    const { video, index } = job;
    const isLarge = part.sizeBytes > FRAGMENT_BYTES;
    const isReserved = await this.reserve(job, part.sizeBytes);
    if (!isReserved && isLarge) throw cache.full(video.cached, part.sizeBytes);
    // Holds the reservation from here on; opens no file before there are bytes for it.
    const writer = isReserved ? cache.begin(video.cached, index, part.sizeBytes) : undefined;
    try {
      if (isLarge && writer !== undefined) await this.streamToFile(job, part, writer);
      else await this.throughBuffer(job, part, writer);
    } finally {
      await writer?.discard();
    }
    return isReserved;
  }

  /** Sets bytes aside; false where there is no room, but somebody waits who can be served from memory. */
  private async reserve({ video, index }: Job, bytes: number): Promise<boolean> {
    const { cache } = this.parts;
    for (;;) {
      if (await cache.tryReserve(video.cached, bytes)) return true;
      if (await this.shrink(video, index)) continue;
      if (!video.waiting.includes(index)) throw cache.full(video.cached, bytes);
      return false;
    }
  }

  /** A video larger than the cache makes room in itself, behind the play head; a load that did so would chase its own tail. */
  private async shrink(video: ActiveVideo, index: number): Promise<boolean> {
    if (video.loads.length > 0 || video.sessions.length === 0) return false;
    return this.parts.cache.evictFarthest(video.cached, index, (other) => video.isNeeded(other));
  }

  private async throughBuffer(job: Job, part: VideoPart, writer: CacheWriter | undefined): Promise<void> {
    const { buffers, cache } = this.parts;
    const { video, index, abort } = job;
    const buffer = await buffers.acquire(abort.signal);
    let isKept = false;
    try {
      const bytes = buffer.subarray(0, part.sizeBytes);
      await this.download(job, part, bufferSink(bytes));
      const wasTaken = video.deliver(index, bytes);
      if (writer === undefined && !wasTaken) throw cache.full(video.cached, part.sizeBytes);
      await writer?.write(bytes);
      await writer?.commit();
      // Whoever read a little of it will read on.
      isKept = wasTaken && video.sessions.length > 0;
      if (isKept) buffers.keep(video.cached.key, index, buffer, part.sizeBytes);
    } finally {
      if (!isKept) buffers.release(buffer);
    }
  }

  private async streamToFile(job: Job, part: VideoPart, writer: CacheWriter): Promise<void> {
    await this.download(job, part, writer);
    await writer.commit();
    job.video.checked.add(job.index);
  }

  private async download(job: Job, part: VideoPart, sink: PartSink): Promise<void> {
    const { reader, concurrency } = this.parts;
    await downloadPart(reader, part, sink, {
      signal: job.abort.signal,
      context: this.context(job),
      onFailure: (error, delayMs, startedMs) => {
        if (error.retryable) concurrency.failed(startedMs);
        this.parts.teller.failure(job.video, job.index, error, delayMs);
      },
    });
    // The disk has its own pace: the link is free for the next one.
    job.slot.succeed(part.sizeBytes);
  }

  private arrived(job: Job): void {
    const { video, index } = job;
    this.parts.teller.segment(video, index, 'cached');
    video.settle(index);
    this.parts.teller.progress(video);
    video.advanceLoads();
    if (video.isComplete) for (const load of video.loads.splice(0)) load.resolve();
  }

  private broke(job: Job, error: ReelwayError): void {
    const { video, index } = job;
    this.parts.teller.segment(video, index, 'failed');
    video.giveUp(index, error);
    video.failLoads(error);
    this.reconcile();
  }

  private context({ video, index }: Job): { videoId: string; segmentIndex: number } {
    return { videoId: video.view.videoId, segmentIndex: video.view.segmentIndexOf(index) };
  }
}

function sizeOf({ video, index }: PlanAction<ActiveVideo>): number {
  const { start, end } = video.rangeOf(index);
  return end - start;
}

/** Fills a buffer that has exactly the part's size. */
export function bufferSink(bytes: Uint8Array): PartSink {
  let length = 0;
  return {
    write: (piece) => {
      bytes.set(piece, length);
      length += piece.length;
    },
    restart: () => {
      length = 0;
    },
  };
}
