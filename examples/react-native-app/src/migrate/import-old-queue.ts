/**
 * Takes over the queue of the engine that Reelway replaces: one JSON array under one key of AsyncStorage. Runs at every start
 * until it has gone through once; a kill in between costs nothing, since a video that was taken over already is known by its name.
 */
import { type FileSystem, isReelwayError, isVideoId, type Priority, type ReelwayErrorCode, type UploadEngine } from 'reelway';

/** An item as the old engine kept it. Adapt it to yours. */
interface OldItem {
  readonly id: string;
  readonly filePath: string;
  readonly status?: string;
  readonly priority?: string;
  readonly metadata?: { readonly title?: unknown; readonly description?: unknown };
}

export interface OldQueueOptions {
  readonly storage: { getItem(key: string): Promise<string | null>; removeItem(key: string): Promise<unknown> };
  /** The key of the old queue. */
  readonly key: string;
  readonly engine: UploadEngine;
  readonly fileSystem: FileSystem;
}

export interface OldQueueReport {
  /** Ids of the new uploads' videos. */
  readonly moved: readonly string[];
  /** Old ids whose file is gone or unreadable, with a sentence for people. */
  readonly lost: readonly { readonly id: string; readonly userMessage: string }[];
}

export async function importOldQueue({ storage, key, engine, fileSystem }: OldQueueOptions): Promise<OldQueueReport> {
  const text = await storage.getItem(key);
  const moved: string[] = [];
  const lost: { id: string; userMessage: string }[] = [];
  for (const item of itemsOf(text).filter(({ status }) => status !== 'completed')) {
    const userMessage = await takeOver(item, engine, fileSystem);
    if (userMessage === undefined) moved.push(videoIdOf(item.id));
    else lost.push({ id: item.id, userMessage });
  }
  if (text !== null) await storage.removeItem(key);
  return { moved, lost };
}

/** Why a video is lost, for people; `undefined` where the new queue has it. */
async function takeOver(item: OldItem, engine: UploadEngine, fileSystem: FileSystem): Promise<string | undefined> {
  const options = { videoId: videoIdOf(item.id), priority: priorityOf(item) };
  try {
    await engine.add(await whereItIsNow(item.filePath, fileSystem), metadataOf(item), options);
    return undefined;
  } catch (error) {
    if (!isReelwayError(error)) throw error;
    // A run that was killed has taken it over.
    if (error.code === 'VIDEO_EXISTS') return undefined;
    if (isOfTheVideo(error.code)) return error.userMessage;
    throw error;
  }
}

/** Whether an error will be the same tomorrow; any other ends this run, and the next start goes through the queue again. */
function isOfTheVideo(code: ReelwayErrorCode): boolean {
  return code.startsWith('SOURCE_') || code === 'FILE_TOO_LARGE_FOR_ADAPTER';
}

/** iOS moves the app's folder at every update, and this is one: what lay below `Documents` lies there still, elsewhere. */
async function whereItIsNow(path: string, fileSystem: FileSystem): Promise<string> {
  if ((await fileSystem.stat(path)) !== undefined) return path;
  const tail = /\/(Documents|Library|tmp)\/(.*)$/.exec(path);
  const candidates = Object.values(fileSystem.roots ?? {}).map((root) => `${root}/${tail?.[2]}`);
  for (const candidate of candidates) if (tail !== null && (await fileSystem.stat(candidate)) !== undefined) return candidate;
  // The engine says what is wrong with it.
  return path;
}

function itemsOf(text: string | null): readonly OldItem[] {
  try {
    const items: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(items) ? items.filter(isOldItem) : [];
  } catch {
    // A torn record of the old engine: there is nothing in it to save.
    return [];
  }
}

function isOldItem(item: unknown): item is OldItem {
  const { id, filePath } = (item ?? {}) as { [name: string]: unknown };
  return typeof id === 'string' && typeof filePath === 'string';
}

/** The old id where it can be a name in a bucket; else its letters as numbers, of which the end tells most. */
function videoIdOf(id: string): string {
  const isName: boolean = isVideoId(id);
  return isName ? id : `old-${[...id].map((letter) => letter.charCodeAt(0).toString(16)).join('-')}`.slice(-100);
}

function priorityOf({ priority }: OldItem): Priority {
  return priority === 'high' || priority === 'low' ? priority : 'normal';
}

function metadataOf({ metadata }: OldItem) {
  const { title, description } = metadata ?? {};
  return { ...(typeof title === 'string' ? { title } : {}), ...(typeof description === 'string' ? { description } : {}) };
}
