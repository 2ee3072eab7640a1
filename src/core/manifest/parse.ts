/** From bytes to a manifest. Whatever the bytes are, the answer is a manifest that holds in every respect, or a typed refusal, soon. */
import * as z from 'zod/mini';
import { ReelwayError } from '../../errors/index.js';
import { MAX_MANIFEST_BYTES, MAX_METADATA_BYTES, MAX_SEGMENTS } from '../limits.js';
import { type CooperativeTask, runToCompletion } from '../text/cooperative-task.js';
import { describeIssue } from '../text/issues.js';
import { asciiJson, latin1DecodeSteps } from '../text/text.js';
import { isVideoId } from '../video/names.js';
import type { VideoMetadata } from '../video/video.js';
import { checkOpening } from './opening.js';
import { readRendition } from './read-rendition.js';
import { type Refuse, refuseManifest } from './refusal.js';
import { parseJson, scanJsonSteps } from './scan.js';
import type { ManifestRendition, VideoManifest } from './types.js';
import { assertRelativeUrl, hasPlaceholder } from './urls.js';
import { FORMAT, manifestSchema, VERSION, type WireHead, type WireManifest } from './wire.js';

/** What a reader knows already. */
export interface ParseOptions {
  /** The video that was asked for. */
  readonly videoId?: string;
}

/**
 * Reads an encoded manifest of any version so far.
 *
 * @throws {ReelwayError} MANIFEST_TOO_LARGE above 8,388,608 bytes, before anything is parsed; MANIFEST_VERSION_UNSUPPORTED;
 * URL_NOT_ALLOWED for an address outside of the manifest's folder; MANIFEST_INVALID with `context.field` for anything else
 * that is wrong; MANIFEST_UNTRUSTED where it describes another video than `options.videoId`
 */
export function parseManifest(bytes: Uint8Array, options: ParseOptions = {}): VideoManifest {
  return runToCompletion(parseManifestSteps(bytes, options));
}

/** {@link parseManifest} in steps, but for JSON.parse, which is one native call. @throws {ReelwayError} as it does */
export function* parseManifestSteps(bytes: Uint8Array, options: ParseOptions = {}): CooperativeTask<VideoManifest> {
  const manifest = yield* readManifest(bytes, refuseManifest);
  if (options.videoId !== undefined && manifest.videoId !== options.videoId) {
    throw new ReelwayError('MANIFEST_UNTRUSTED', {
      message: 'The manifest describes another video than the one that was asked for',
      context: { field: 'videoId', videoId: options.videoId },
    });
  }
  return manifest;
}

/** Reads a manifest; faults are refused as the caller says. */
export function* readManifest(bytes: Uint8Array, refuse: Refuse): CooperativeTask<VideoManifest> {
  assertManifestSize(bytes.length);
  yield* scanJsonSteps(bytes, refuse);
  const text = yield* latin1DecodeSteps(bytes);
  const value = parseJson(text, refuse);
  yield;
  checkVersion(value, refuse);
  const result = z.safeParse(manifestSchema, value);
  if (!result.success) throw refused(result.error.issues, refuse);
  const wire = result.data;
  const { metadata, ...head } = wire;
  if (asciiJson(metadata).length > MAX_METADATA_BYTES) throw refuse('metadata', `is larger than ${MAX_METADATA_BYTES} bytes`);
  checkHead(head, refuse);
  yield;
  const [first, ...others] = yield* readRenditions(wire, refuse);
  const manifest: VideoManifest = {
    version: VERSION,
    videoId: wire.videoId,
    uploadId: wire.uploadId,
    layout: wire.layout,
    createdMs: wire.createdMs,
    source: wire.source,
    opening: wire.opening.map(({ rendition, ranges }) => ({
      renditionId: rendition,
      ranges: ranges.map(([start, end]) => ({ start, end })),
    })),
    metadata: metadata as VideoMetadata,
    ...(wire.playlist === undefined ? {} : { playlist: assertRelativeUrl(wire.playlist, 'playlist') }),
    renditions: [first as ManifestRendition, ...others],
    durationSeconds: durationOf(first as ManifestRendition, metadata.durationSeconds),
    sizeBytes: (first as ManifestRendition).sizeBytes,
    segmentCount: (first as ManifestRendition).segmentCount,
  };
  checkLayout(manifest, refuse);
  checkOpening(wire.opening, manifest, refuse);
  return manifest;
}

/** @throws {ReelwayError} MANIFEST_TOO_LARGE */
export function assertManifestSize(sizeBytes: number): void {
  if (sizeBytes <= MAX_MANIFEST_BYTES) return;
  throw new ReelwayError('MANIFEST_TOO_LARGE', {
    message: `A manifest has at most ${MAX_MANIFEST_BYTES} bytes, not ${sizeBytes}`,
    context: { sizeBytes, maxBytes: MAX_MANIFEST_BYTES },
  });
}

/** Looks at the version before anything else, since a newer one may differ in all of it. */
export function checkVersion(value: unknown, refuse: Refuse): void {
  const { format, version } = (value ?? {}) as { readonly format?: unknown; readonly version?: unknown };
  if (format !== FORMAT) throw refuse('format', `is not "${FORMAT}"`);
  if (!Number.isSafeInteger(version) || (version as number) < 1) throw refuse('version', 'is not a whole number from 1');
  if ((version as number) <= VERSION) return;
  throw new ReelwayError('MANIFEST_VERSION_UNSUPPORTED', {
    message: `The manifest has version ${String(version)}; this release reads up to ${VERSION}`,
    context: { field: 'version', version: version as number },
  });
}

/** What the schema found. */
export function refused(issues: Parameters<typeof describeIssue>[0], refuse: Refuse): ReelwayError {
  const { field, problem } = describeIssue(issues);
  return refuse(field, problem);
}

/** What the schema cannot say of the first keys. */
export function checkHead(head: Pick<WireHead, 'videoId'>, refuse: Refuse): void {
  if (!isVideoId(head.videoId)) throw refuse('videoId', 'cannot name a video');
}

function* readRenditions(wire: WireManifest, refuse: Refuse): CooperativeTask<ManifestRendition[]> {
  const ids = new Set(wire.renditions.map(({ id }) => id));
  if (ids.size !== wire.renditions.length) throw refuse('renditions', 'have one id twice');
  // Counted before any column is decoded.
  let segments = 0;
  for (const { segmentCount } of wire.renditions) segments += segmentCount;
  if (segments > MAX_SEGMENTS) throw refuse('renditions', `have ${segments} segments; at most ${MAX_SEGMENTS} are possible`);
  const renditions: ManifestRendition[] = [];
  for (const rendition of wire.renditions) renditions.push(yield* readRendition(rendition, `renditions.${renditions.length}`, refuse));
  return renditions;
}

function durationOf(rendition: ManifestRendition, given: number | undefined): number {
  const { times } = rendition;
  return times === undefined ? (given ?? 0) : times.end / times.timescale;
}

/** What each layout promises beyond the format. */
function checkLayout(manifest: VideoManifest, refuse: Refuse): void {
  const { layout, renditions, source } = manifest;
  const [first] = renditions;
  if (layout === 'raw') {
    if (renditions.length > 1) throw refuse('renditions', 'of the raw layout are one');
    if (first.sizeBytes !== source.sizeBytes) throw refuse('renditions.0.sizeBytes', 'is not the size of the source');
  }
  renditions.forEach((rendition, index) => {
    const isOneBlob = !hasPlaceholder(rendition.urlTemplate);
    const field = `renditions.${index}.urlTemplate`;
    if (layout === 'object' && !isOneBlob) throw refuse(field, 'of the object layout is one blob, without {n}');
    if (layout === 'raw' && isOneBlob) throw refuse(field, 'of the raw layout has {n}');
  });
}
