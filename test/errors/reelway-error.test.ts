import { describe, expect, it, vi } from 'vitest';
import { ERROR_TABLE, isReelwayError, ReelwayError, type ReelwayErrorCode, withMessages } from '../../src/errors/index.js';

const codes = Object.keys(ERROR_TABLE) as ReelwayErrorCode[];

describe('ReelwayError', () => {
  it.each(codes)('%s takes its answers from the table', (code) => {
    const error = new ReelwayError(code);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('ReelwayError');
    expect(error.code).toBe(code);
    expect(error.retryable).toBe(ERROR_TABLE[code].retryable);
    expect(error.userMessage).toBe(ERROR_TABLE[code].userMessage);
    expect(error.message).toBe(ERROR_TABLE[code].userMessage);
    expect(error.context).toEqual({});
    expect('cause' in error).toBe(false);
    expect(error.stack).toContain('reelway-error.test');
  });

  it('takes what it is given instead', () => {
    const cause = new TypeError('below');
    const error = new ReelwayError('UNAVAILABLE', {
      message: 'PUT a/0: 503',
      context: { key: 'a/0', status: 503, retryAfterMs: 1_000 },
      cause,
      retryable: false,
      userMessage: 'Not now.',
    });
    expect(error.message).toBe('PUT a/0: 503');
    expect(error.context).toEqual({ key: 'a/0', status: 503, retryAfterMs: 1_000 });
    expect(error.cause).toBe(cause);
    expect(error.retryable).toBe(false);
    expect(error.userMessage).toBe('Not now.');
  });

  it('keeps its cause out of what is listed, so that logs of fields do not repeat it', () => {
    const error = new ReelwayError('NETWORK', { cause: new Error('Authorization: Bearer canary-token') });
    expect(Object.keys(error)).not.toContain('cause');
    expect(JSON.stringify(error)).not.toContain('canary-token');
    expect(String(error)).not.toContain('canary-token');
    expect(error.message).not.toContain('canary-token');
  });

  it('keeps falsy causes', () => {
    expect('cause' in new ReelwayError('NETWORK', { cause: null })).toBe(true);
    expect(new ReelwayError('NETWORK', { cause: 0 }).cause).toBe(0);
  });
});

describe('isReelwayError', () => {
  it('knows the errors of another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('../../src/errors/index.js');
    const foreign: unknown = new copy.ReelwayError('NETWORK');
    expect(copy.ReelwayError).not.toBe(ReelwayError);
    expect(foreign).not.toBeInstanceOf(ReelwayError);
    expect(isReelwayError(foreign)).toBe(true);
    expect(copy.isReelwayError(new ReelwayError('NETWORK'))).toBe(true);
  });

  it.each([undefined, null, 0, 'NETWORK', {}, { code: 'NETWORK' }, new Error('NETWORK'), { name: 'ReelwayError', code: 'NETWORK' }])(
    'does not take %s for one',
    (value) => {
      expect(isReelwayError(value)).toBe(false);
    },
  );

  it('knows a subclass', () => {
    class Special extends ReelwayError {}
    expect(isReelwayError(new Special('INTERNAL'))).toBe(true);
  });
});

describe('withMessages', () => {
  const error = new ReelwayError('STORAGE_FULL', {
    context: { path: '/cache', freeBytes: 12 },
    cause: 'below',
    message: 'ENOSPC',
    retryable: true,
  });

  it('puts the sentence of the catalogue in, and keeps all else', () => {
    const told = withMessages(error, { STORAGE_FULL: 'Kein Platz in {path}: {freeBytes} Bytes frei, {unknown}.' });
    expect(told.userMessage).toBe('Kein Platz in /cache: 12 Bytes frei, {unknown}.');
    expect({ ...told, userMessage: '' }).toEqual({ ...error, userMessage: '' });
    expect(told.message).toBe('ENOSPC');
    expect(told.cause).toBe('below');
    expect(told.retryable).toBe(true);
    expect(told.stack).toBe(error.stack);
    expect(error.userMessage).toBe(ERROR_TABLE.STORAGE_FULL.userMessage);
  });

  it('gives the error itself where there is nothing to change', () => {
    expect(withMessages(error, undefined)).toBe(error);
    expect(withMessages(error, { NETWORK: 'Kein Netz.' })).toBe(error);
    expect(withMessages(error, { STORAGE_FULL: error.userMessage })).toBe(error);
  });

  it('does without a stack where the host has none', () => {
    const bare = new ReelwayError('NETWORK');
    delete bare.stack;
    expect(withMessages(bare, { NETWORK: 'Kein Netz.' }).userMessage).toBe('Kein Netz.');
  });

  it('does not let a catalogue reach inherited names', () => {
    const told = withMessages(new ReelwayError('NETWORK'), { NETWORK: 'Kein Netz: {constructor} {__proto__}' });
    expect(told.userMessage).toBe('Kein Netz: {constructor} {__proto__}');
  });
});
