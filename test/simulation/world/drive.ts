/** Drives a world: one timer after the other, and between two of them everything settles that needs no time. */
import { hostTurn } from '../../../src/testing/turns.js';
import type { World } from './world.js';

/** Steps at most: whatever takes longer runs in circles. */
const MAX_STEPS = 60_000;

export async function drive(world: World, until: () => boolean): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    await hostTurn();
    if (until()) return;
    if (world.timeline.nextDueMs() === undefined) {
      world.violate('I2', 'nothing is left to happen, and not everything has ended');
      return;
    }
    world.timeline.step();
  }
  world.violate('I2', `not ended after ${MAX_STEPS} steps`);
}
