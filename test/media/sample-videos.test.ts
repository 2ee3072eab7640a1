/** The sample videos, as ffprobe 5.1 describes them. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createMediaReader, indexVideo } from '../../src/media/index.js';
import { memoryFile, readerOf, STILL, samplesOf } from './support.js';

const load = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(new URL(`../fixtures/videos/${name}`, import.meta.url)));

const FILES = [
  {
    name: 'landscape.mp4',
    seconds: 8,
    video: { codec: 'avc1.64001f', width: 1280, height: 720, rotationDegrees: 0, frameRate: 30, sampleCount: 240, syncSampleCount: 4 },
    audio: { codec: 'mp4a.40.2', channels: 2, sampleRateHz: 48_000, sampleCount: 376 },
  },
  {
    name: 'reel.mp4',
    seconds: 7,
    video: { codec: 'avc1.64001f', width: 720, height: 1280, rotationDegrees: 0, frameRate: 30, sampleCount: 210, syncSampleCount: 4 },
    audio: { codec: 'mp4a.40.2', channels: 2, sampleRateHz: 44_100, sampleCount: 303 },
  },
  {
    name: 'rotated.mp4',
    seconds: 5.005,
    video: { codec: 'avc1.64001f', width: 960, height: 540, rotationDegrees: 270, frameRate: 30_000 / 1_001, sampleCount: 150 },
    audio: { codec: 'mp4a.40.2', channels: 1, sampleRateHz: 44_100, sampleCount: 217 },
  },
] as const;

describe.each(FILES)('indexVideo on $name', ({ name, seconds, video, audio }) => {
  it('describes its tracks', async () => {
    const index = await indexVideo(readerOf(await load(name)));
    expect(index).toMatchObject({ container: 'mp4', isFragmented: false, isMoovFirst: false, warnings: [] });
    expect(index.durationSeconds).toBeCloseTo(seconds, 2);
    expect(index.tracks).toMatchObject([
      { kind: 'video', ...video },
      { kind: 'audio', ...audio },
    ]);
  });

  it('lists samples that fill the media data without a gap', async () => {
    const bytes = await load(name);
    const reader = readerOf(bytes);
    const index = await indexVideo(reader);
    const all = [...(await samplesOf(reader, index, 0)), ...(await samplesOf(reader, index, 1))].sort((a, b) => a.offset - b.offset);
    let end = all[0]?.offset ?? 0;
    for (const sample of all) {
      expect(sample.offset).toBe(end);
      end += sample.sizeBytes;
    }
    expect(end).toBe(index.moov.start);
    const [first] = await samplesOf(reader, index, 0);
    expect(first).toMatchObject({ pts: 0, isSync: true });
    expect(first?.dts).toBeLessThan(0);
  });

  it('holds moov, the head, and all samples of the first half second in the opening', async () => {
    const reader = readerOf(await load(name));
    const index = await indexVideo(reader);
    const isHeld = (start: number, end: number): boolean => index.opening.some((range) => range.start <= start && end <= range.end);
    expect(isHeld(index.moov.start, index.moov.end)).toBe(true);
    expect(isHeld(0, 48)).toBe(true);
    for (const [at, track] of index.tracks.entries()) {
      const early = (await samplesOf(reader, index, at)).filter((sample) => sample.pts < track.timescale / 2);
      expect(early.length).toBeGreaterThan(10);
      for (const { offset, sizeBytes } of early) expect(isHeld(offset, offset + sizeBytes)).toBe(true);
    }
    const openingBytes = index.opening.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(openingBytes).toBeLessThan(index.sizeBytes / 4);
  });

  it('reads little, whether reads are whole or short', async () => {
    const bytes = await load(name);
    const file = memoryFile(bytes);
    const reader = createMediaReader(file, bytes.length, { clock: STILL });
    const index = await indexVideo(reader);
    const whole = [await samplesOf(reader, index, 0), await samplesOf(reader, index, 1)];
    expect(file.reads.count).toBeLessThanOrEqual(8);
    expect(file.reads.bytes).toBeLessThan(index.moov.end - index.moov.start + 20_000);
    const short = createMediaReader(memoryFile(bytes, 1_000), bytes.length, { clock: STILL });
    expect(await indexVideo(short)).toEqual(index);
    expect([await samplesOf(short, index, 0), await samplesOf(short, index, 1)]).toEqual(whole);
  });
});
