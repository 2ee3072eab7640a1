/** What people read: the state of an upload in a few words, and how long it still takes without flicker. */
import type { UploadProgress, UploadState, WaitingReason } from 'reelway';

const WAITING: Readonly<Record<WaitingReason, string>> = {
  offline: 'Waiting for a connection',
  backoff: 'Trying again in a moment',
  auth: 'Please sign in again',
  metered: 'Waiting for Wi-Fi',
  power: 'Waiting for a charged battery',
  storage: 'Waiting for free space',
  permission: 'Waiting for a permission',
  source: 'The video cannot be read right now',
};

const WORKING = {
  pending: 'Next in line',
  processing: 'Uploading',
  publishing: 'Posting',
  paused: 'Paused',
  completed: 'Posted',
  failed: 'Not posted',
  canceled: 'Canceled',
} as const;

export function headlineOf(state: UploadState): string {
  return state.status === 'waiting' ? WAITING[state.reason] : WORKING[state.status];
}

/** `12.3 MB`. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 100_000_000 ? 1 : 0)} MB`;
}

/** `1.2 MB of 8.0 MB, 340 kB/s`. */
export function amountInWords({ acknowledgedBytes, totalBytes, bytesPerSecond }: UploadProgress): string {
  const amount = `${bytesInWords(acknowledgedBytes)} of ${bytesInWords(totalBytes)}`;
  return bytesPerSecond === undefined ? amount : `${amount}, ${bytesInWords(bytesPerSecond)}/s`;
}

/** Milliseconds, inclusive, up to which each sentence holds. */
const REMAINING: readonly (readonly [number, string])[] = [
  [10_000, 'a few seconds left'],
  [50_000, 'less than a minute left'],
  [100_000, 'about a minute left'],
];
/** How much of a new figure is believed at once. */
const BELIEF = 0.25;
/** Figures in a row that must ask for a longer sentence before it is said. */
const PATIENCE = 4;

/**
 * A sentence for what is left, from figures that jump: they are smoothed, and a sentence gives way to a longer one only when
 * several figures in a row want it, so that it does not flicker between two.
 */
export class SteadyRemaining {
  private smoothMs: number | undefined;
  private told: number | undefined;
  private longer = 0;

  next(remainingMs: number | undefined): string | undefined {
    if (remainingMs === undefined) return undefined;
    this.smoothMs = this.smoothMs === undefined ? remainingMs : this.smoothMs + (remainingMs - this.smoothMs) * BELIEF;
    const step = stepOf(this.smoothMs);
    this.longer = this.told !== undefined && step > this.told ? this.longer + 1 : 0;
    if (this.longer === 0 || this.longer >= PATIENCE) this.told = step;
    const told = this.told ?? step;
    return REMAINING[told]?.[1] ?? `about ${told - REMAINING.length + 2} minutes left`;
  }

  /** Forgets the figures: after a pause they mean nothing. */
  reset(): void {
    this.smoothMs = undefined;
    this.told = undefined;
    this.longer = 0;
  }
}

/** A number for each sentence, growing with the time. */
function stepOf(ms: number): number {
  const known = REMAINING.findIndex(([limit]) => ms <= limit);
  return known >= 0 ? known : REMAINING.length + Math.max(Math.round(ms / 60_000) - 2, 0);
}
