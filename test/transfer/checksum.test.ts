/** Checks of bytes that do not block the thread of a player. */
import { describe, expect, it } from 'vitest';
import { createHashService } from '../../src/core/index.js';
import type { Clock, Hasher } from '../../src/ports/index.js';
import { createVirtualClock } from '../../src/testing/index.js';
import { createChecksumVerifier } from '../../src/transfer/checksum.js';
import { digest, KIB, PIECE, randomBytes } from '../fetch/support/world.js';

const virtual = createVirtualClock();
const bytes = randomBytes(PIECE, 8);
const part = (hashes: object, sizeBytes = PIECE): Parameters<typeof createChecksumVerifier>[0] => ({ sizeBytes, hashes });

describe('a checksum verifier', () => {
  it('goes by the strongest hash that is cheap here, else by the cheapest', () => {
    const all = { crc32c: digest('crc32c', bytes), md5: digest('md5', bytes), sha256: digest('sha256', bytes) };
    const { crc32c, ...slow } = all;
    const native: Hasher = { algorithms: ['sha256'], create: (algorithm) => createHashService().create(algorithm) };
    expect(createChecksumVerifier(part(all), createHashService(), virtual).algorithm).toBe('crc32c');
    expect(createChecksumVerifier(part(all), createHashService(native), virtual).algorithm).toBe('sha256');
    expect(createChecksumVerifier(part(slow), createHashService(), virtual).algorithm).toBe('md5');
    expect(createChecksumVerifier(part({ sha256: all.sha256 }), createHashService(), virtual).algorithm).toBe('sha256');
    expect(crc32c).toHaveLength(8);
  });

  it('finds the right bytes intact and no others', async () => {
    for (const algorithm of ['crc32c', 'md5', 'sha256'] as const) {
      const right = part({ [algorithm]: digest(algorithm, bytes) });
      const verdict = async (given: Uint8Array): Promise<boolean> => {
        const verifier = createChecksumVerifier(right, createHashService(), virtual);
        await verifier.update(given);
        return verifier.isIntact();
      };
      expect(await verdict(bytes)).toBe(true);
      expect(await verdict(bytes.subarray(1))).toBe(false);
      expect(await verdict(bytes.map((byte, at) => (at === 300_000 ? byte ^ 4 : byte)))).toBe(false);
    }
    const sizeOnly = createChecksumVerifier(part({}, 10), createHashService(), virtual);
    await sizeOnly.update(bytes.subarray(0, 10));
    expect(sizeOnly.isIntact()).toBe(true);
  });

  it('lets others run after 3 ms, and not before', async () => {
    let nowMs = 0;
    let turns = 0;
    const clock: Clock = {
      ...virtual,
      monotonicMs: () => nowMs,
      after: (_delayMs, run) => {
        turns += 1;
        void Promise.resolve().then(run);
        return () => undefined;
      },
    };
    const slow = (msPerSlice: number): Parameters<typeof createChecksumVerifier>[1] => ({
      algorithms: ['crc32c'],
      create: () => ({
        update: (slice) => {
          expect(slice.length).toBeLessThanOrEqual(16 * KIB);
          nowMs += msPerSlice;
        },
        digest: () => '00000000',
      }),
    });
    await createChecksumVerifier(part({ crc32c: '00000000' }), slow(0.05), clock).update(bytes);
    expect(turns).toBe(0);
    await createChecksumVerifier(part({ crc32c: '00000000' }), slow(1), clock).update(bytes);
    const expected = Math.floor(bytes.length / (3 * 16 * KIB));
    expect(turns).toBe(expected);
    // Pieces that come one behind the other are one stretch too.
    turns = 0;
    const verifier = createChecksumVerifier(part({ crc32c: '00000000' }), slow(1), clock);
    for (let at = 0; at < bytes.length; at += 16 * KIB) await verifier.update(bytes.subarray(at, at + 16 * KIB));
    expect(turns).toBe(expected);
  });
});
