/** The progress of an upload for people: it never falls, reaches 1 only at the end, and is reported as often as a screen can use. */
import { createThroughputEstimate } from '../core/index.js';
import { createProgressThrottle, type ProgressThrottle, throughputFigures } from '../internal/index.js';
import type { Clock } from '../ports/index.js';
import type { UploadProgress } from './types.js';

/** The largest fraction before the manifest is durable. */
const ALMOST = 0.999;

export interface ProgressTotals {
  readonly uploadId: string;
  readonly totalBytes: number;
  readonly totalSegments: number;
}

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
  private readonly throttle: ProgressThrottle;

  constructor(clock: Clock, totals: ProgressTotals) {
    this.clock = clock;
    this.throttle = createProgressThrottle(clock);
    this.totals = totals;
  }

  /** Sets what earlier processes have uploaded. */
  restore(bytes: number, segments: number): void {
    this.latest = undefined;
    // mutation-point: restore-bytes
    this.bytes = bytes;
    this.segments = segments;
  }

  /** Another attempt under another id: counting starts at 0. */
  restart(totals: ProgressTotals): void {
    this.totals = totals;
    this.restore(0, 0);
  }

  /** Sending begins: time before it does not count for the throughput. */
  begin(): void {
    this.sinceMs = this.clock.monotonicMs();
    this.moved = 0;
  }

  /** Sending stops. */
  pause(): void {
    this.sinceMs = undefined;
  }

  /** Counts acknowledged bytes. `again`: they were counted before, so only the throughput counts them. */
  add(bytes: number, again: boolean): void {
    this.latest = undefined;
    const nowMs = this.clock.monotonicMs();
    this.moved += bytes;
    if (this.sinceMs !== undefined && nowMs > this.sinceMs) {
      this.throughput.add(this.moved, nowMs - this.sinceMs);
      this.sinceMs = nowMs;
      this.moved = 0;
    }
    if (!again) this.count(bytes);
  }

  /** Counts the bytes of an object that was sent before and acknowledged only now: not for the throughput. */
  count(bytes: number): void {
    this.latest = undefined;
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
    return this.throttle.isDue(this.segments >= this.totals.totalSegments);
  }

  /** The same object until something is counted. */
  now(): UploadProgress {
    this.latest ??= this.describe();
    return this.latest;
  }

  private describe(): UploadProgress {
    const { uploadId, totalBytes, totalSegments } = this.totals;
    return {
      uploadId,
      acknowledgedBytes: this.bytes,
      totalBytes,
      fraction: this.done ? 1 : Math.min(totalBytes === 0 ? 0 : this.bytes / totalBytes, ALMOST),
      acknowledgedSegments: this.segments,
      totalSegments,
      ...throughputFigures(this.throughput, totalBytes - this.bytes),
      ...(this.done ? { remainingMs: 0 } : {}),
    };
  }
}
