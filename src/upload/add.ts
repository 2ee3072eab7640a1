/** Taking a video into the queue: everything that can be wrong with it is said here, before a record is written. */
import { assertVideoId, createUploadId, createVideoId, type Priority, parseMetadata, type VideoMetadata } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import { inTurns } from '../internal/index.js';
import type { EngineContext } from './context.js';
import type { FrozenPlan, UploadJournal, UploadRecord } from './journal/index.js';
import { freezePlan } from './session.js';
import { asSourceError, joinPath, openNew } from './source.js';
import type { AddOptions } from './types.js';
import { wrapError } from './wrap-error.js';

const PRIORITIES: readonly Priority[] = ['high', 'normal', 'low'];

/** A video as an app names it. */
export interface NewVideo {
  readonly filePath: string;
  readonly metadata: VideoMetadata;
  readonly videoId: string;
  readonly options: AddOptions;
}

/** Checks what an app says. @throws {ReelwayError} INVALID_VIDEO_ID, INVALID_CONFIG; {TypeError} where the path is none */
export function checkVideo(context: EngineContext, filePath: string, metadata: VideoMetadata, options: AddOptions): NewVideo {
  if (typeof filePath !== 'string' || filePath === '') throw new TypeError('filePath must be a text that is not empty');
  if (options.priority !== undefined && !PRIORITIES.includes(options.priority)) {
    throw new ReelwayError('INVALID_CONFIG', {
      message: `priority must be one of ${PRIORITIES.join(', ')}`,
      context: { field: 'priority' },
    });
  }
  const videoId = options.videoId === undefined ? createVideoId(context.settings.clock) : assertVideoId(options.videoId);
  return { filePath, metadata: parseMetadata(metadata), videoId, options };
}

/** Looks at the source and remembers the upload. @throws {ReelwayError} the SOURCE_ codes, FILE_TOO_LARGE_FOR_ADAPTER, STORAGE_FULL, STORAGE_UNAVAILABLE */
export async function recordVideo(context: EngineContext, video: NewVideo): Promise<UploadJournal> {
  const { settings } = context;
  const { source, plan } = await examine(context, video.filePath);
  const record: UploadRecord = {
    id: createUploadId(settings.clock),
    videoId: video.videoId,
    metadata: video.metadata,
    priority: video.options.priority ?? 'normal',
    createdMs: settings.clock.wallMs(),
    byHand: video.options.start === false,
    status: 'pending',
    source,
    plan,
    retryCount: 0,
  };
  return writeNew(context, record);
}

/** The same video once more, as this release packs it. */
export async function recordAnew(context: EngineContext, former: UploadRecord): Promise<UploadJournal> {
  const { settings } = context;
  const { plan } = await examine(context, joinPath(settings.fileSystem, former.source.path));
  return writeNew(context, { ...former, id: createUploadId(settings.clock), plan, replaces: former.id });
}

async function writeNew(context: EngineContext, record: UploadRecord): Promise<UploadJournal> {
  const journal = context.journal.create(record);
  try {
    await journal.update((same) => same);
    return journal;
  } catch (error) {
    await withdraw(context, journal);
    throw error;
  }
}

/** A write that failed may have left its record all the same: what an app was told is not in the queue must not turn up in it later. */
async function withdraw(context: EngineContext, journal: UploadJournal): Promise<void> {
  try {
    await journal.remove();
  } catch (error) {
    context.warn(wrapError(error, 'STORAGE_UNAVAILABLE', 'The record of an upload that could not be added may be left'));
  }
}

async function examine(
  context: EngineContext,
  path: string,
): Promise<{ readonly source: UploadRecord['source']; readonly plan: FrozenPlan }> {
  const { packaging, algorithm, clock } = context.settings;
  const source = await openNew(context.settings, path);
  try {
    const pack = await packaging.open(source.handle, source.identity.sizeBytes);
    return { source: source.identity, plan: await inTurns(clock, freezePlan(packaging, pack, algorithm)) };
  } catch (error) {
    throw asSourceError(error);
  } finally {
    await source.close();
  }
}
