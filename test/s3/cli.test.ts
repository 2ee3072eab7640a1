/** The built command line on `s3://` against a real gateway: there and back with a kill, the queue, a damaged object, a public bucket. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { makeRandomFile, makeTemp, removeTemp, SEGMENT_BYTES, sha256Of } from '../e2e/kit/files.js';
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { clientOf, freshBucket } from './buckets.js';
import { type CommandLine, commandLine, keysOf, killedAfter } from './command-line.js';

const gateway = inject('gateway');
const client = clientOf(gateway);
const FILE_BYTES = 30_000_000;
const SEGMENTS = 58;

let folder = '';
let file = '';
let proxy: FaultProxy;

beforeAll(async () => {
  folder = makeTemp('s3-cli');
  file = join(folder, 'clip.mp4');
  makeRandomFile(file, FILE_BYTES);
  // Slow enough that a kill in the middle is one.
  proxy = await startFaultProxy({ targetPort: gateway.port, bytesPerSecond: 12_000_000 });
});

afterAll(async () => {
  client.destroy();
  await proxy.stop();
  removeTemp(folder);
});

async function keysIn(bucket: string): Promise<string[]> {
  return ((await client.listObjectsV2({ Bucket: bucket })).Contents ?? []).map(({ Key }) => Key ?? '');
}

/** An upload that was killed in the middle; the rest of the test has no option but the keys. */
async function killedUpload(cli: CommandLine, bucket: string, more: readonly string[] = []): Promise<string> {
  const args = ['upload', file, '--to', `s3://${bucket}/app`, '--id', 'clip', ...more];
  const killed = await cli(args, killedAfter(5_000_000));
  expect(killed.signal).toBe('SIGKILL');
  const queued = await cli(['queue'], { env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined } });
  expect(queued.lines[0]).toMatchObject({ type: 'upload', videoId: 'clip', bucket: `s3://${bucket}/app/`, filePath: file });
  expect(queued.last).toEqual({ type: 'completed', uploads: 1 });
  return String(queued.lines[0]?.['uploadId']);
}

describe('a video on s3://', () => {
  test('goes there through a kill, and comes back byte for byte', async () => {
    const bucket = await freshBucket(client);
    const cli = commandLine(join(folder, 'there'), keysOf(gateway));
    const at = ['--endpoint', proxy.endpoint];
    const uploadId = await killedUpload(cli, bucket, at);
    const place = `s3://${bucket}/app`;

    const upload = ['upload', file, '--to', `${place}/`, '--id', 'clip', ...at];
    const resumed = await cli(upload);
    expect(resumed).toMatchObject({ code: 0, last: { type: 'completed', uploadId, segments: SEGMENTS, bytes: FILE_BYTES } });
    expect(resumed.lines.find(({ type }) => type === 'resumed')).toMatchObject({ uploadId });
    expect(Number(resumed.last?.['bytesSent'])).toBeLessThanOrEqual(FILE_BYTES - 5_000_000 + 3 * SEGMENT_BYTES);
    expect(resumed.stderr).toBe('');
    expect((await keysIn(bucket)).filter((key) => !key.startsWith('app/clip/'))).toEqual([]);
    expect(await keysIn(bucket)).toHaveLength(SEGMENTS + 1);

    const checked = await cli(['verify', place, 'clip', ...at]);
    expect(checked).toMatchObject({ code: 0, last: { type: 'completed', uploadId, segments: SEGMENTS, bytes: FILE_BYTES, faults: 0 } });
    expect(await cli(['inspect', place, 'clip', ...at])).toMatchObject({ code: 0, last: { uploadId, hashes: ['md5'] } });
    const out = join(folder, 'back.mp4');
    expect(await cli(['fetch', place, 'clip', '--out', out, ...at])).toMatchObject({ code: 0, last: { bytes: FILE_BYTES } });
    expect(sha256Of(out)).toBe(sha256Of(file));

    expect(await cli(upload)).toMatchObject({ code: 0, last: { type: 'completed', already: true, uploadId, bytesSent: 0 } });
    expect(await keysIn(bucket)).toHaveLength(SEGMENTS + 1);
  });

  test('is two videos under one name on two servers', async () => {
    const bucket = await freshBucket(client);
    const cli = commandLine(join(folder, 'two'), keysOf(gateway));
    const small = join(folder, 'small.mp4');
    makeRandomFile(small, 600_000, 2);
    const upload = (endpoint: string, prefix: string) =>
      cli(['upload', small, '--to', `s3://${bucket}/${prefix}`, '--id', 'clip'], { env: { AWS_ENDPOINT_URL_S3: endpoint } });
    expect((await upload(gateway.endpoint, 'app')).code).toBe(0);
    expect(await upload(proxy.endpoint, 'app')).toMatchObject({ code: 0, last: { already: true } });
    const { lines } = await cli(['queue']);
    expect(
      lines
        .filter(({ type }) => type === 'upload')
        .map(({ endpoint, status }) => [endpoint, status])
        .sort(),
    ).toEqual(
      [
        [gateway.endpoint, 'completed'],
        [proxy.endpoint, 'canceled'],
      ].sort(),
    );
  });
});

describe('cancel', () => {
  test('needs no options: where the upload went is remembered, and nothing of it is left there', async () => {
    const bucket = await freshBucket(client);
    const cli = commandLine(join(folder, 'cancel'), keysOf(gateway));
    // A name that only resolves without the bucket's before it, so that the style of addresses must be remembered too.
    const uploadId = await killedUpload(cli, bucket, ['--endpoint', `http://localhost:${proxy.port}`, '--path-style']);
    expect((await keysIn(bucket)).length).toBeGreaterThan(8);

    const refused = await cli(['cancel', uploadId], { env: { AWS_SECRET_ACCESS_KEY: 'wrong' } });
    expect(refused).toMatchObject({
      code: 1,
      last: { type: 'failed', code: 'FORBIDDEN', userMessage: expect.stringContaining('secret key') },
    });
    expect((await keysIn(bucket)).length).toBeGreaterThan(8);

    const done = await cli(['cancel', uploadId]);
    expect(done).toMatchObject({ code: 0, last: { type: 'completed', uploadId, videoId: 'clip' } });
    expect(await keysIn(bucket)).toEqual([]);
  });

  test('goes to another server where the command says so', async () => {
    const bucket = await freshBucket(client);
    const cli = commandLine(join(folder, 'moved'), keysOf(gateway));
    const former = await startFaultProxy({ targetPort: gateway.port, bytesPerSecond: 12_000_000 });
    const uploadId = await killedUpload(cli, bucket, ['--endpoint', former.endpoint]);
    await former.stop();
    const gone = await cli(['cancel', uploadId]);
    expect(gone).toMatchObject({ code: 1, last: { code: 'NETWORK', userMessage: expect.stringContaining(former.endpoint) } });
    expect(await cli(['cancel', uploadId, '--endpoint', gateway.endpoint])).toMatchObject({ code: 0 });
    expect(await keysIn(bucket)).toEqual([]);
  });
});

describe('an object with one bit turned over', () => {
  test('is named by verify, and never fetched', async () => {
    const bucket = await freshBucket(client);
    const cli = commandLine(join(folder, 'flipped'), { ...keysOf(gateway), AWS_ENDPOINT_URL: gateway.endpoint });
    const { last } = await cli(['upload', file, '--to', `s3://${bucket}`, '--id', 'clip']);
    const key = `clip/${String(last?.['uploadId'])}/7`;
    const object = await client.getObject({ Bucket: bucket, Key: key });
    const bytes = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
    expect(bytes).toHaveLength(SEGMENT_BYTES);
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
    await client.putObject({ Bucket: bucket, Key: key, Body: bytes });

    const checked = await cli(['verify', `s3://${bucket}`, 'clip']);
    expect(checked.code).toBe(1);
    expect(checked.lines.filter(({ type }) => type === 'fault')).toEqual([
      { type: 'fault', segmentIndex: 7, key, fault: 'corrupt', start: 7 * SEGMENT_BYTES, end: 8 * SEGMENT_BYTES },
    ]);
    expect(checked.last).toMatchObject({ type: 'failed', code: 'SEGMENT_CORRUPT' });
    const out = join(folder, 'flipped.mp4');
    expect((await cli(['fetch', `s3://${bucket}`, 'clip', '--out', out])).last).toMatchObject({ type: 'failed', code: 'SEGMENT_CORRUPT' });
    expect(existsSync(out)).toBe(false);
  });
});

describe('a bucket that everybody may read', () => {
  test('is read by its address without keys and without the SDK, and is not written', async () => {
    const bucket = await freshBucket(client);
    const uploader = commandLine(join(folder, 'uploader'), { ...keysOf(gateway), AWS_ENDPOINT_URL: gateway.endpoint });
    expect((await uploader(['upload', file, '--to', `s3://${bucket}/app`, '--id', 'clip'])).code).toBe(0);
    const reader = commandLine(join(folder, 'reader'), {});
    const cwd = join(folder, 'reader');
    const address = `${gateway.endpoint}/${bucket}/app`;
    expect(await reader(['inspect', address, 'clip'], { cwd })).toMatchObject({ code: 1, last: { code: 'FORBIDDEN' } });

    const Resource = `arn:aws:s3:::${bucket}/*`;
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource }] };
    await client.putBucketPolicy({ Bucket: bucket, Policy: JSON.stringify(policy) });
    expect(await reader(['inspect', address, 'clip'], { cwd })).toMatchObject({ code: 0, last: { segments: SEGMENTS } });
    expect(await reader(['verify', `${address}/`, 'clip'], { cwd })).toMatchObject({ code: 0, last: { faults: 0, bytes: FILE_BYTES } });
    const out = join(cwd, 'back.mp4');
    expect(await reader(['fetch', address, 'clip', '--out', out], { cwd })).toMatchObject({ code: 0, last: { bytes: FILE_BYTES } });
    expect(sha256Of(out)).toBe(sha256Of(file));
    expect(await reader(['upload', file, '--to', address], { cwd })).toMatchObject({ code: 2, last: { code: 'INVALID_CONFIG' } });
  });
});
