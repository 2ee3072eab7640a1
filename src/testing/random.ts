/** Chance that can be repeated: the same seed gives the same numbers on every host. */

/** A seeded source of numbers in [0, 1): the small fast counting generator over four 32-bit words. */
export function createSeededRandom(seed: number): () => number {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new TypeError(`A seed is a safe integer of at least 0, not ${seed}`);
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Neighbouring seeds start alike; a dozen rounds part them.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}
