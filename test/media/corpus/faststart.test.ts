/** The view with moov in front, and the figures of a large file, judged by ffprobe. */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faststartView, indexVideo } from '../../../src/media/index.js';
import { samplesOf } from '../support.js';
import { openFile } from './open-file.js';

const run = promisify(execFile);
/** The size of the video in the project's figures. */
const BIG_BYTES = 114_381_456;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelway-faststart-'));
  await makeBig();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** 8 Mbit/s, two seconds a GOP, moov last, padded by a `free` box between `mdat` and `moov`. */
async function makeBig(): Promise<void> {
  const ffmpeg = (...args: string[]): Promise<unknown> => run('ffmpeg', ['-v', 'error', '-y', ...args], { cwd: directory });
  const video = '-c:v libx264 -preset ultrafast -bf 2 -g 60 -b:v 8M -minrate 8M -maxrate 8M -bufsize 8M -x264-params nal-hrd=cbr';
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
  await ffmpeg(...inputs, '-t', '10', ...video.split(' '), '-c:a', 'aac', '-b:a', '128k', 'base.mp4');
  await ffmpeg('-stream_loop', '10', '-i', 'base.mp4', '-c', 'copy', 'short.mp4');
  const { reader, close } = await openFile(join(directory, 'short.mp4'));
  const { moov, sizeBytes } = await indexVideo(reader);
  const target = await open(join(directory, 'big.mp4'), 'w');
  const padding = BIG_BYTES - sizeBytes;
  expect(padding).toBeGreaterThan(8);
  await copy({ start: 0, end: moov.start }, 0);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(padding);
  header.write('free', 4);
  await target.write(header, 0, 8, moov.start);
  await copy({ start: moov.start, end: sizeBytes }, padding);
  await target.close();
  await close();

  async function copy({ start, end }: { start: number; end: number }, by: number): Promise<void> {
    const buffer = new Uint8Array(524_288);
    for (let at = start; at < end; at += buffer.length) {
      const piece = buffer.subarray(0, Math.min(buffer.length, end - at));
      await reader.fill(piece, at);
      await target.write(piece, 0, piece.length, at + by);
    }
  }
}

async function packetsOf(name: string): Promise<string> {
  const entries = 'packet=stream_index,pts,dts,duration,size,flags,data_hash';
  const args = ['-v', 'error', '-of', 'compact', '-show_packets', '-show_data_hash', 'md5', '-show_entries', entries, name];
  return (await run('ffprobe', args, { cwd: directory, maxBuffer: 2 ** 28 })).stdout;
}

describe('a file of 114,381,456 bytes with moov last', () => {
  it('is indexed in at most 80 reads and 160 KB, all samples included', async () => {
    const { reader, reads, close } = await openFile(join(directory, 'big.mp4'));
    expect(reader.sizeBytes).toBe(BIG_BYTES);
    const index = await indexVideo(reader);
    const indexed = { ...reads };
    let count = 0;
    for (const at of index.tracks.keys()) count += (await samplesOf(reader, index, at)).length;
    const moovBytes = index.moov.end - index.moov.start;
    console.log(`moov ${moovBytes} bytes, ${count} samples; index ${JSON.stringify(indexed)}, with all samples ${JSON.stringify(reads)}`);
    expect(count).toBeGreaterThan(8_000);
    expect(reads.count).toBeLessThanOrEqual(80);
    expect(reads.bytes).toBeLessThanOrEqual(160_000);
    await close();
  });

  it('has a view with moov in front, in which every packet is equal', async () => {
    const { reader, close } = await openFile(join(directory, 'big.mp4'));
    const view = await faststartView(reader, await indexVideo(reader));
    const target = await open(join(directory, 'view.mp4'), 'w');
    const buffer = new Uint8Array(524_288);
    const index = view?.readIndex();
    for (let length = await index?.fill(buffer); length; length = await index?.fill(buffer)) await target.write(buffer, 0, length);
    for (const { start, end } of view?.rest ?? []) {
      for (let at = start; at < end; at += buffer.length) {
        const piece = buffer.subarray(0, Math.min(buffer.length, end - at));
        await reader.fill(piece, at);
        await target.write(piece);
      }
    }
    await target.close();
    await close();
    expect((await stat(join(directory, 'view.mp4'))).size).toBe(view?.sizeBytes);
    const [seen, expected] = [await packetsOf('view.mp4'), await packetsOf('big.mp4')];
    expect(expected.length).toBeGreaterThan(100_000);
    expect(seen === expected).toBe(true);
    const { reader: moved, close: closeView } = await openFile(join(directory, 'view.mp4'));
    expect(await indexVideo(moved)).toMatchObject({ isMoovFirst: true, warnings: [] });
    await closeView();
  });
});
