/** The last act: the two files compared, and what happened in one table. Everything that should hold is a row with its sign. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { grouped, mebibytes, megabytes, seconds } from './screen.mjs';

const BUFFER_BOUND_BYTES = 3 * 524_288;

/** Draws the table; resolves with whether all of it held. */
export async function tableAct(screen, job, upload, fetched) {
  const [before, after, bucket, posts] = await Promise.all([sha256(job.file), sha256(job.output), filesOf(job.bucket), postsOf(job.posts)]);
  const { size: backBytes } = await stat(job.output);
  const kills = upload.kills + fetched.kills;
  // A small video is there before much can go wrong.
  const isSmall = job.segments < 24;
  const wantedKills = isSmall ? 0 : 3;
  const peakBufferBytes = Math.max(upload.sums.peakBufferBytes, fetched.sums.peakBufferBytes);
  const peakRssBytes = Math.max(upload.sums.peakRssBytes, fetched.sums.peakRssBytes);
  const rows = [
    [
      before === after && backBytes === job.sizeBytes,
      'bytes equal',
      `${grouped(backBytes)} back of ${grouped(job.sizeBytes)}, SHA-256 ${before.slice(0, 12)}…`,
    ],
    [
      bucket.segments === job.segments && bucket.manifests === 1,
      'in the bucket',
      `${bucket.segments} segments of at most 512 KiB, ${bucket.manifests} manifest`,
    ],
    [new Set(posts).size === 1, 'published', `once, by key ${posts[0]?.slice(0, 24)}…`],
    [kills === wantedKills, 'kills survived', `${upload.kills} in the upload, ${fetched.kills} in the fetch`],
    [
      isSmall || upload.sums.retries + fetched.sums.retries > 0,
      'attempts repeated',
      `${upload.sums.retries} up, ${fetched.sums.retries} down, none by hand`,
    ],
    [true, 'outage', `${seconds(upload.offlineMs)} without a network in the upload, 1 s in the fetch`],
    [true, 'bytes sent again', `${megabytes(upload.sums.bytesResent)} of ${megabytes(upload.sums.bytesSent)}`],
    [
      upload.sums.journalBytes <= job.sizeBytes / 100,
      'journal',
      `${((100 * upload.sums.journalBytes) / job.sizeBytes).toFixed(3)} % of the video's bytes`,
    ],
    [
      peakBufferBytes <= BUFFER_BOUND_BYTES,
      'buffers at most',
      `${mebibytes(peakBufferBytes)}; the largest process ${megabytes(peakRssBytes)}`,
    ],
    [fetched.readyMs !== undefined, 'ready to play', `after ${seconds(fetched.readyMs ?? 0)}; the end of the file before its middle`],
    [true, 'time', `${seconds(upload.wallMs)} up, ${seconds(fetched.wallMs)} back`],
  ];
  screen.say(screen.paint('bold', 'What happened'));
  for (const [held, name, words] of rows) {
    screen.say(`  ${held ? screen.paint('green', '✓') : screen.paint('red', '✗')} ${name.padEnd(19)} ${words}`);
  }
  const held = rows.every(([each]) => each);
  screen.say();
  screen.say(held ? screen.paint('green', 'All of it held.') : screen.paint('red', 'Not all of it held.'));
  return held;
}

async function sha256(path) {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 524_288 })) hash.update(piece);
  return hash.digest('hex');
}

async function filesOf(bucket) {
  const names = (await readdir(bucket, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  return {
    manifests: names.filter((name) => /manifest.*\.json$/.test(name)).length,
    segments: names.filter((name) => /^\d+\D*$/.test(name)).length,
  };
}

async function postsOf(path) {
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
}
