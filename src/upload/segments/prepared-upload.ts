/** An upload with an open source, planned as it was when it was added. */
import { type CooperativeTask, type HashAlgorithm, segmentKey } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import type { AbortSignalLike, Package } from '../../ports/index.js';
import type { EngineContext } from '../context.js';
import type { FrozenPlan, UploadRecord } from '../journal/index.js';
import { type OpenSource, openKnown } from '../source/source-file.js';
import type { Upload } from '../upload.js';
import { openFrozenPackage } from './open-package.js';

export interface PreparedUpload {
  readonly upload: Upload;
  readonly source: OpenSource;
  readonly pack: Package;
  keyOf(index: number): string;
  close(): Promise<void>;
}

/** The part of a package that the record of an upload keeps. @throws {ReelwayError} FILE_TOO_LARGE_FOR_ADAPTER above 65,536 objects */
export function* freezePlan(pack: Package, algorithm: HashAlgorithm): CooperativeTask<FrozenPlan> {
  let totalBytes = 0;
  let eachBytes: number | undefined = pack.count === 0 ? undefined : pack.describe(0).sizeBytes;
  for (let index = 0; index < pack.count; index += 1) {
    yield;
    const { sizeBytes } = pack.describe(index);
    totalBytes += sizeBytes;
    if (sizeBytes !== eachBytes && index < pack.count - 1) eachBytes = undefined;
  }
  const alike = eachBytes === undefined ? {} : { eachBytes };
  return { layout: pack.layout, version: pack.version, algorithm, count: pack.count, totalBytes, ...alike };
}

/** The key of one of an upload's objects. */
export function objectKey(record: UploadRecord, name: string): string {
  // mutation-point: name-segment-key
  return segmentKey(record.videoId, record.id, name);
}

/** What the keys of all of an upload's objects begin with. */
export function objectPrefix(record: UploadRecord): string {
  return objectKey(record, 'x').slice(0, -1);
}

/** Opens an upload's source. `undefined` where the packaging has changed since, so that the upload has to be restarted. */
export async function prepareUpload(context: EngineContext, upload: Upload, signal: AbortSignalLike): Promise<PreparedUpload | undefined> {
  const { record } = upload;
  await upload.flushAcknowledgements();
  const source = await openKnown(context.settings, record.source);
  try {
    const pack = await openFrozenPackage(context.settings.packagings, record.plan, source, signal);
    if (pack === undefined) {
      await source.close();
      return undefined;
    }
    requireSameCount(record.plan, pack);
    return {
      upload,
      source,
      pack,
      keyOf: (index) => objectKey(record, pack.describe(index).name),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function requireSameCount(plan: FrozenPlan, pack: Package): void {
  if (plan.count === pack.count) return;
  // Same packaging, same size and samples, another plan: only another file can explain that.
  throw new ReelwayError('SOURCE_CHANGED', {
    message: `The source has changed: expected ${plan.count} objects, got ${pack.count}`,
  });
}
