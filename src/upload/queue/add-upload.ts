/** Adds a video to the queue: all checks run before a record is written. */
import {
  assertVideoId,
  checkOneOf,
  createUploadId,
  createVideoId,
  type Priority,
  parseMetadata,
  type VideoMetadata,
} from '../../core/index.js';
import { joinPath, runCooperatively } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { FrozenPlan, UploadJournal, UploadRecord } from '../journal/index.js';
import { openPackage } from '../segments/open-package.js';
import { freezePlan } from '../segments/prepared-upload.js';
import { copySource, dropCopy, requireWhole, type SourceCopy, wantsCopy } from '../source/source-copies.js';
import { asSourceError, openNew } from '../source/source-file.js';
import type { AddOptions } from '../types.js';

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low'];
const STAGINGS = ['copy', 'reference'] as const;

/** A video as an app names it. */
export interface NewVideo {
  readonly filePath: string;
  readonly metadata: VideoMetadata;
  readonly videoId: string;
  readonly options: AddOptions;
}

/** Checks the arguments of `add`. @throws {ReelwayError} INVALID_VIDEO_ID, INVALID_CONFIG; {TypeError} where `filePath` is not a text */
export function checkVideo(context: EngineContext, filePath: string, metadata: VideoMetadata, options: AddOptions): NewVideo {
  if (typeof filePath !== 'string' || filePath === '') throw new TypeError('filePath must be a text that is not empty');
  if (options.priority !== undefined) checkOneOf('priority', options.priority, PRIORITIES);
  if (options.staging !== undefined) checkOneOf('staging', options.staging, STAGINGS);
  const videoId = options.videoId === undefined ? createVideoId(context.settings.clock) : assertVideoId(options.videoId);
  return { filePath, metadata: parseMetadata(metadata), videoId, options };
}

/** Copies the source where it cannot stay, looks at it and remembers the upload. @throws {ReelwayError} the SOURCE_ codes, FILE_TOO_LARGE_FOR_ADAPTER, STORAGE_FULL, STORAGE_UNAVAILABLE */
export async function recordVideo(context: EngineContext, video: NewVideo, signal: AbortSignalLike): Promise<UploadJournal> {
  const { options } = video;
  const filePath = await absolutePath(context, video.filePath);
  const newId = (): string => createUploadId(context.settings.clock);
  if (!wantsCopy(context, filePath, options.staging))
    return writeNew(context, { ...(await describe(context, video, filePath)), id: newId() });
  const id = newId();
  const copy = await copySource(context, id, filePath, signal);
  const drop = (): Promise<void> => dropCopy(context, copy.path);
  const described = await orElse(drop, () => describeCopy(context, video, copy));
  return writeNew(context, { ...described, id }, drop);
}

/** Independent of the working directory, since the next process may have another one. Names such as `content://` stay as they are. */
async function absolutePath({ settings }: EngineContext, filePath: string): Promise<string> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(filePath)) return filePath;
  return (await settings.fileSystem.absolutePath?.(filePath)) ?? filePath;
}

async function describeCopy(context: EngineContext, video: NewVideo, copy: SourceCopy): Promise<Omit<UploadRecord, 'id'>> {
  const record = await describe(context, video, copy.path);
  requireWhole(copy, record.source);
  return { ...record, copied: true };
}

async function describe(context: EngineContext, { videoId, metadata, options }: NewVideo, path: string): Promise<Omit<UploadRecord, 'id'>> {
  const { source, plan } = await examine(context, path);
  return {
    ...{ videoId, metadata, priority: options.priority ?? 'normal', createdMs: context.settings.clock.wallMs() },
    ...{ byHand: options.start === false, status: 'pending', source, plan, retryCount: 0 },
  };
}

async function orElse<T>(undo: () => Promise<void>, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    await undo();
    throw error;
  }
}

/** A new record of the same video, as this release packs it. */
export async function recordAnew(context: EngineContext, former: UploadRecord): Promise<UploadJournal> {
  const { settings } = context;
  const { plan } = await examine(context, joinPath(settings.fileSystem, former.source.path));
  return writeNew(context, { ...former, id: createUploadId(settings.clock), plan, replaces: former.id });
}

/** `onWithdrawn` is called where no record is left for certain. */
async function writeNew(
  context: EngineContext,
  record: UploadRecord,
  onWithdrawn = async (): Promise<void> => undefined,
): Promise<UploadJournal> {
  const journal = context.journal.create(record);
  try {
    // mutation-point: save-new-record
    await journal.update((same) => same);
    return journal;
  } catch (error) {
    if (await withdraw(context, journal)) await onWithdrawn();
    throw error;
  }
}

/** A failed write may have left its record. A video that was not added must not appear in the queue later. */
async function withdraw(context: EngineContext, journal: UploadJournal): Promise<boolean> {
  try {
    await journal.remove();
    return true;
  } catch (error) {
    context.warn(wrapError(error, 'STORAGE_UNAVAILABLE', 'Removing the record of an upload that was not added failed'));
    return false;
  }
}

async function examine(
  context: EngineContext,
  path: string,
): Promise<{ readonly source: UploadRecord['source']; readonly plan: FrozenPlan }> {
  const { packagings, algorithm, clock } = context.settings;
  const source = await openNew(context.settings, path);
  try {
    const pack = await openPackage(packagings, source);
    return { source: source.identity, plan: await runCooperatively(clock, freezePlan(pack, algorithm)) };
  } catch (error) {
    throw asSourceError(error);
  } finally {
    await source.close();
  }
}
