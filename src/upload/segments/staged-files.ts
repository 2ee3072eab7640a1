/**
 * Objects as files, for stores that take nothing else (native uploaders). A staged file lives as long as it may be read: by its
 * request, or by the operating system after it. Each has a name of its own, which begins with its key's, so that no attempt writes over
 * another's; the next start removes those that a kill has left.
 */
import { safeName, scopeKey } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { joinPath } from '../../internal/index.js';
import type { PieceReader } from '../../ports/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { PreparedUpload } from './prepared-upload.js';
import { hashedStream, hashObject } from './segment-body.js';

/** An object that lies in a file of its own. */
export interface StagedObject {
  readonly path: string;
  readonly hash: string;
}

function folderOf({ settings }: EngineContext): string | undefined {
  const { stagingDirectory, scope } = settings;
  return stagingDirectory === undefined ? undefined : `${stagingDirectory}/${scopeKey(scope)}`;
}

/** Writes one object to a file, natively where the file system can. @throws {ReelwayError} STORAGE_FULL, SOURCE_CHANGED */
export async function stageObject(
  context: EngineContext,
  prepared: PreparedUpload,
  index: number,
  buffer: Uint8Array,
): Promise<StagedObject> {
  const { fileSystem } = context.settings;
  const { range, sizeBytes } = prepared.pack.describe(index);
  const key = prepared.keyOf(index);
  if (fileSystem.sliceToFile !== undefined && range !== undefined) {
    const path = await pathOf(context, key);
    await fileSystem.sliceToFile(joinPath(fileSystem, prepared.source.identity.path), range, path);
    await requireSize(context, path, sizeBytes);
    return { path, hash: await hashObject(context, prepared, index, buffer) };
  }
  const stream = hashedStream(context, prepared, index, buffer);
  const path = await stageBytes(context, key, await stream.open());
  await requireSize(context, path, sizeBytes);
  return { path, hash: stream.digest() };
}

/** Writes pieces to a file for this key; its path. @throws {ReelwayError} STORAGE_FULL, NOT_SUPPORTED without a staging directory */
export async function stageBytes(context: EngineContext, key: string, reader: PieceReader): Promise<string> {
  const path = await pathOf(context, key);
  const file = await context.settings.fileSystem.create(path);
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) await file.write(piece);
  } finally {
    await file.close();
  }
  return path;
}

async function pathOf(context: EngineContext, key: string): Promise<string> {
  const { fileSystem, clock } = context.settings;
  const folder = folderOf(context);
  if (folder === undefined)
    throw new ReelwayError('NOT_SUPPORTED', { message: 'The store accepts only files, which need the option stagingDirectory' });
  await fileSystem.makeDirectory(folder);
  return `${folder}/${safeName(key)}-${Math.floor(clock.random() * 2 ** 32).toString(36)}`;
}

/** Some native copies report success when the disk is full. */
async function requireSize(context: EngineContext, path: string, sizeBytes: number): Promise<void> {
  const staged = await context.settings.fileSystem.stat(path);
  if (staged?.sizeBytes !== sizeBytes)
    throw new ReelwayError('STORAGE_FULL', {
      message: `The staged object has another size: expected ${sizeBytes} bytes, got ${staged?.sizeBytes ?? 0}`,
      context: { path },
    });
}

/** Uses a staged file, and removes it unless it may still be read. A file that stays is removed with its key, or at the next start. */
export async function withStaged<T>(
  context: EngineContext,
  key: string,
  path: string,
  use: (onUnresponsive: () => void) => Promise<T>,
): Promise<T> {
  let isRead = false;
  try {
    return await use(() => {
      isRead = true;
    });
  } catch (error) {
    // mutation-point: keep-staged-file-in-use
    isRead ||= await isCarried(context, key);
    throw error;
  } finally {
    if (!isRead) await removeQuietly(context, path);
  }
}

async function isCarried({ backgroundPuts }: EngineContext, key: string): Promise<boolean> {
  try {
    return (await backgroundPuts.now()).has(key);
  } catch {
    // Where the answer is unknown the file stays.
    return true;
  }
}

/** Removes the staged files of a key that is settled. */
export async function clearStaged(context: EngineContext, key: string): Promise<void> {
  const folder = folderOf(context);
  if (folder === undefined) return;
  try {
    const names = await context.settings.fileSystem.list(folder);
    for (const name of names) if (name.startsWith(`${safeName(key)}-`)) await removeQuietly(context, `${folder}/${name}`);
  } catch (error) {
    context.warn(wrapError(error, 'FILE_UNREADABLE', 'Listing staged objects failed'));
  }
}

async function removeQuietly(context: EngineContext, path: string): Promise<void> {
  try {
    await context.settings.fileSystem.remove(path);
  } catch (error) {
    context.warn(wrapError(error, 'FILE_UNREADABLE', 'Removing a staged object failed'));
  }
}

/** Removes the staged files of earlier processes, except those that the operating system still uploads. */
export async function clearStaging(context: EngineContext): Promise<void> {
  const { fileSystem } = context.settings;
  const folder = folderOf(context);
  if (folder === undefined) return;
  const carried = await context.backgroundPuts.now();
  // mutation-point: clear-staging-folder
  if (carried.size === 0) {
    await fileSystem.remove(folder);
    return;
  }
  const kept = new Set([...carried].map(safeName));
  for (const name of await fileSystem.list(folder)) {
    if (!kept.has(name.split('-')[0] ?? '')) await fileSystem.remove(`${folder}/${name}`);
  }
}

/** Removes all staged files of a scope, also those that are being read: at a sign-out no byte of a person stays. */
export async function eraseStaging(context: EngineContext): Promise<void> {
  const folder = folderOf(context);
  if (folder !== undefined) await context.settings.fileSystem.remove(folder);
}
