import { describe, expect, it } from 'vitest';
import { checkInteger, checkNumber, checkOneOf } from '../../src/core/index.js';

const refusal = (field: string, message: string) => expect.objectContaining({ code: 'INVALID_CONFIG', message, context: { field } });

function errorOf(check: () => unknown): unknown {
  try {
    return check();
  } catch (error) {
    return error;
  }
}

describe('the checks of options', () => {
  it('accept the limits of a range, and refuse what lies outside of it or is not a number', () => {
    expect([checkNumber('level', 0, 0, 1), checkNumber('level', 1, 0, 1)]).toEqual([0, 1]);
    for (const value of [-0.1, 1.1, Number.NaN, '0.5' as unknown as number])
      expect(errorOf(() => checkNumber('level', value, 0, 1))).toEqual(refusal('level', `level must be from 0 to 1, got ${String(value)}`));
  });

  it('name only the lower limit where there is no other', () => {
    expect([checkNumber('size', 5, 0), checkInteger('size', 5, 0)]).toEqual([5, 5]);
    expect(errorOf(() => checkNumber('size', -1, 0))).toEqual(refusal('size', 'size must be at least 0, got -1'));
  });

  it('accept integers only where an integer is asked for', () => {
    expect(checkInteger('count', 3, 1, 3)).toBe(3);
    expect(errorOf(() => checkInteger('count', 2.5, 1, 3))).toEqual(refusal('count', 'count must be an integer, got 2.5'));
    expect(errorOf(() => checkInteger('count', 4, 1, 3))).toEqual(refusal('count', 'count must be from 1 to 3, got 4'));
  });

  it('accept one of several values', () => {
    const allowed = ['copy', 'reference'] as const;
    expect(checkOneOf('staging', 'copy', allowed)).toBe('copy');
    expect(errorOf(() => checkOneOf('staging', 'move' as 'copy', allowed))).toEqual(
      refusal('staging', 'staging must be one of copy, reference, got move'),
    );
  });
});
