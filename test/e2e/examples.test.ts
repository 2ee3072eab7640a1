/** The programs that the README shows, run as they are: there and back, byte for byte. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runNode } from './kit/cli.js';
import { makeTemp, removeTemp } from './kit/files.js';

const VIDEO = 'test/fixtures/videos/reel.mp4';
let directory = '';

beforeAll(() => {
  directory = makeTemp('examples');
});
afterAll(() => removeTemp(directory));

it('upload.mjs and feed.mjs bring a video there and back', async () => {
  const bucket = join(directory, 'bucket');
  const sent = await runNode('examples/node-upload/upload.mjs', [VIDEO, bucket, join(directory, 'state')]);
  expect(sent.stderr).toBe('');
  expect(sent.code).toBe(0);
  expect(sent.stdout.match(/^posted /gm)).toHaveLength(1);
  const videoId = /^(\w+): \d+ segments/m.exec(sent.stdout)?.[1] ?? '';
  expect(readdirSync(bucket)).toContain(videoId);
  const back = join(directory, 'back.mp4');
  const fetched = await runNode('examples/node-upload/feed.mjs', [bucket, videoId, join(directory, 'device'), back]);
  expect(fetched.stderr).toBe('');
  expect(fetched.code).toBe(0);
  expect(fetched.stdout).toContain('the first 65536 bytes of Sunset');
  expect(readFileSync(back).equals(readFileSync(VIDEO))).toBe(true);
});
