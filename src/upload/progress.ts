/** How far an upload is, for people: never falling, never 1 too early, not more often than a screen can use. */
import { createThroughputEstimate } from '../core/index.js';
import type { Clock } from '../ports/index.js';
import type { UploadProgress } from './types.js';

/** Milliseconds between two events. */
const PACE_MS = 100;
/** What a bar shows at most before the manifest is durable. */
const ALMOST = 0.999;

/** The size of the work. */
export interface ProgressTotals {
  readonly uploadId: string;
  readonly totalBytes: number;
  readonly totalSegments: number;
}

/** Measures one upload. */
export class ProgressMeter {
  private readonly clock: Clock;
  private readonly throughput = createThroughputEstimate();
  private totals: ProgressTotals;
  private bytes = 0;
  private segments = 0;
  /** Bytes since the last moment at which the clock had moved. */
  private moved = 0;
  private done = false;
  private latest: UploadProgress | undefined;
  private sinceMs: number | undefined;
  private shownMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, totals: ProgressTotals) {
    this.clock = clock;
    this.totals = totals;
  }

  /** What former lives have brought there. */
  restore(bytes: number, segments: number): void {
    this.latest = undefined;
    this.bytes = bytes;
    this.segments = segments;
  }

  /** Another attempt under another id: the work begins anew. */
  restart(totals: ProgressTotals): void {
    this.totals = totals;
    this.restore(0, 0);
  }

  /** Work is under way from now on; time before it says nothing about the link. */
  begin(): void {
    this.sinceMs = this.clock.monotonicMs();
    this.moved = 0;
  }

  /** Work stands still. */
  pause(): void {
    this.sinceMs = undefined;
  }

  /** So many bytes more are acknowledged. What was counted already and is sent again counts once. */
  add(bytes: number, again: boolean): void {
    this.latest = undefined;
    const nowMs = this.clock.monotonicMs();
    this.moved += bytes;
    if (this.sinceMs !== undefined && nowMs > this.sinceMs) {
      this.throughput.add(this.moved, nowMs - this.sinceMs);
      this.sinceMs = nowMs;
      this.moved = 0;
    }
    if (again) return;
    this.bytes = Math.min(this.bytes + bytes, this.totals.totalBytes);
    this.segments = Math.min(this.segments + 1, this.totals.totalSegments);
  }

  /** The manifest is durable. */
  finish(): void {
    this.latest = undefined;
    this.done = true;
    this.bytes = this.totals.totalBytes;
    this.segments = this.totals.totalSegments;
  }

  /** Whether it is time for another event. */
  isDue(): boolean {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.shownMs < PACE_MS && this.segments < this.totals.totalSegments) return false;
    this.shownMs = nowMs;
    return true;
  }

  /** The same object until something is counted. */
  now(): UploadProgress {
    this.latest ??= this.describe();
    return this.latest;
  }

  private describe(): UploadProgress {
    const { uploadId, totalBytes, totalSegments } = this.totals;
    const { bytesPerSecond } = this.throughput;
    const remainingMs = this.done ? 0 : this.throughput.etaMs(totalBytes - this.bytes);
    return {
      uploadId,
      acknowledgedBytes: this.bytes,
      totalBytes,
      fraction: this.done ? 1 : Math.min(totalBytes === 0 ? 0 : this.bytes / totalBytes, ALMOST),
      acknowledgedSegments: this.segments,
      totalSegments,
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      ...(remainingMs === undefined ? {} : { remainingMs }),
    };
  }
}
