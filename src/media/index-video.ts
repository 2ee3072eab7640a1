/** The index of a media file: what it is, and which of its bytes matter first, by a few small reads. */
import { isReelwayError, ReelwayError } from '../errors/index.js';
import { type Box, findBox, readChildren, readContent, requireBox } from './boxes/box.js';
import { damaged, u8, u32 } from './boxes/fields.js';
import type { MediaReader } from './boxes/media-reader.js';
import { findOpening } from './find-opening.js';
import { readFragmentSamples } from './samples/fragment-samples.js';
import { readSamples } from './samples/read-samples.js';
import { type FileScan, MAX_TRACKS, scanFile } from './scan-file.js';
import { sniffContainer } from './sniff-container.js';
import { readDuration, readTimescale, readTrack } from './tracks/read-track.js';
import type { FragmentDefaults, MediaTrack, MediaWarning, VideoIndex } from './types.js';

/** How {@link indexVideo} works. */
export interface IndexOptions {
  /** Presented seconds that the opening holds, ≥ 0. @default 0.5 */
  readonly openingSeconds?: number;
}

/**
 * Indexes an MP4, MOV or M4A file, wherever its `moov` box lies. Cost and memory do not grow with the duration, but for fragmented
 * files without an index of their own: there one small read for each fragment.
 *
 * @throws {ReelwayError} NOT_SUPPORTED for other containers, with `context.container`; MEDIA_INVALID where the file is damaged so
 * that no track can be read; SOURCE_CHANGED where it became shorter
 */
export async function indexVideo(reader: MediaReader, options: IndexOptions = {}): Promise<VideoIndex> {
  const container = await sniffContainer(reader);
  if (!/^(mp4|mov|m4a)$/.test(container)) {
    throw new ReelwayError('NOT_SUPPORTED', { message: `A ${container} file has no index`, context: { container } });
  }
  const scan = await scanFile(reader);
  const { moov, mdat, firstFragment } = scan;
  const warnings = [...scan.warnings];
  if (moov === undefined) throw damaged(warnings[0]?.message ?? 'There is no moov box', 'moov');
  const tracks = await readMovie(reader, scan, moov, warnings);
  return {
    container,
    sizeBytes: reader.sizeBytes,
    durationSeconds: Math.max(...tracks.map((track) => track.durationSeconds)),
    isFragmented: firstFragment !== undefined,
    moov: { start: moov.start, end: moov.end },
    isMoovFirst: mdat === undefined || moov.start < mdat.start,
    tracks,
    opening: await findOpening(reader, scan, tracks, options.openingSeconds ?? 0.5),
    warnings,
    firstFragment,
  };
}

async function readMovie(reader: MediaReader, scan: FileScan, moov: Box, warnings: MediaWarning[]): Promise<MediaTrack[]> {
  const boxes = await readChildren(reader, moov);
  if (findBox(boxes, 'cmov')) throw new ReelwayError('NOT_SUPPORTED', { message: 'The moov box is compressed' });
  const timescale = readTimescale(await readContent(reader, requireBox(boxes, 'mvhd')));
  const { defaults, seconds } = await readExtends(reader, findBox(boxes, 'mvex'), timescale);
  const tracks: MediaTrack[] = [];
  let firstError: unknown;
  for (const trak of boxes.filter((box) => box.type === 'trak').slice(0, MAX_TRACKS)) {
    try {
      tracks.push(await readTrack(reader, trak, timescale, defaults));
    } catch (error) {
      if (!isReelwayError(error) || error.code !== 'MEDIA_INVALID') throw error;
      firstError ??= error;
      warnings.push({ kind: 'damaged', message: `A track was left out: ${error.message}` });
    }
  }
  if (tracks.length === 0) throw firstError ?? damaged('There is no track', 'trak');
  if (scan.firstFragment === undefined) return tracks;
  for (const [at, track] of tracks.entries()) tracks[at] = await addFragments(reader, scan, tracks, track, seconds);
  return tracks;
}

interface Extends {
  readonly defaults: Map<number, FragmentDefaults>;
  /** By `mehd`, or 0. */
  readonly seconds: number;
}

async function readExtends(reader: MediaReader, mvex: Box | undefined, timescale: number): Promise<Extends> {
  const defaults = new Map<number, FragmentDefaults>();
  let seconds = 0;
  for (const box of mvex ? await readChildren(reader, mvex) : []) {
    const fields = await readContent(reader, box, 24);
    if (box.type === 'mehd') seconds = readDuration(fields, 4, u8(fields, 0) === 1) / timescale;
    if (box.type === 'trex')
      defaults.set(u32(fields, 4), { duration: u32(fields, 12), sizeBytes: u32(fields, 16), flags: u32(fields, 20) });
  }
  return { defaults, seconds };
}

/** What only fragments say: how long a track lasts, and how many frames a second it has. */
async function addFragments(
  reader: MediaReader,
  scan: FileScan,
  tracks: readonly MediaTrack[],
  track: MediaTrack,
  movieSeconds: number,
): Promise<MediaTrack> {
  const start = scan.lastFragments.get(track.id);
  let endTicks = 0;
  if (start !== undefined) {
    const samples = readFragmentSamples(reader, tracks, track, { start, end: start + 1, startTicks: () => 0 });
    for (let batch = await samples.next(); batch; batch = await samples.next()) {
      for (const { pts, duration } of batch) endTicks = Math.max(endTicks, pts + duration);
    }
  }
  const first = (await readSamples(reader, { tracks, firstFragment: scan.firstFragment }, track).next()) ?? [];
  const ticks = first.reduce((sum, { duration }) => sum + duration, 0);
  const endSeconds = endTicks / track.timescale || Math.max(movieSeconds, scan.indexedSeconds);
  const frameRate = track.frameRate ?? ((first.length * track.timescale) / ticks || undefined);
  return { ...track, durationSeconds: Math.max(track.durationSeconds, endSeconds), ...(track.kind === 'video' && { frameRate }) };
}
