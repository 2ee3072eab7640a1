/** Every way to say where a bucket is and who asks for it; and what is said where one of them is wrong. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { makeRandomFile, makeTemp, removeTemp } from '../e2e/kit/files.js';
import { clientOf, freshBucket } from './buckets.js';
import { commandLine, type Environment, keysOf, SDK_DIRECTORY } from './command-line.js';

const gateway = inject('gateway');
const client = clientOf(gateway);
const keys = keysOf(gateway);

const folder = makeTemp('s3-cli-ways');
const file = join(folder, 'clip.mp4');

let bucket = '';

beforeAll(async () => {
  makeRandomFile(file, 700_000);
  bucket = await freshBucket(client);
});

afterAll(() => {
  client.destroy();
  removeTemp(folder);
});

/** Shared configuration files with one profile, which has the keys, the region and the server. */
function profileFiles(name: string, secret = gateway.secretAccessKey): Environment {
  const directory = join(folder, `aws-${name}`);
  mkdirSync(directory, { recursive: true });
  const [config, credentials] = [join(directory, 'config'), join(directory, 'credentials')];
  writeFileSync(config, `[profile ${name}]\nregion = eu-test-1\nendpoint_url = ${gateway.endpoint}\n`);
  writeFileSync(credentials, `[${name}]\naws_access_key_id = ${gateway.accessKeyId}\naws_secret_access_key = ${secret}\n`);
  return { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials };
}

/** All that a state directory holds. */
function textIn(directory: string): string {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  return paths.map((path) => (statSync(path).isFile() ? readFileSync(path, 'latin1') : '')).join('\n');
}

const EXPIRED = '<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>';

/** The gateway behind a session that ends after so many puts, as S3 tells it, until it is renewed. */
async function sessionServer(puts: number) {
  const session = { puts };
  const server = createServer((request, response) => {
    if (request.method === 'PUT') session.puts -= 1;
    if (session.puts < 0) {
      request.resume();
      response.writeHead(400, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : EXPIRED);
      return;
    }
    const { method = 'GET', url = '/', headers } = request;
    const onward = httpRequest({ host: '127.0.0.1', port: gateway.port, method, path: url, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(response);
    });
    request.pipe(onward.on('error', () => response.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    at: ['--endpoint', endpoint],
    renew: () => {
      session.puts = Number.POSITIVE_INFINITY;
    },
  };
}

describe('a server and its keys', () => {
  const at = ['--endpoint', gateway.endpoint];
  const ways: readonly (readonly [string, Environment, readonly string[]])[] = [
    ['--endpoint and the keys as variables', keys, at],
    ['--endpoint, --region and --path-style', keys, [...at, '--region', 'eu-test-1', '--path-style']],
    ['AWS_ENDPOINT_URL', { ...keys, AWS_ENDPOINT_URL: gateway.endpoint }, []],
    [
      'AWS_ENDPOINT_URL_S3, before the other',
      { ...keys, AWS_ENDPOINT_URL_S3: gateway.endpoint, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      [],
    ],
    ['--profile', profileFiles('team'), ['--profile', 'team']],
    ['AWS_PROFILE', { ...profileFiles('team'), AWS_PROFILE: 'team' }, []],
    ['--profile, before AWS_PROFILE', { ...profileFiles('team'), AWS_PROFILE: 'other' }, ['--profile', 'team']],
  ];

  test.each(ways)('by %s', async (name, environment, options) => {
    const cli = commandLine(join(folder, name.replace(/\W+/g, '-')), environment);
    const place = `s3://${bucket}/${name.replace(/\W+/g, '')}`;
    const uploaded = await cli(['upload', file, '--to', place, '--id', 'clip', ...options]);
    expect(uploaded).toMatchObject({ code: 0, stderr: '', last: { type: 'completed', bytes: 700_000 } });
    expect(await cli(['verify', place, 'clip', ...options])).toMatchObject({ code: 0, last: { type: 'completed', faults: 0 } });
    const { lines } = await cli(['queue']);
    expect(lines[0]).toMatchObject({ bucket: `${place}/`, endpoint: gateway.endpoint, status: 'completed' });
    expect(textIn(cli.state)).toContain(bucket);
    expect(textIn(cli.state)).not.toContain(gateway.secretAccessKey);
    expect(textIn(cli.state)).not.toContain(gateway.accessKeyId);
  });

  test('of a profile are found again by cancel', async () => {
    const cli = commandLine(join(folder, 'later'), profileFiles('later', 'a-secret'));
    const refused = await cli(['upload', file, '--to', `s3://${bucket}/later`, '--id', 'clip', '--profile', 'later']);
    expect(refused).toMatchObject({ code: 1, last: { code: 'FORBIDDEN', userMessage: expect.stringMatching(/Check the profile later/) } });
    const { lines } = await cli(['queue']);
    expect(lines[0]).toMatchObject({ status: 'failed', endpoint: gateway.endpoint });
    profileFiles('later');
    const canceled = await cli(['cancel', String(lines[0]?.['uploadId'])]);
    expect(canceled).toMatchObject({ code: 0, stderr: '', last: { type: 'completed', videoId: 'clip' } });
  });

  test('of a bucket that is not there: cancel has nothing to remove', async () => {
    const cli = commandLine(join(folder, 'nowhere'), keys);
    const refused = await cli(['upload', file, '--to', 's3://no-such-bucket', '--id', 'clip', ...at]);
    expect(refused).toMatchObject({
      code: 1,
      last: { code: 'REQUEST_REFUSED', userMessage: expect.stringContaining('no bucket no-such-bucket') },
    });
    const { lines } = await cli(['queue']);
    expect(await cli(['cancel', String(lines[0]?.['uploadId'])])).toMatchObject({ code: 0, last: { type: 'completed', videoId: 'clip' } });
  });
});

describe('what is said where', () => {
  const sentence = async (environment: Environment, options: readonly string[], place = `s3://${bucket}/app`) => {
    const cli = commandLine(join(folder, 'wrong'), environment);
    const { code, last, stderr } = await cli(['inspect', place, 'clip', ...options]);
    expect({ type: last?.type, stderr }).toEqual({ type: 'failed', stderr: '' });
    expect(JSON.stringify(last)).not.toContain('a-secret');
    return { code, reason: last?.['code'], text: String(last?.['userMessage']) };
  };
  const at = ['--endpoint', gateway.endpoint];

  test.concurrent.each<readonly [string, Environment, readonly string[], string, RegExp]>([
    [
      'the secret key is wrong',
      { ...keys, AWS_SECRET_ACCESS_KEY: 'a-secret' },
      at,
      'FORBIDDEN',
      /secret key is not the one .* AWS_SECRET_ACCESS_KEY/,
    ],
    ['the access key is unknown', { ...keys, AWS_ACCESS_KEY_ID: 'nobody' }, at, 'FORBIDDEN', /does not know this access key/],
    ['there are no keys', {}, at, 'AUTH_REQUIRED', /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a --profile/],
    ['the profile is unknown', keys, [...at, '--profile', 'absent'], 'AUTH_REQUIRED', /check the profile absent/],
    ['the server is not there', keys, ['--endpoint', 'http://127.0.0.1:9'], 'NETWORK', /no connection to http:\/\/127\.0\.0\.1:9/],
    ['the host has no name', keys, ['--endpoint', 'http://s3.invalid'], 'NETWORK', /--path-style/],
    ['there is no region', keys, [], 'INVALID_CONFIG', /--help/],
  ])('%s', async (_name, environment, options, reason, words) => {
    const said = await sentence(environment, options);
    expect(said).toMatchObject({ reason, text: expect.stringMatching(words) });
  });

  test('there is no such bucket', async () => {
    expect(await sentence(keys, at, 's3://no-such-bucket')).toMatchObject({
      reason: 'REQUEST_REFUSED',
      text: /no bucket no-such-bucket at/,
    });
  });

  test('the session has ended, with and without a profile', async () => {
    const endpoint = (await sessionServer(-1)).at;
    const session = { ...keys, AWS_SESSION_TOKEN: 'a-secret' };
    expect(await sentence(session, endpoint)).toMatchObject({
      code: 1,
      reason: 'AUTH_REQUIRED',
      text: expect.stringMatching(/session has expired .* fresh AWS_… variables, then run the same command again/),
    });
    const profile = { ...profileFiles('sso'), AWS_PROFILE: 'sso' };
    expect((await sentence(profile, endpoint)).text).toMatch(/sign in again, such as by `aws sso login --profile sso`/);
  });

  test('the session ends during an upload: the same command goes on with a new one', async () => {
    const server = await sessionServer(5);
    const longer = join(folder, 'longer.mp4');
    makeRandomFile(longer, 6_000_000);
    const cli = commandLine(join(folder, 'session'), { ...keys, AWS_SESSION_TOKEN: 'a-secret' });
    const args = ['upload', longer, '--to', `s3://${bucket}/session`, '--id', 'clip', ...server.at];
    const ended = await cli(args);
    expect(ended).toMatchObject({ code: 1, last: { code: 'AUTH_REQUIRED', userMessage: expect.stringContaining('session has expired') } });
    expect((await cli(['queue'])).lines[0]).toMatchObject({ status: 'pending', videoId: 'clip' });
    server.renew();
    const renewed = await cli(args);
    expect(renewed).toMatchObject({ code: 0, stderr: '', last: { type: 'completed', bytes: 6_000_000 } });
    expect(Number(renewed.last?.['bytesSent'])).toBeLessThan(6_000_000 - 524_288);
  });

  test('the keys are wrong during an upload: the same command with the right ones goes on', async () => {
    const cli = commandLine(join(folder, 'mended'), keys);
    const args = ['upload', file, '--to', `s3://${bucket}/mended`, '--id', 'clip', ...at];
    const failed = await cli(args, { env: { AWS_SECRET_ACCESS_KEY: 'a-secret' } });
    expect(failed).toMatchObject({ code: 1, last: { code: 'FORBIDDEN', userMessage: expect.stringContaining('secret key') } });
    const mended = await cli(args);
    expect(mended).toMatchObject({ code: 0, last: { type: 'completed', bytes: 700_000 } });
    expect(mended.lines.find(({ type }) => type === 'resumed')).toBeDefined();
  });
});

describe('the AWS SDK', () => {
  /** Tells at the end which modules of the SDK were loaded. */
  const WITNESS = `process.on('exit', () => console.log(JSON.stringify({ type: 'sdk', modules: Object.keys(require.cache).filter((name) => name.includes('@aws-sdk')).length })));`;

  test('is asked for in one sentence where it is missing', async () => {
    const cli = commandLine(join(folder, 'bare'), keys);
    const cwd = join(folder, 'bare');
    const place = ['upload', file, '--to', `s3://${bucket}`, '--endpoint', gateway.endpoint];
    const told = await cli(place, { cwd });
    expect(told).toMatchObject({ code: 1, stderr: '', last: { type: 'failed', code: 'INVALID_CONFIG' } });
    expect(told.last?.['userMessage']).toMatch(/^s3:\/\/ needs the AWS SDK: run `npm install @aws-sdk\/client-s3` here/);
    const read = await cli([...place, '--text'], { cwd });
    expect(read.stderr.trim().split('\n')).toEqual([told.last?.['userMessage'], '  INVALID_CONFIG']);
  });

  test('is not loaded for a directory', async () => {
    const cli = commandLine(join(folder, 'witness'), keys);
    const witness = join(folder, 'witness', 'witness.cjs');
    writeFileSync(witness, WITNESS);
    const options = { nodeOptions: ['--require', witness], cwd: SDK_DIRECTORY };
    const local = await cli(['upload', file, '--to', join(folder, 'directory'), '--id', 'clip'], options);
    expect(local).toMatchObject({ code: 0, last: { type: 'sdk', modules: 0 } });
    const remote = await cli(['inspect', `s3://${bucket}`, 'absent', '--endpoint', gateway.endpoint], options);
    expect(Number(remote.last?.['modules'])).toBeGreaterThan(0);
  });
});
