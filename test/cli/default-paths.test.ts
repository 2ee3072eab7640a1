import { describe, expect, it } from 'vitest';
import { openBucket, openReadable } from '../../src/cli/buckets/bucket.js';
import { scopeOf } from '../../src/cli/buckets/bucket-location.js';
import { cacheDirectory, stateDirectory } from '../../src/cli/default-paths.js';
import type { CliHost } from '../../src/cli/host.js';
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
  const urlOf = async (text: string, host: CliHost): Promise<string> => (await openBucket(text, host)).place.url;

  it('is the same by any of its names', async () => {
    const host = hostWith({});
    const texts = ['/clips/bucket', 'bucket', './bucket/', 'file:///clips/bucket', 'FILE:///clips/bucket'];
    const urls = await Promise.all(texts.map((text) => urlOf(text, host)));
    expect(new Set(urls)).toEqual(new Set(['file:///clips/bucket']));
  });

  it('may have any name that a directory can have', async () => {
    const host = hostWith({});
    expect((await openBucket('a b%20ü', host)).name).toBe('/clips/a b%20ü');
    expect(await urlOf('file:///clips/a%20b%2520%C3%BC', host)).toBe(await urlOf('a b%20ü', host));
  });

  it('on a web server is its address, and can only be read', async () => {
    const host = hostWith({});
    const open = async (text: string): Promise<string> => (await openReadable(text, host)).place.url;
    expect(await open('HTTPS://Example.org:443/videos')).toBe('https://example.org/videos/');
    expect(await open('http://127.0.0.1:8080/')).toBe('http://127.0.0.1:8080/');
    await expect(openBucket('https://example.org/videos', host)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('can only be read'),
    });
  });

  it.each([
    ...['gs://x', 'javascript:alert(1)', 'data:,x', 'file://elsewhere/x', '', '--json'],
    ...['https://ann:secret@example.org/', 'https://example.org/?token=secret', 'https://', 'http://a b/'],
    ...[
      's3://',
      's3:videos',
      's3:///app',
      's3://ann:secret@host/app',
      's3://videos/a b',
      's3://videos/../x',
      's3://videos//x',
      's3://v?x=y',
    ],
  ])('refuses %j', async (text) => {
    const error: unknown = await openReadable(text, hostWith({})).catch((thrown: unknown) => thrown);
    expect(isReelwayError(error) && error.code).toBe('INVALID_CONFIG');
    expect(isReelwayError(error) && error.context['usage']).toBe(true);
    if (!isReelwayError(error) || !text.includes('secret')) return;
    expect(error.message + error.userMessage).not.toContain('secret');
  });

  it.each([
    ['--endpoint', { endpoint: 'http://127.0.0.1:1' }],
    ['--path-style', { pathStyle: true }],
    ['--region', { region: 'eu-west-1' }],
    ['--profile', { profile: 'team' }],
  ])('other than s3:// refuses %s', async (flag, options) => {
    for (const text of ['bucket', 'file:///clips/bucket', 'https://example.org/']) {
      await expect(openReadable(text, hostWith({}), options)).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        message: `${flag} is supported for s3:// buckets only`,
      });
    }
  });

  it.each(['s3.example.org', 'ftp://example.org', 'https://ann:secret@example.org', 'https://example.org/?x=y', ''])(
    'takes no --endpoint %j',
    async (endpoint) => {
      await expect(openReadable('s3://videos', hostWith({}), { endpoint })).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        context: { field: 'endpoint' },
      });
    },
  );
});

describe('the scope of a bucket', () => {
  it('of directories is what it was in every release, so that old queues are found', () => {
    expect(scopeOf({ url: 'file:///clips/bucket' })).toBe('bucket-2d1d287895d25c8d7a556c1f07c971ca');
  });

  it('is another one on another server, and no other for another way there', () => {
    const url = 's3://videos/app/';
    const here = { url, endpoint: 'http://127.0.0.1:7480' };
    expect(scopeOf(here)).not.toBe(scopeOf({ url }));
    expect(scopeOf(here)).not.toBe(scopeOf({ url, endpoint: 'http://127.0.0.1:7481' }));
    expect(scopeOf({ ...here, pathStyle: true, region: 'eu-west-1', profile: 'team' })).toBe(scopeOf(here));
  });
});
