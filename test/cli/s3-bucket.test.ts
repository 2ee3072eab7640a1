/** `s3://` over a stand-in of the SDK, which leads where its settings say: what is asked of it, and what is made of its answers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBucket, openReadable, openRemembered } from '../../src/cli/buckets/bucket.js';
import type { BucketOptions } from '../../src/cli/buckets/open-bucket.js';
import type { CliHost } from '../../src/cli/host.js';
import { testHost } from './host.js';

/** Resolves settings as the real one does, but for configuration files; keeps what it was made with. */
const STAND_IN = `
const made = [];
const environment = {};
class S3 {
  constructor(settings) {
    made.push(settings);
    this.settings = settings;
    this.looks = new Map();
    this.config = { region: async () => {
      const region = settings.region ?? environment.AWS_REGION;
      if (region === undefined) throw new Error('Region is missing');
      return region;
    } };
    this.middlewareStack = {
      add: (look, { name }) => this.looks.set(name, look),
      remove: (name) => this.looks.delete(name),
    };
  }
  async listBuckets() {
    if (environment.fails !== undefined) throw Object.assign(new Error(environment.fails.message), { name: environment.fails.name });
    const region = await this.config.region();
    const url = new URL(this.settings.endpoint ?? environment.AWS_ENDPOINT_URL ?? 'https://s3.' + region + '.amazonaws.com');
    const request = { protocol: url.protocol, hostname: url.hostname, path: url.pathname, ...(url.port === '' ? {} : { port: Number(url.port) }) };
    for (const look of this.looks.values()) await look()({ request });
    throw new Error('It was sent');
  }
  destroy() {}
}
module.exports = { S3, made, environment };
`;

interface StandIn {
  readonly made: { readonly [name: string]: unknown }[];
  readonly environment: { [name: string]: unknown };
}

async function given(env: CliHost['env'] = {}) {
  const changed: { [name: string]: string } = {};
  const { host, directory } = testHost();
  const folder = join(directory, 'node_modules', '@aws-sdk', 'client-s3');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@aws-sdk/client-s3', version: '3.999.0', main: 'index.cjs' }));
  writeFileSync(join(folder, 'index.cjs'), STAND_IN);
  const { default: sdk } = (await import(join(folder, 'index.cjs'))) as { default: StandIn };
  Object.assign(sdk.environment, env);
  const setEnvironment = (name: string, value: string): void => {
    changed[name] = value;
  };
  const at: CliHost = { ...host, env: { ...host.env, ...env }, setEnvironment };
  const place = async (text: string, options: BucketOptions = {}) => (await openBucket(text, at, options)).place;
  return { host: at, sdk, changed, place };
}

describe('a bucket of s3://', () => {
  it('of Amazon has no endpoint, wherever its region is', async () => {
    const { place, sdk } = await given();
    expect(await place('s3://videos/app', { region: 'eu-west-1' })).toEqual({ url: 's3://videos/app/', region: 'eu-west-1' });
    expect(await place('S3://videos', { region: 'cn-north-1', endpoint: 'https://s3.cn-north-1.amazonaws.com.cn' })).toEqual({
      url: 's3://videos/',
      region: 'cn-north-1',
    });
    expect(sdk.made.at(-1)).toMatchObject({
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  });

  it('of another server has its address, as the environment or the command line says it', async () => {
    const { place, sdk } = await given({ AWS_ENDPOINT_URL: 'http://127.0.0.1:7480/' });
    expect(await place('s3://videos/a/b.c/')).toEqual({
      url: 's3://videos/a/b.c/',
      endpoint: 'http://127.0.0.1:7480',
      region: 'us-east-1',
    });
    const options = { endpoint: 'https://S3.example.org/base/', pathStyle: true, region: 'auto' };
    expect(await place('s3://videos', options)).toEqual({
      url: 's3://videos/',
      endpoint: 'https://s3.example.org/base',
      pathStyle: true,
      region: 'auto',
    });
    expect(sdk.made.at(-1)).toMatchObject({ forcePathStyle: true, region: 'auto', endpoint: 'https://S3.example.org/base/' });
  });

  it('needs a region of Amazon, by the SDK or by the variable of the AWS CLI', async () => {
    const { place } = await given();
    await expect(place('s3://videos')).rejects.toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining('--region') });
    expect(await (await given({ AWS_REGION: 'eu-west-1' })).place('s3://videos')).toMatchObject({ region: 'eu-west-1' });
    expect(await (await given({ AWS_DEFAULT_REGION: 'eu-west-3' })).place('s3://videos')).toMatchObject({ region: 'eu-west-3' });
  });

  it('remembers a profile, and hands it to the SDK by its variable', async () => {
    const { place, changed } = await given({ AWS_REGION: 'eu-west-1', AWS_PROFILE: 'usual' });
    expect(await place('s3://videos')).toMatchObject({ profile: 'usual' });
    expect(changed['AWS_PROFILE']).toBeUndefined();
    expect(await place('s3://videos', { profile: 'team' })).toMatchObject({ profile: 'team' });
    expect(changed['AWS_PROFILE']).toBe('team');
  });

  it.each([
    ['CredentialsProviderError', 'AUTH_REQUIRED', /no usable AWS credentials: set AWS_ACCESS_KEY_ID/],
    ['SSOTokenProviderFailure', 'AUTH_REQUIRED', /no usable AWS credentials/],
    ['EndpointError', 'INVALID_CONFIG', /--endpoint, --region/],
  ])('is not opened after %s', async (name, code, words) => {
    const { place, sdk } = await given({ AWS_REGION: 'eu-west-1' });
    sdk.environment['fails'] = { name, message: 'first line\nsecond line' };
    await expect(place('s3://videos')).rejects.toMatchObject({ code, message: 'first line', userMessage: expect.stringMatching(words) });
  });

  it('is not opened by a package that is no SDK', async () => {
    const { host, sdk } = await given();
    Object.assign(sdk, { S3: undefined });
    await expect(openReadable('s3://videos', host)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('has no S3'),
      userMessage: expect.stringContaining('npm install @aws-sdk/client-s3'),
    });
  });
});

describe('a bucket that is remembered', () => {
  const there = { url: 's3://videos/app/', endpoint: 'http://127.0.0.1:7480', pathStyle: true, region: 'eu-west-1', profile: 'team' };

  it('is opened by the same way', async () => {
    const { host, sdk, changed } = await given();
    expect((await openRemembered(there, host, {})).place).toEqual(there);
    expect(sdk.made.at(-1)).toMatchObject({ endpoint: 'http://127.0.0.1:7480', forcePathStyle: true, region: 'eu-west-1' });
    expect(changed['AWS_PROFILE']).toBe('team');
  });

  it('keeps its name where the command line says another way', async () => {
    const { host, sdk, changed } = await given();
    const { place } = await openRemembered(there, host, { endpoint: 'http://127.0.0.1:7481', profile: 'other', region: 'us-east-1' });
    expect(place).toEqual(there);
    expect(sdk.made.at(-1)).toMatchObject({ endpoint: 'http://127.0.0.1:7481', region: 'us-east-1' });
    expect(changed['AWS_PROFILE']).toBe('other');
  });

  it('does not use AWS_ENDPOINT_URL for a remembered Amazon bucket', async () => {
    const { host } = await given({ AWS_ENDPOINT_URL: 'http://127.0.0.1:7480' });
    await expect(openRemembered({ url: 's3://videos/', region: 'eu-west-1' }, host, {})).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('AWS_ENDPOINT_URL points to s3://videos/ at http://127.0.0.1:7480'),
    });
  });

  it('in a directory needs no SDK and takes no options', async () => {
    const { host } = testHost();
    const directory = { url: 'file:///clips/bucket' };
    expect((await openRemembered(directory, host, {})).name).toBe('/clips/bucket');
    await expect(openRemembered(directory, host, { region: 'eu-west-1' })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});

describe('s3:// without the SDK', () => {
  it('says in one line what to install, and fails without calling the command wrong', async () => {
    const { run } = testHost();
    const { code, err, out } = await run('inspect', 's3://videos/app', 'clip');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^s3:\/\/ needs the AWS SDK: run `npm install @aws-sdk\/client-s3` here.*\n {2}INVALID_CONFIG\n$/);
  });
});
