/** The index of every file of the corpus is what ffprobe says: tracks, and each packet of them. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../../../adapters/node/index.js';
import { createMediaReader, indexVideo, type MediaSample, type MediaTrack, sniffContainer } from '../../../src/media/index.js';
import { samplesOf } from '../support.js';
import { INDEXED, makeCorpus } from './corpus.js';
import { type Packet, probe, type Stream } from './ffprobe.js';
import { openFile } from './open-file.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelway-media-'));
  await makeCorpus(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Kinds by ffprobe's types, where the words differ. */
const KINDS: { readonly [type: string]: string | undefined } = { subtitle: 'text', data: 'timecode' };

/** First parts of codec strings by ffprobe's names. */
const CODECS: { readonly [name: string]: RegExp } = {
  h264: /^avc[13]\.[0-9a-f]{6}$/,
  hevc: /^h(vc|ev)1\.[12]\.[46]\.L\d+(\.[0-9A-F]+)*$/,
  vp9: /^vp09\.00\.\d\d\.08$/,
  av1: /^av01\.0\.\d\dM\.08$/,
  mpeg4: /^mp4v\.20\.\d+$/,
  mjpeg: /^jpeg$/,
  prores: /^apc/,
  aac: /^mp4a\.40\.2$/,
  mp3: /^mp4a\.6B$/,
  opus: /^Opus$/,
  ac3: /^ac-3$/,
  eac3: /^ec-3$/,
  alac: /^alac$/,
  flac: /^fLaC$/,
  pcm_s16le: /^sowt$/,
  pcm_s24le: /^in24$/,
  mov_text: /^tx3g$/,
};

function expectTrack(track: MediaTrack, stream: Stream): void {
  const { type, timescale } = stream;
  expect(track.timescale).toBe(Math.round(timescale));
  expect(track.language ?? 'und').toBe(stream.language ?? 'und');
  expect(track.kind).toBe(KINDS[type] ?? type);
  expect(track.codec).toMatch(CODECS[stream.codec] ?? /^tmcd$/);
  if (type === 'video') {
    expect(track).toMatchObject({ width: stream.width, height: stream.height, rotationDegrees: stream.rotationDegrees, isMirrored: false });
    expect(track.frameRate).toBeCloseTo(stream.frameRate, 2);
    expect(track.color?.transfer === 16).toBe(stream.transfer === 'smpte2084');
  }
  // Of these, ffmpeg writes 2 for every number of channels, and ffprobe decodes a frame.
  const channels = /^(mp3|e?ac3)$/.test(stream.codec) ? 2 : stream.channels;
  if (type === 'audio') expect(track).toMatchObject({ channels, sampleRateHz: stream.sampleRateHz });
}

/** What is compared of a sample and of a packet. */
function rowOf({ dts, pts, sizeBytes }: MediaSample | Packet, offset: number, isSync: boolean): string {
  return JSON.stringify({ offset, sizeBytes, dts, pts, isSync });
}

/** A file in which ffmpeg states durations of 0 for audio; ffprobe then prints what a frame of AAC lasts. */
const WITHOUT_DURATIONS = 'fragmented-each-frame.mp4';

function expectPackets(samples: readonly MediaSample[], packets: readonly Packet[], name: string): void {
  expect(samples.map((sample) => rowOf(sample, sample.offset, sample.isSync))).toEqual(
    packets.map((packet) => rowOf(packet, packet.position, packet.isKey)),
  );
  // A duration is what ffprobe prints or the distance to the next packet: ffprobe guesses by the frame rate where packets are
  // reordered, and cuts the last one by the edit list; and times of fragments may leave gaps.
  const wrong = samples.slice(0, -1).filter(({ duration, dts }, at) => {
    if (name === WITHOUT_DURATIONS && duration === 0) return false;
    return duration !== packets[at]?.duration && duration !== (packets[at + 1]?.dts ?? 0) - dts;
  });
  expect(wrong).toEqual([]);
}

describe('the index', () => {
  it.each(INDEXED)('of %s is what ffprobe says', async (name) => {
    const { reader, close } = await openFile(join(directory, name));
    const index = await indexVideo(reader);
    const judge = await probe(join(directory, name));
    expect(index.warnings).toEqual([]);
    expect(index.tracks.map(({ id }) => id)).toEqual(judge.streams.map(({ id }) => id));
    expect(Math.abs(index.durationSeconds - judge.durationSeconds)).toBeLessThan(0.07);
    for (const [at, track] of index.tracks.entries()) {
      const stream = judge.streams[at] as Stream;
      expectTrack(track, stream);
      const samples = await samplesOf(reader, index, at);
      // ffprobe leaves out the caption that ends a track: it begins where the edit list ends.
      expectPackets(track.kind === 'text' ? samples.slice(0, -1) : samples, stream.packets, name);
    }
    await close();
  });

  it.each(INDEXED)('of %s has an opening from which ffprobe reads the first packets', async (name) => {
    const { reader, close } = await openFile(join(directory, name));
    const { opening, tracks, moov } = await indexVideo(reader);
    const { streams } = await probe(join(directory, name));
    expect(opening.length).toBeLessThanOrEqual(3);
    const isHeld = (start: number, end: number): boolean => opening.some((range) => range.start <= start && end <= range.end);
    expect(isHeld(moov.start, moov.end)).toBe(true);
    for (const { id, type, timescale, packets } of streams) {
      if (type !== 'video' && type !== 'audio') continue;
      const early = packets.filter(({ pts }, at) => at === 0 || pts < timescale / 2);
      expect(tracks.some((track) => track.id === id)).toBe(true);
      expect(early.filter(({ position, sizeBytes }) => !isHeld(position, position + sizeBytes))).toEqual([]);
    }
    await close();
  });

  it('reads a large file in few small reads, wherever its moov box lies', async () => {
    for (const name of ['sparse-5-gib.mp4', 'key-frames-4k.mp4', 'phone.mp4', 'moov-first.mp4']) {
      const { reader, reads, close } = await openFile(join(directory, name));
      const index = await indexVideo(reader);
      for (const at of index.tracks.keys()) await samplesOf(reader, index, at);
      expect(reads.largestBytes).toBeLessThanOrEqual(16_384);
      expect(reads.count).toBeLessThan(12);
      await close();
    }
  });
});

describe('other containers', () => {
  it.each([
    ['webm.webm', 'webm'],
    ['matroska.mkv', 'matroska'],
    ['stream.ts', 'mpeg-ts'],
    ['old.avi', 'avi'],
    ['sound.ogg', 'ogg'],
    ['sound.mp3', 'mp3'],
    ['sound-no-tag.mp3', 'mp3'],
    ['sound.wav', 'wav'],
    ['sound.flac', 'flac'],
    ['sound.aac', 'aac'],
    ['flash.flv', 'flv'],
    ['windows.wmv', 'asf'],
    ['program.mpg', 'mpeg-ps'],
    ['captions.srt', 'unknown'],
  ])('%s is %s', async (name, container) => {
    const file = await nodeFileSystem().open(join(directory, name));
    const { size } = await stat(join(directory, name));
    expect(await sniffContainer(createMediaReader(file, size))).toBe(container);
    await file.close();
  });
});
