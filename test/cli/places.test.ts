import { describe, expect, it } from 'vitest';
import { openBucket } from '../../src/cli/bucket.js';
import type { CliHost } from '../../src/cli/host.js';
import { cacheDirectory, stateDirectory } from '../../src/cli/places.js';
import { isReelwayError } from '../../src/index.js';
import { testHost } from './host.js';

function hostWith(env: CliHost['env'], platform = 'linux'): CliHost {
  return { ...testHost().host, env, platform, homeDirectory: '/home/ann', workingDirectory: '/clips' };
}

describe('where state and cache are kept', () => {
  it('follows the XDG rules', () => {
    expect(stateDirectory(hostWith({ XDG_STATE_HOME: '/x/state' }), undefined)).toBe('/x/state/reelway');
    expect(cacheDirectory(hostWith({ XDG_CACHE_HOME: '/x/cache' }), undefined)).toBe('/x/cache/reelway');
    expect(stateDirectory(hostWith({}), undefined)).toBe('/home/ann/.local/state/reelway');
    expect(cacheDirectory(hostWith({}), undefined)).toBe('/home/ann/.cache/reelway');
  });

  it('ignores a relative XDG value, as the rules ask', () => {
    expect(stateDirectory(hostWith({ XDG_STATE_HOME: 'state' }), undefined)).toBe('/home/ann/.local/state/reelway');
  });

  it('takes the local application data on Windows', () => {
    const directory = stateDirectory(hostWith({ LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local' }, 'win32'), undefined);
    expect(directory.replace(/[\\/]/g, '/')).toBe('C:/Users/ann/AppData/Local/reelway/state');
  });

  it('takes what was said, from the working directory', () => {
    expect(stateDirectory(hostWith({}), 'q')).toBe('/clips/q');
  });
});

describe('a bucket', () => {
  it('is the same by any of its names', () => {
    const host = hostWith({});
    const urls = ['/clips/bucket', 'bucket', './bucket/', 'file:///clips/bucket', 'FILE:///clips/bucket'].map(
      (text) => openBucket(text, host).url,
    );
    expect(new Set(urls)).toEqual(new Set(['file:///clips/bucket']));
  });

  it('may have any name that a directory can have', () => {
    const host = hostWith({});
    expect(openBucket('a b%20ü', host).name).toBe('/clips/a b%20ü');
    expect(openBucket('file:///clips/a%20b%2520%C3%BC', host).url).toBe(openBucket('a b%20ü', host).url);
  });

  it.each(['s3://videos', 'https://example.org/videos', 'gs://x', 'javascript:alert(1)', 'data:,x', 'file://elsewhere/x', ''])(
    'refuses %j',
    (text) => {
      let error: unknown;
      try {
        openBucket(text, hostWith({}));
      } catch (thrown) {
        error = thrown;
      }
      expect(isReelwayError(error) && error.code).toBe('INVALID_CONFIG');
      expect(isReelwayError(error) && error.context['usage']).toBe(true);
    },
  );
});
