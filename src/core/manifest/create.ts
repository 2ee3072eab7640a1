/** From what an upload knows to a manifest: segments are walked once and packed as they come. */
import { type ByteRange, mergeRanges } from '../segments/byte-range.js';
import { type CooperativeTask, runToCompletion } from '../text/cooperative-task.js';
import { parseMetadata } from '../video/metadata.js';
import type { Layout, VideoMetadata } from '../video/video.js';
import { encodeManifestSteps } from './encode.js';
import { coalesce } from './opening.js';
import { packSegments, type SegmentDraft } from './pack.js';
import { readManifest } from './parse.js';
import { defined } from './read-rendition.js';
import { refuseDraft } from './refusal.js';
import type { InitSegment, ManifestRendition, ManifestSource, VideoManifest } from './types.js';

/** Ticks a second where the draft names none: exact for 24, 25, 30, 50, 60 and 29.97 pictures a second. */
const TIMESCALE = 90_000;

/** One rendition of a draft. */
export interface RenditionDraft {
  /** 1 to 64 of `[A-Za-z0-9_-]`. @default main */
  readonly id?: string;
  /** Bits a second at its peak, ≥ 1. */
  readonly bandwidth?: number;
  /** Pixels, ≥ 1. */
  readonly width?: number;
  /** Pixels, ≥ 1. */
  readonly height?: number;
  /** As in RFC 6381. */
  readonly codecs?: string;
  /** Relative to the manifest's folder, with `{n}`; without it all segments are ranges of that one blob. */
  readonly urlTemplate: string;
  /** Where the first segment starts in the one blob, in bytes. @default 0 */
  readonly firstByte?: number;
  /** Its playlist, relative to the manifest's folder. */
  readonly playlist?: string;
  readonly init?: InitSegment;
  /** Ticks a second in which times are kept, 1 to 1,000,000,000. @default 90,000 */
  readonly timescale?: number;
  /** Ranges of the rendition that a player needs for its first frame, in any order; more than 16 are coalesced. @default none */
  readonly opening?: readonly ByteRange[];
  /** In order; walked once. */
  readonly segments: Iterable<SegmentDraft>;
}

/** What a manifest is made from. */
export interface ManifestDraft {
  readonly videoId: string;
  /** 1 to 64 of `[A-Za-z0-9_-]`. */
  readonly uploadId: string;
  readonly layout: Layout;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly source: ManifestSource;
  readonly metadata: VideoMetadata;
  /** The playlist over all renditions, relative to the manifest's folder. */
  readonly playlist?: string;
  /** 1 to 32, the default one first; together at most 65,536 segments. */
  readonly renditions: readonly RenditionDraft[];
}

/**
 * Makes a manifest, checked as one that is read back.
 *
 * @throws {ReelwayError} INVALID_CONFIG with `context.field`; URL_NOT_ALLOWED; MANIFEST_TOO_LARGE above 8,388,608 bytes
 */
export function createManifest(draft: ManifestDraft): VideoManifest {
  return runToCompletion(createManifestSteps(draft));
}

/** {@link createManifest} in steps. @throws {ReelwayError} as it does */
export function* createManifestSteps(draft: ManifestDraft): CooperativeTask<VideoManifest> {
  const { videoId, uploadId, layout, createdMs, source, playlist } = draft;
  const packed: ManifestRendition[] = [];
  for (const rendition of draft.renditions) packed.push(yield* packRendition(rendition, `renditions.${packed.length}`));
  const [first, ...others] = packed;
  if (first === undefined) throw refuseDraft('renditions', 'are none');
  const encoded = yield* encodeManifestSteps({
    videoId,
    uploadId,
    layout,
    createdMs,
    source,
    opening: draft.renditions.map((rendition, index) => ({
      renditionId: (packed[index] as ManifestRendition).id,
      ranges: openingOf(rendition.opening ?? [], `renditions.${index}.opening`),
    })),
    metadata: parseMetadata(draft.metadata),
    ...defined({ playlist }),
    renditions: [first, ...others],
  });
  // Read back, so that what is written can be read, by construction.
  return yield* readManifest(encoded, refuseDraft);
}

function openingOf(ranges: readonly ByteRange[], field: string): readonly ByteRange[] {
  try {
    return coalesce(mergeRanges(ranges));
  } catch {
    throw refuseDraft(field, 'must be a list of byte ranges');
  }
}

function* packRendition(draft: RenditionDraft, field: string): CooperativeTask<ManifestRendition> {
  const { id = 'main', bandwidth, width, height, codecs, urlTemplate, firstByte = 0, playlist, init, timescale = TIMESCALE } = draft;
  const { segmentCount, sizeBytes, sizes, times, sync, hashes } = yield* packSegments(draft.segments, timescale, `${field}.segments`);
  return {
    id,
    ...defined({ bandwidth, width, height, codecs }),
    urlTemplate,
    firstByte,
    ...defined({ playlist, init }),
    segmentCount,
    sizeBytes,
    sizes,
    ...defined({ times, sync }),
    hashes,
  };
}
