/** What people read. */
import { amountInWords, bytesInWords, headlineOf, SteadyRemaining } from '../src/reels/words';

describe('the time left', () => {
  it('does not flicker between two sentences when the figures jump around a border', () => {
    const steady = new SteadyRemaining();
    const told = [95, 108, 96, 109, 97, 107, 98, 110].map((seconds) => steady.next(seconds * 1_000));
    expect(new Set(told)).toEqual(new Set(['about a minute left']));
  });

  it('follows a link that has become slower, within a few figures', () => {
    const steady = new SteadyRemaining();
    steady.next(20_000);
    const told = Array.from({ length: 20 }, () => steady.next(600_000));
    expect(told[0]).not.toBe('about 10 minutes left');
    expect(told.at(-1)).toBe('about 10 minutes left');
  });

  it('counts down', () => {
    const steady = new SteadyRemaining();
    const told = Array.from({ length: 400 }, (_, second) => steady.next((400 - second) * 1_000));
    const sentences = told.filter((sentence, place) => sentence !== told[place - 1]);
    expect(sentences).toEqual([
      ...['about 7 minutes left', 'about 6 minutes left', 'about 5 minutes left', 'about 4 minutes left', 'about 3 minutes left'],
      ...['about 2 minutes left', 'about a minute left', 'less than a minute left', 'a few seconds left'],
    ]);
  });

  it('says nothing while nothing is known, and begins anew after a pause', () => {
    const steady = new SteadyRemaining();
    expect(steady.next(undefined)).toBeUndefined();
    steady.next(5_000);
    steady.reset();
    expect(steady.next(600_000)).toBe('about 10 minutes left');
  });
});

describe('words', () => {
  it('has amounts that fit on a card', () => {
    expect([999, 123_456, 1_234_567, 114_381_456].map(bytesInWords)).toEqual(['1 kB', '123 kB', '1.2 MB', '114 MB']);
    const progress = {
      uploadId: 'u',
      acknowledgedBytes: 1_000_000,
      totalBytes: 2_000_000,
      fraction: 0.5,
      acknowledgedSegments: 2,
      totalSegments: 4,
    };
    expect(amountInWords(progress)).toBe('1.0 MB of 2.0 MB');
    expect(amountInWords({ ...progress, bytesPerSecond: 340_000 })).toBe('1.0 MB of 2.0 MB, 340 kB/s');
  });

  it('has a sentence for every wait', () => {
    expect(headlineOf({ status: 'waiting', reason: 'metered' })).toBe('Waiting for Wi-Fi');
    expect(headlineOf({ status: 'paused' })).toBe('Paused');
  });
});
