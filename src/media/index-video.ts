/** The index of a media file: what it is, and which of its bytes matter first, by a few small reads. */
import { isReelwayError, ReelwayError } from '../errors/index.js';
import { type Box, findBox, readChildren, readContent } from './boxes.js';
import { damaged } from './fields.js';
import { findOpening } from './find-opening.js';
import { readFragmentSamples } from './fragment-samples.js';
import type { MediaReader } from './media-reader.js';
import { readSamples } from './read-samples.js';
import { type MovieFacts, readDuration, readTrack } from './read-track.js';
import { type FileScan, MAX_TRACKS, scanFile } from './scan-file.js';
import { sniffContainer } from './sniff-container.js';
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
  const { openingSeconds = 0.5 } = options;
  const container = await sniffContainer(reader);
  if (container !== 'mp4' && container !== 'mov' && container !== 'm4a') {
    throw new ReelwayError('NOT_SUPPORTED', { message: `A file of kind ${container} has no index that is read here`, context: { container } });
  }
  const scan = await scanFile(reader);
  const warnings = [...scan.warnings];
  const { tracks, movieSeconds } = await readMovie(reader, scan, warnings);
  const { moov, mdat, firstFragment } = scan;
  const timed = firstFragment === undefined ? tracks : await addFragments(reader, scan, firstFragment, tracks, movieSeconds);
  const opening = await findOpening(reader, scan, timed, openingSeconds);
  return {
    container,
    sizeBytes: reader.sizeBytes,
    durationSeconds: Math.max(...timed.map((track) => track.durationSeconds)),
    isFragmented: firstFragment !== undefined,
    moov: { start: moov.start, end: moov.end },
    isMoovFirst: mdat === undefined || moov.start < mdat.start,
    tracks: timed,
    opening,
    warnings,
    ...(firstFragment !== undefined && { firstFragment }),
  };
}

interface Movie {
  readonly tracks: MediaTrack[];
  /** By `mehd`, or 0. */
  readonly movieSeconds: number;
}

async function readMovie(reader: MediaReader, { moov }: FileScan, warnings: MediaWarning[]): Promise<Movie> {
  const boxes = await readChildren(reader, moov);
  if (findBox(boxes, 'cmov')) throw new ReelwayError('NOT_SUPPORTED', { message: 'The moov box is compressed', context: { field: 'cmov' } });
  const timescale = await readMovieTimescale(reader, boxes);
  const { defaults, fragmentTicks } = await readExtends(reader, findBox(boxes, 'mvex'));
  const tracks: MediaTrack[] = [];
  let firstError: unknown;
  for (const trak of boxes.filter((box) => box.type === 'trak').slice(0, MAX_TRACKS)) {
    try {
      tracks.push(await readTrack(reader, trak, { timescale, defaults }));
    } catch (error) {
      if (!isReelwayError(error) || error.code !== 'MEDIA_INVALID') throw error;
      firstError ??= error;
      warnings.push({ kind: 'damaged', message: `A track was left out: ${error.message}` });
    }
  }
  if (tracks.length === 0) throw firstError ?? damaged('There is no track', 'trak');
  return { tracks, movieSeconds: fragmentTicks / timescale };
}

async function readMovieTimescale(reader: MediaReader, boxes: readonly Box[]): Promise<number> {
  const box = findBox(boxes, 'mvhd');
  if (box === undefined) throw damaged('There is no mvhd box', 'mvhd');
  const fields = await readContent(reader, box);
  const timescale = fields.u32(fields.u8(0) === 1 ? 20 : 12);
  if (timescale === 0) throw damaged('The timescale is 0', 'mvhd');
  return timescale;
}

async function readExtends(reader: MediaReader, mvex: Box | undefined): Promise<Pick<MovieFacts, 'defaults'> & { fragmentTicks: number }> {
  const defaults = new Map<number, FragmentDefaults>();
  let fragmentTicks = 0;
  for (const box of mvex ? await readChildren(reader, mvex) : []) {
    const fields = box.type === 'trex' || box.type === 'mehd' ? await readContent(reader, box, 24) : undefined;
    if (fields && box.type === 'mehd') fragmentTicks = readDuration(fields, 4, fields.u8(0) === 1);
    else if (fields) defaults.set(fields.u32(4), { duration: fields.u32(12), sizeBytes: fields.u32(16), flags: fields.u32(20) });
  }
  return { defaults, fragmentTicks };
}

/** What only fragments say: how long a track lasts, and how many frames a second it has. */
async function addFragments(
  reader: MediaReader,
  scan: FileScan,
  firstFragment: number,
  tracks: readonly MediaTrack[],
  movieSeconds: number,
): Promise<MediaTrack[]> {
  const index = { tracks, firstFragment, sizeBytes: reader.sizeBytes };
  const known = Math.max(movieSeconds, scan.indexedSeconds);
  const result: MediaTrack[] = [];
  for (const track of tracks) {
    const end = known || (await endOfFragments(reader, scan, index, track));
    const durationSeconds = Math.max(track.durationSeconds, end);
    const frameRate = track.frameRate ?? (track.kind === 'video' ? await firstFrameRate(reader, index, track) : 0);
    result.push({ ...track, durationSeconds, ...(frameRate > 0 && { frameRate }) });
  }
  return result;
}

type SampleIndex = Parameters<typeof readSamples>[1] & { readonly firstFragment: number };

async function endOfFragments(reader: MediaReader, scan: FileScan, index: SampleIndex, track: MediaTrack): Promise<number> {
  const start = scan.lastFragments.get(track.id);
  if (start === undefined) return 0;
  const range = { tracks: index.tracks, start, end: start + 1, startTicks: () => 0 };
  const samples = readFragmentSamples(reader, track, range);
  let ticks = 0;
  for (let batch = await samples.next(); batch !== undefined; batch = await samples.next()) {
    for (const { pts, duration } of batch) ticks = Math.max(ticks, pts + duration);
  }
  return ticks / track.timescale;
}

async function firstFrameRate(reader: MediaReader, index: SampleIndex, track: MediaTrack): Promise<number> {
  const batch = (await readSamples(reader, index, track).next()) ?? [];
  const ticks = batch.reduce((sum, sample) => sum + sample.duration, 0);
  return ticks > 0 ? (batch.length * track.timescale) / ticks : 0;
}
