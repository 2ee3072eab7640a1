/** One sweep behind an upload: everything that it may have written is removed from the store. Requests are not repeated here. */
import { manifestKey } from '../../core/index.js';
import { planBySize } from '../../packaging/index.js';
import type { AbortSignalLike, Package } from '../../ports/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { UploadRecord } from '../journal/index.js';
import { findManifest } from '../manifest/stored-manifest.js';
import { openFrozenPackage, openPackage } from '../segments/open-package.js';
import { objectKey, objectPrefix } from '../segments/prepared-upload.js';
import { openKnown } from '../source/source-file.js';

/** Keys of one request. */
const BATCH = 100;

/** Removes everything that an upload may have written: its manifest first, so that it never addresses removed objects. */
export async function sweepUpload(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  await removeManifest(context, record, signal);
  // By name first: a listing may be cut short, and one that does not end is an error.
  // mutation-point: remove-by-name
  await removeKnown(context, record, signal);
  if (context.store.lists) await removeListed(context, record, signal);
}

async function removeManifest(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  try {
    const manifest = await findManifest({ store: context.store, clock: context.settings.clock, signal }, record);
    if (manifest !== undefined) await remove(context, [manifestKey(record.videoId)], signal);
  } catch (error) {
    // Another upload's manifest stays.
    if (wrapError(error, 'INTERNAL', '').code !== 'VIDEO_EXISTS') throw error;
  }
}

/** Removes what else is listed below the upload's own prefix, page by page: objects that its plan does not name. */
async function removeListed(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  await context.store.eachPage(objectPrefix(record), signal, (blobs) =>
    removeBatches(
      context,
      blobs.map(({ key }) => key),
      signal,
    ),
  );
}

async function removeKnown(context: EngineContext, record: UploadRecord, signal: AbortSignalLike): Promise<void> {
  const names = await namesOf(context, record);
  await removeBatches(
    context,
    names.map((name) => objectKey(record, name)),
    signal,
  );
}

/** The names follow from the size of the source, or its packaging reads the source for them. */
async function namesOf(context: EngineContext, record: UploadRecord): Promise<string[]> {
  const planned = await planBySize(record.plan, record.source.sizeBytes);
  if (planned !== undefined) return namesIn(planned);
  try {
    return await packagedNames(context, record);
  } catch (error) {
    // The source may be gone; then the listing alone says what there is.
    if (context.store.lists) return [];
    throw error;
  }
}

async function packagedNames(context: EngineContext, record: UploadRecord): Promise<string[]> {
  const source = await openKnown(context.settings, record.source);
  try {
    const { packagings } = context.settings;
    // A newer version of a packaging probably gives the same names.
    return namesIn((await openFrozenPackage(packagings, record.plan, source)) ?? (await openPackage(packagings, source)));
  } finally {
    await source.close();
  }
}

function namesIn(pack: Package): string[] {
  return Array.from({ length: pack.count }, (_, index) => pack.describe(index).name);
}

async function removeBatches(context: EngineContext, keys: readonly string[], signal: AbortSignalLike): Promise<void> {
  for (let at = 0; at < keys.length; at += BATCH) await remove(context, keys.slice(at, at + BATCH), signal);
}

/** A sweep takes time: another process may have taken the lock since the last removal. */
async function remove(context: EngineContext, keys: readonly string[], signal: AbortSignalLike): Promise<void> {
  await context.store.remove(keys, signal, () => {
    // mutation-point: check-lease-before-sweep
    context.assertLockHeld();
  });
}
