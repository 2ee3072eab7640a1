/** The throughput of the link. */
import { createThroughputEstimate, type ThroughputEstimate } from '../../core/index.js';
import { type ThroughputFigures, throughputFigures } from '../../internal/index.js';
import type { Clock } from '../../ports/index.js';

const SAMPLE_MS = 250;
/** After a pause this long the measurement starts again: there was nothing to fetch. */
const IDLE_MS = 5_000;

/** Measures the throughput of all requests together. */
export class ThroughputMeter {
  private readonly clock: Clock;
  private readonly estimate: ThroughputEstimate = createThroughputEstimate();
  private sampleMs = Number.NEGATIVE_INFINITY;
  private lastMs = Number.NEGATIVE_INFINITY;
  private bytes = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Counts bytes that arrived now. */
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
  figures(remainingBytes: number): ThroughputFigures {
    return throughputFigures(this.estimate, remainingBytes);
  }
}
