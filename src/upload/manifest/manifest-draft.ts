/** Describes a package as the draft of a manifest. */
import {
  type CooperativeTask,
  createManifestSteps,
  guessContentType,
  type Hashes,
  type InitSegment,
  type ManifestDraft,
  type RenditionDraft,
  type SegmentDraft,
  type VideoManifest,
} from '../../core/index.js';
import type { Package } from '../../ports/index.js';
import type { PreparedUpload } from '../segments/prepared-upload.js';
import type { SegmentAddress } from '../segments/segment-target.js';

/** The part of a draft that the package knows. */
export type PackagedDraft = Pick<ManifestDraft, 'renditions' | 'playlist'>;

/** Describes what the store has; `hashOf` an object by its index in the package. */
export function* describeVideo(
  prepared: Pick<PreparedUpload, 'upload' | 'pack'>,
  address: SegmentAddress,
  hashOf: (index: number) => string = (index) => prepared.upload.journal.acks.hashAt(index),
): CooperativeTask<VideoManifest> {
  const { record } = prepared.upload;
  const { algorithm } = record.plan;
  const draft = yield* describeRendition(prepared, address, (index) => ({ [algorithm]: hashOf(index) }));
  return yield* createManifestSteps({
    videoId: record.videoId,
    uploadId: record.id,
    layout: record.plan.layout,
    createdMs: record.createdMs,
    source: {
      sizeBytes: record.source.sizeBytes,
      contentType: record.metadata.contentType ?? guessContentType(record.source.path.path),
    },
    metadata: record.metadata,
    ...draft,
  });
}

/** One rendition of all segments in order; `hashesOf` an object by its index in the package. */
export function* describeRendition(
  prepared: Pick<PreparedUpload, 'upload' | 'pack'>,
  address: SegmentAddress,
  hashesOf: (index: number) => Hashes,
): CooperativeTask<PackagedDraft> {
  const { pack } = prepared;
  const folder = prepared.upload.record.id;
  const extras = yield* extrasOf(pack, folder, hashesOf);
  const rendition: RenditionDraft = {
    ...address,
    ...factsOf(pack),
    opening: pack.opening,
    segments: segmentsOf(pack, hashesOf),
    ...extras,
  };
  return { renditions: [rendition] };
}

/** The facts of a package for which the manifest has fields. */
const FACTS = ['bandwidth', 'width', 'height', 'codecs', 'timescale'] as const;

function factsOf(pack: Package): Pick<RenditionDraft, (typeof FACTS)[number]> {
  return Object.fromEntries(FACTS.filter((name) => pack[name] !== undefined).map((name) => [name, pack[name]]));
}

function* segmentsOf(pack: Package, hashesOf: (index: number) => Hashes): Iterable<SegmentDraft> {
  for (let index = 0; index < pack.count; index += 1) {
    const { role, sizeBytes, startSeconds, durationSeconds, sync } = pack.describe(index);
    if (role !== 'segment') continue;
    const times = startSeconds === undefined || durationSeconds === undefined ? {} : { startSeconds, durationSeconds };
    yield { sizeBytes, ...times, ...(sync === undefined ? {} : { sync }), hashes: hashesOf(index) };
  }
}

function* extrasOf(
  pack: Package,
  folder: string,
  hashesOf: (index: number) => Hashes,
): CooperativeTask<{ init?: InitSegment; playlist?: string }> {
  const extras: { init?: InitSegment; playlist?: string } = {};
  for (let index = 0; index < pack.count; index += 1) {
    yield;
    const { role, name, sizeBytes } = pack.describe(index);
    if (role === 'init') extras.init = { url: `${folder}/${name}`, sizeBytes, hashes: hashesOf(index) };
    if (role === 'playlist') extras.playlist = `${folder}/${name}`;
  }
  return extras;
}
