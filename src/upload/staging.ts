/**
 * Objects as files, for stores that take nothing else (native uploaders). A staged file lives as long as its request; what a
 * kill leaves behind goes at the next start.
 */
import { scopeKey } from '../core/index.js';
import { ReelwayError } from '../errors/index.js';
import type { BlobStore, FileSystem, PieceReader } from '../ports/index.js';
import type { EngineContext } from './context.js';
import { hashedStream, hashObject } from './object-body.js';
import type { Session } from './session.js';
import { joinPath } from './source.js';
import { wrapError } from './wrap-error.js';

/** An object that lies in a file of its own. */
export interface StagedObject {
  readonly path: string;
  readonly hash: string;
}

/** Where a scope's staged files lie. */
export function stagingFolder(directory: string, scope: string): string {
  return `${directory}/${scopeKey(scope)}`;
}

/** Writes one object to a file, natively where the file system can. @throws {ReelwayError} STORAGE_FULL, SOURCE_CHANGED */
export async function stageObject(context: EngineContext, session: Session, index: number, buffer: Uint8Array): Promise<StagedObject> {
  const { fileSystem } = context.settings;
  const { range, sizeBytes } = session.pack.describe(index);
  const name = `${session.upload.id}-${index}`;
  if (fileSystem.sliceToFile !== undefined && range !== undefined) {
    const path = await pathOf(context, name);
    await fileSystem.sliceToFile(joinPath(fileSystem, session.source.identity.path), range, path);
    await requireSize(context, path, sizeBytes);
    return { path, hash: await hashObject(context, session, index, buffer) };
  }
  const stream = hashedStream(context, session, index, buffer);
  const path = await stageBytes(context, name, await stream.open());
  await requireSize(context, path, sizeBytes);
  return { path, hash: stream.digest() };
}

/** Writes pieces to a file of this name; its path. @throws {ReelwayError} STORAGE_FULL, NOT_SUPPORTED without a staging directory */
export async function stageBytes(context: EngineContext, name: string, reader: PieceReader): Promise<string> {
  const path = await pathOf(context, name);
  const file = await context.settings.fileSystem.create(path);
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) await file.write(piece);
  } finally {
    await file.close();
  }
  return path;
}

async function pathOf(context: EngineContext, name: string): Promise<string> {
  const { fileSystem, stagingDirectory, scope } = context.settings;
  if (stagingDirectory === undefined)
    throw new ReelwayError('NOT_SUPPORTED', { message: 'The store takes files only: set stagingDirectory' });
  const folder = stagingFolder(stagingDirectory, scope);
  await fileSystem.makeDirectory(folder);
  return `${folder}/${name}`;
}

/** Some native copies report success when the disk is full. */
async function requireSize(context: EngineContext, path: string, sizeBytes: number): Promise<void> {
  const staged = await context.settings.fileSystem.stat(path);
  if (staged?.sizeBytes !== sizeBytes)
    throw new ReelwayError('STORAGE_FULL', { message: 'A staged object came out short', context: { path } });
}

/** Forgets a staged file; one that cannot be removed now goes at the next start. */
export async function unstage(context: EngineContext, path: string): Promise<void> {
  try {
    await context.settings.fileSystem.remove(path);
  } catch (error) {
    context.warn(wrapError(error, 'FILE_UNREADABLE', 'A staged object could not be removed'));
  }
}

/** Removes what former lives have staged, unless the operating system still carries some of it. */
export async function clearStaging(fileSystem: FileSystem, store: BlobStore, folder: string): Promise<void> {
  const pending = (await store.pending?.()) ?? [];
  if (pending.length === 0) await fileSystem.remove(folder);
}
