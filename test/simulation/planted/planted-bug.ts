/** What a planted bug is. */
import type { ListingProfile } from '../world/bucket.js';
import type { EventRates, Rates } from '../world/faults.js';
import type { Edit } from './edit.js';

/** One planted bug. */
export interface PlantedBug {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The invariants of docs/reliability.md that may show it first. */
  readonly breaks: RegExp;
  /** It must be found within so many seeds. */
  readonly withinSeeds: number;
  /** Only these faults and events strike: a rare meeting is looked for where it can happen. @default the swarm */
  readonly focus?: {
    readonly rates?: Partial<Rates>;
    readonly events?: Partial<EventRates>;
    readonly outlives?: boolean;
    readonly copies?: boolean;
    readonly large?: boolean;
    readonly suspensions?: number;
    readonly listing?: ListingProfile;
  };
}
