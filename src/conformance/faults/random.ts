/** Numbers for faults by rate: seeded, so that a failing test can be run again. */

/** Numbers in [0, 1), the same for the same seed (a 32-bit xorshift after a multiplicative spread of the seed). */
export function createRandom(seed: number): () => number {
  if (!Number.isInteger(seed) || seed < 0) throw new TypeError(`a seed is an integer ≥ 0, not ${seed}`);
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635) | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 8; round += 1) next();
  return next;
}
