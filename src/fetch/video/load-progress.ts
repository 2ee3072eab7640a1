/** How fast the link is and how far each video is, told at most ten times a second. */
import { createThroughputEstimate, type ThroughputEstimate } from '../../core/index.js';
import type { Clock } from '../../ports/index.js';
import type { FetchProgress } from '../types.js';

const SAMPLE_MS = 250;
/** A pause this long was one in which nobody wanted anything. */
const IDLE_MS = 5_000;
const TELL_EVERY_MS = 100;

/** Measures what arrives from the store, all requests together. */
export class ThroughputMeter {
  private readonly clock: Clock;
  private readonly estimate: ThroughputEstimate = createThroughputEstimate();
  private sampleMs = Number.NEGATIVE_INFINITY;
  private lastMs = Number.NEGATIVE_INFINITY;
  private bytes = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Bytes arrived. */
  add(bytes: number): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.lastMs > IDLE_MS) {
      this.sampleMs = nowMs;
      this.bytes = 0;
    }
    this.lastMs = nowMs;
    this.bytes += bytes;
    if (nowMs - this.sampleMs < SAMPLE_MS) return;
    this.estimate.add(this.bytes, nowMs - this.sampleMs);
    this.sampleMs = nowMs;
    this.bytes = 0;
  }

  /** The figures for people; absent until known. */
  figures(remainingBytes: number): Pick<FetchProgress, 'bytesPerSecond' | 'remainingMs'> {
    const { bytesPerSecond } = this.estimate;
    const remainingMs = this.estimate.etaMs(remainingBytes);
    return {
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      ...(remainingMs === undefined ? {} : { remainingMs }),
    };
  }
}

/** Lets one event of a video through every 100 ms. */
export class ProgressThrottle {
  private readonly clock: Clock;
  private toldMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Whether to tell now; the last figure of all is always told. */
  shouldTell(isLast: boolean): boolean {
    const nowMs = this.clock.monotonicMs();
    if (!isLast && nowMs - this.toldMs < TELL_EVERY_MS) return false;
    this.toldMs = nowMs;
    return true;
  }
}
