/** What the program in Hermes has measured, as a table. */
import type { Stretch } from '../hermes/host.js';

/** What the program prints. */
export interface Figures {
  readonly segments: number;
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
  readonly uploadMs: number;
  readonly fetchMs: number;
  readonly upload: readonly Stretch[];
  readonly fetch: readonly Stretch[];
  readonly heap: { readonly [name: string]: number };
}

const BUDGET_MS = 8;

/** JavaScript's longest stretch. */
export function longest(stretches: readonly Stretch[]): Stretch {
  return stretches
    .filter((stretch) => !stretch.native)
    .reduce((one, other) => (other.ms > one.ms ? other : one), { label: '', native: false, ms: 0 });
}

const sum = (stretches: readonly Stretch[]): number => stretches.reduce((total, { ms }) => total + ms, 0);

/** One phase, by what JavaScript was woken by. */
export function tableOf(phase: 'upload' | 'fetch', figures: Figures): string {
  const script = figures[phase].filter((stretch) => !stretch.native);
  const worst = longest(script);
  const head = `${phase}: ${figures[`${phase}Ms`]} ms, of which JavaScript ${sum(script)} ms in ${script.length} stretches; `;
  const longestOne = `longest ${worst.ms} ms, after ${worst.label}; ${script.filter(({ ms }) => ms > BUDGET_MS).length} above ${BUDGET_MS} ms`;
  const labels = [...new Set(script.map(({ label }) => label))];
  const rows = labels.map((label) => rowOf(label, script)).filter((row) => row !== undefined);
  return [head + longestOne, ...rows].join('\n');
}

function rowOf(label: string, script: readonly Stretch[]): string | undefined {
  const own = script.filter((stretch) => stretch.label === label).sort((one, other) => one.ms - other.ms);
  if (sum(own) === 0) return undefined;
  const median = own[own.length >> 1]?.ms ?? 0;
  return `  ${label.padEnd(20)} ${String(own.length).padStart(5)} stretches ${String(sum(own)).padStart(6)} ms, median ${median}, longest ${longest(own).ms}`;
}
