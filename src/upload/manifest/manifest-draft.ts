/** From a package's objects to what a manifest says of them. */
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
import { ReelwayError } from '../../errors/index.js';
import type { Package, PackageObject } from '../../ports/index.js';
import type { PreparedUpload } from '../segments/prepared-upload.js';

/** The part of a draft that the package knows. */
export type PackagedDraft = Pick<ManifestDraft, 'renditions' | 'playlist'>;

/** Describes what the store has; `hashOf` an object by its index in the package. */
export function* describeVideo(
  prepared: Pick<PreparedUpload, 'upload' | 'pack'>,
  hashOf: (index: number) => string = (index) => prepared.upload.journal.acks.hashAt(index),
): CooperativeTask<VideoManifest> {
  const { record } = prepared.upload;
  const { algorithm } = record.plan;
  const draft = yield* describeRendition(prepared, (index) => ({ [algorithm]: hashOf(index) }));
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
  hashesOf: (index: number) => Hashes,
): CooperativeTask<PackagedDraft> {
  const { pack } = prepared;
  const folder = prepared.upload.record.id;
  const extras = yield* extrasOf(pack, folder, hashesOf);
  const template = yield* templateOf(pack);
  const rendition: RenditionDraft = {
    urlTemplate: `${folder}/${template}`,
    opening: pack.opening,
    segments: segmentsOf(pack, hashesOf),
    ...extras,
  };
  return { renditions: [rendition] };
}

function* segmentsOf(pack: Package, hashesOf: (index: number) => Hashes): Iterable<SegmentDraft> {
  for (let index = 0; index < pack.count; index += 1) {
    const { role, sizeBytes, startSeconds, durationSeconds } = pack.describe(index);
    if (role !== 'segment') continue;
    const times = startSeconds === undefined || durationSeconds === undefined ? {} : { startSeconds, durationSeconds };
    yield { sizeBytes, ...times, hashes: hashesOf(index) };
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

/** The name of segment n with `{n}` in the place of its number. @throws {ReelwayError} NOT_SUPPORTED where names follow no such rule */
function* templateOf(pack: Package): CooperativeTask<string> {
  let template: string | undefined;
  let number = 0;
  for (let index = 0; index < pack.count; index += 1) {
    yield;
    const object = pack.describe(index);
    if (object.role !== 'segment') continue;
    template ??= firstTemplate(object);
    if (template.replace('{n}', String(number)) !== object.name) throw irregular(object);
    number += 1;
  }
  return template ?? '{n}';
}

function firstTemplate(object: PackageObject): string {
  const at = object.name.lastIndexOf('0');
  if (at < 0) throw irregular(object);
  return `${object.name.slice(0, at)}{n}${object.name.slice(at + 1)}`;
}

function irregular(object: PackageObject): ReelwayError {
  return new ReelwayError('NOT_SUPPORTED', { message: `Segments have to be numbered from 0 in their names, unlike ${object.name}` });
}
