/**
 * The whole way of one video, on a machine that has only Node: into a bucket over a bad link, through killed processes, and
 * back again, byte for byte.
 *
 *   npm run demo                        waits for a key between the acts
 *   npm run demo -- --once              does not
 *   npm run demo -- path/to/own.mp4     takes your own video
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchAct } from './act-fetch.mjs';
import { tableAct } from './act-table.mjs';
import { uploadAct } from './act-upload.mjs';
import { padVideo } from './padding.mjs';
import { createScreen, grouped } from './screen.mjs';

const SAMPLE = fileURLToPath(new URL('../../test/fixtures/videos/landscape.mp4', import.meta.url));
const PADDED_BYTES = 114_381_456;

/** Seconds that the link needs for the whole video, if nothing went wrong. */
const UPLOAD_SECONDS = 7;
const FETCH_SECONDS = 5;

async function main() {
  const { values, positionals } = parseArgs({ options: { once: { type: 'boolean', default: false } }, allowPositionals: true });
  const screen = createScreen(process.stdout);
  const wait = values.once || process.stdin.isTTY !== true ? () => Promise.resolve() : keyPress;
  const directory = await mkdtemp(join(tmpdir(), 'reelway-demo-'));
  try {
    const file = positionals[0] ?? (await prepareSample(screen, directory));
    return await acts({ screen, wait, directory, file });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function acts({ screen, wait, directory, file }) {
  const { size } = await stat(file);
  const job = {
    file,
    sizeBytes: size,
    segments: Math.ceil(size / 524_288),
    videoId: 'demo-video',
    bucket: join(directory, 'bucket'),
    state: join(directory, 'state'),
    posts: join(directory, 'posts.txt'),
    cache: join(directory, 'cache'),
    output: join(directory, `back-${basename(file)}`),
    uploadBytesPerSecond: Math.max(size / UPLOAD_SECONDS, 262_144),
    fetchBytesPerSecond: Math.max(size / FETCH_SECONDS, 262_144),
  };
  screen.say();
  screen.say(screen.paint('bold', `Reelway: ${basename(file)}, ${grouped(size)} bytes, there and back`));
  screen.say(`A link of ${(job.uploadBytesPerSecond / 1e6).toFixed(1)} MB/s with 30 ms latency, 503s, cut and lost answers, an outage;`);
  screen.say('and the processes that carry it are killed on the way. The bucket is a directory.');
  screen.say();
  await wait(screen, 'upload');
  const upload = await uploadAct(screen, job);
  await wait(screen, 'fetch it back');
  const fetched = await fetchAct(screen, job);
  return tableAct(screen, job, upload, fetched);
}

async function prepareSample(screen, directory) {
  const file = join(directory, 'video.mp4');
  screen.say(screen.paint('dim', `Making a valid MP4 of ${grouped(PADDED_BYTES)} bytes out of the sample …`));
  await padVideo(SAMPLE, file, PADDED_BYTES);
  return file;
}

function keyPress(screen, what) {
  screen.draw([screen.paint('cyan', `Press any key to ${what}, Ctrl-C to leave.`)]);
  process.stdin.setRawMode(true);
  process.stdin.resume();
  return new Promise((resolve) => {
    process.stdin.once('data', (key) => {
      process.stdin.setRawMode(false);
      process.stdin.pause();
      screen.clear();
      if (key[0] === 3) process.kill(process.pid, 'SIGINT');
      else resolve();
    });
  });
}

// Ctrl-C leaves by way of `finally`'s work done here, since the event loop is not unwound by it.
process.on('SIGINT', () => process.exit(130));

main().then(
  (held) => {
    process.exitCode = held ? 0 : 1;
  },
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
