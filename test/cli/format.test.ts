import { describe, expect, it } from 'vitest';
import { bytesInWords, countInWords, paceInWords, statusInWords, timeInWords } from '../../src/cli/output/format.js';

describe('figures in words', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [524_288, '524 kB'],
    [999_600, '1.0 MB'],
    [114_381_456, '114.4 MB'],
    [2_147_483_648, '2.1 GB'],
    [999_999_999_999, '1.0 TB'],
    [5e15, '5000.0 TB'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(bytesInWords(bytes)).toBe(words);
  });

  it.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [93_000, '1 min 33 s'],
    [3_600_000, '1 h'],
    [5_430_000, '1 h 30 min'],
  ])('%d ms are %s', (ms, words) => {
    expect(timeInWords(ms)).toBe(words);
  });

  it('says nothing of a pace that is not known', () => {
    expect(paceInWords(undefined, undefined)).toBe('');
    expect(paceInWords(31_200_000, undefined)).toBe('31.2 MB/s');
    expect(paceInWords(31_200_000, 3_100)).toBe('31.2 MB/s, about 3 s left');
    expect(paceInWords(31_200_000, 200)).toBe('31.2 MB/s, almost done');
  });

  it('counts', () => {
    expect(countInWords(1, 'segment')).toBe('1 segment');
    expect(countInWords(65_536, 'segment')).toBe('65,536 segments');
  });

  it('says what an upload waits for', () => {
    expect(statusInWords('waiting', 'offline')).toBe('waiting for the network');
    expect(statusInWords('waiting')).toBe('waiting');
    expect(statusInWords('processing')).toBe('uploading');
  });
});
