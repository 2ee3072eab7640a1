/** What the program in Hermes has measured, as a table. */
import type { Stretch } from '../hermes/host.js';

/** A part of the program's run. */
export interface Phase {
  readonly name: string;
  readonly ms: number;
  readonly stretches: readonly Stretch[];
}

/** What the program prints. */
export interface Figures {
  /** Whether the host had `atob` and `btoa`. */
  readonly withBase64: boolean;
  readonly segments: number;
  /** Segments of the long video's manifest. */
  readonly longSegments: number;
  readonly sizeBytes: number;
  readonly fetchedBytes: number;
  /** Whether what was fetched has the hash of what was uploaded. */
  readonly equal: boolean;
  /** The code with which an aborted call has rejected. */
  readonly aborted: string;
  /** Characters of the longest string that crossed the bridge. */
  readonly longestString: number;
  /** Native calls by name. */
  readonly calls: readonly (readonly [string, number])[];
  readonly phases: readonly Phase[];
  readonly heap: { readonly peakBytes: number; readonly heldBytes: number };
}

const BUDGET_MS = 8;

/** JavaScript's longest stretch. */
export function longest(stretches: readonly Stretch[]): Stretch {
  return stretches
    .filter((stretch) => !stretch.native)
    .reduce((one, other) => (other.ms > one.ms ? other : one), { label: '', native: false, ms: 0 });
}

const sum = (stretches: readonly Stretch[]): number => stretches.reduce((total, { ms }) => total + ms, 0);

/** A phase, by what JavaScript was woken by. */
export function tableOf({ name, ms, stretches }: Phase): string {
  const script = stretches.filter((stretch) => !stretch.native);
  const worst = longest(script);
  const head = `${name}: ${ms} ms, of which JavaScript ${sum(script)} ms in ${script.length} stretches; `;
  const above = script.filter((stretch) => stretch.ms > BUDGET_MS).length;
  const labels = [...new Set(script.map(({ label }) => label))];
  const rows = labels.map((label) => rowOf(label, script)).filter((row) => row !== undefined);
  return [`${head}longest ${worst.ms} ms, after ${worst.label}; ${above} above ${BUDGET_MS} ms`, ...rows].join('\n');
}

function rowOf(label: string, script: readonly Stretch[]): string | undefined {
  const own = script.filter((stretch) => stretch.label === label).sort((one, other) => one.ms - other.ms);
  if (sum(own) === 0) return undefined;
  const median = own[own.length >> 1]?.ms ?? 0;
  return `  ${label.padEnd(20)} ${String(own.length).padStart(5)} stretches ${String(sum(own)).padStart(6)} ms, median ${median}, longest ${longest(own).ms}`;
}
