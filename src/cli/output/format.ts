/** Numbers and states in readable form. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `114381456` → `114.4 MB`; powers of 1,000, as file managers and networks count. */
export function bytesInWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(unit > 0 && value >= 99.95 && bytes >= 1e6 ? 1 : digits)} ${UNITS[unit]}`;
}

/** `93000` → `1 min 33 s`. */
export function timeInWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** Rate and remaining time: `31.2 MB/s, about 3 s left`. Empty until known. */
export function paceInWords(bytesPerSecond: number | undefined, remainingMs: number | undefined): string {
  if (bytesPerSecond === undefined) return '';
  const rate = `${bytesInWords(Math.round(bytesPerSecond))}/s`;
  if (remainingMs === undefined) return rate;
  return remainingMs < 1000 ? `${rate}, almost done` : `${rate}, about ${timeInWords(remainingMs)} left`;
}

/** `1 segment`, `219 segments`. */
export function countInWords(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

const WAITING = {
  offline: 'waiting for the network',
  backoff: 'waiting a moment before the next attempt',
  auth: 'waiting for a new sign-in',
  metered: 'waiting for a network that costs nothing',
  power: 'waiting for more battery',
  storage: 'waiting for free space',
  permission: 'waiting for a permission',
  source: 'waiting for the video file',
} as const;

const STATUS = {
  pending: 'waiting for its turn',
  processing: 'uploading',
  publishing: 'publishing',
  completed: 'completed',
  failed: 'failed',
  canceled: 'canceled',
  paused: 'paused',
  waiting: 'waiting',
} as const;

/** An upload's state in plain words. */
export function statusInWords(status: keyof typeof STATUS, reason?: keyof typeof WAITING): string {
  return status === 'waiting' && reason !== undefined ? WAITING[reason] : STATUS[status];
}
