import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, placeOf } from '../../../../adapters/node/bucket/bucket-names.js';

const name = fc
  .string({ unit: fc.constantFrom(...'aAbBcCoOnNuUxX.-_019'), minLength: 1, maxLength: 300 })
  .filter((each) => each !== '.' && each !== '..');
const key = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))
  .filter((each) => each.length <= 512);

function pathOf(each: string): string[] {
  const { directories, file } = placeOf(each);
  return [...directories, file];
}

function keyOf(path: readonly string[]): string | undefined {
  const decoded = path.map(decodeName);
  const kinds = decoded.map((each) => each?.kind);
  if (kinds[kinds.length - 1] !== 'blob' || kinds.slice(0, -1).some((kind) => kind !== 'directory')) return undefined;
  return decoded.map((each) => each?.part).join('');
}

describe('names of a bucket', () => {
  it('come back as the same key', () => {
    fc.assert(
      fc.property(key, (each) => {
        expect(keyOf(pathOf(each))).toBe(each);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('fit every file system: 255 bytes, no case, no dot at either end, no reserved name', () => {
    fc.assert(
      fc.property(key, (each) => {
        for (const part of pathOf(each)) {
          expect(part.length).toBeLessThanOrEqual(255);
          expect(part).toMatch(/^[a-z0-9=_-]([a-z0-9=._-]*[a-z0-9=_-])?$/);
          expect(part).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/);
        }
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it('never make a file of one key a directory of another', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        const file = pathOf(one).join('/');
        const directories = placeOf(other).directories;
        const above = directories.map((_, depth) => directories.slice(0, depth + 1).join('/'));
        expect(above).not.toContain(file);
      }),
      { seed: 3, numRuns: 2_000 },
    );
    expect(pathOf('a/b')[0]).not.toBe(pathOf('a')[0]);
    expect(pathOf('v1.0/b')[0]).not.toBe(pathOf('v1.0')[0]);
  });

  it.each([
    ['my-reel/manifest.json', 'my-reel/manifest.json'],
    ['My-Reel/manifest.json', '=my-=reel/manifest.json'],
    ['reel/u1/000001', 'reel/u1/000001='],
    ['clip.mp4/manifest.json', 'clip.mp4=/manifest.json'],
    ['.hidden', '=0hidden'],
    ['con/nul.txt', '=1con/=1nul.txt'],
    ['end./x.', 'end=0=/x=0'],
  ])('%s lies at %s', (each, path) => {
    expect(pathOf(each).join('/')).toBe(path);
  });

  it.each(['A.txt', '.reelway-tmp', 'a=2', '..', '.', 'x y.txt', '=', 'a==', '=9a.b', 'a=01.txt', ''])('%s is no name of ours', (each) => {
    expect(decodeName(each)).toBeUndefined();
  });
});
