/**
 * Copies of sources that cannot stay where they are: a picker lends some to this process only, an app changes others. A copy
 * lies in a folder of its scope, named after its upload, and goes when the upload has completed or was canceled; what a kill leaves
 * without an upload goes at the next start.
 */
import { scopeKey } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import { joinPath, throwIfAborted, withBuffer } from '../../internal/index.js';
import { isPlannedBySize } from '../../packaging/index.js';
import type { AbortSignalLike, ReadHandle, WriteHandle } from '../../ports/index.js';
import { wrapError } from '../../transfer/index.js';
import type { EngineContext } from '../context.js';
import type { Journal, SourceIdentity, UploadRecord } from '../journal/index.js';
import type { AddOptions } from '../types.js';
import { asSourceError, openNew } from './source-file.js';

/** A scheme of two letters or more: one alone is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;
const EXTENSION = /\.[a-z0-9]{1,8}$/i;

/** A source's copy. */
export interface SourceCopy {
  readonly path: string;
  /** What the source was, where it could be opened itself. */
  readonly original: SourceIdentity | undefined;
}

/** Whether this source is to be copied: as the app says, or because no other process could open what it names. */
export function wantsCopy({ settings }: EngineContext, filePath: string, staging: AddOptions['staging']): boolean {
  return staging === undefined ? isLent(filePath) && settings.fileSystem.importFile !== undefined : staging === 'copy';
}

/** Whether this is an address of another app or of the system, such as `content://`. */
function isLent(filePath: string): boolean {
  const scheme = SCHEME.exec(filePath)?.[1]?.toLowerCase();
  return scheme !== undefined && scheme !== 'file';
}

/** Copies a source for an upload. @throws {ReelwayError} the SOURCE_ codes, STORAGE_FULL, NOT_SUPPORTED without a staging directory */
export async function copySource(context: EngineContext, uploadId: string, filePath: string, signal: AbortSignalLike): Promise<SourceCopy> {
  const { fileSystem } = context.settings;
  const folder = folderOf(context);
  if (folder === undefined) throw new ReelwayError('NOT_SUPPORTED', { message: 'Copying a source needs the option stagingDirectory' });
  const path = `${folder}/${uploadId}${(EXTENSION.exec(filePath)?.[0] ?? '').toLowerCase()}`;
  try {
    throwIfAborted(signal);
    await fileSystem.makeDirectory(folder);
    if (!isLent(filePath)) return { path, original: await copyFile(context, filePath, path, signal) };
    await importFile(context, filePath, path, signal);
    return { path, original: undefined };
  } catch (error) {
    await dropCopy(context, path);
    throwIfAborted(signal);
    throw asSourceError(error);
  }
}

async function importFile(context: EngineContext, from: string, to: string, signal: AbortSignalLike): Promise<void> {
  const { fileSystem } = context.settings;
  if (fileSystem.importFile === undefined) {
    throw new ReelwayError('SOURCE_UNREADABLE', {
      message: 'Expected a file system with importFile for this address',
      context: { path: from },
    });
  }
  await fileSystem.importFile(from, to, signal);
  throwIfAborted(signal);
}

async function copyFile(context: EngineContext, from: string, to: string, signal: AbortSignalLike): Promise<SourceIdentity> {
  const source = await openNew(context.settings, from);
  try {
    if (context.settings.fileSystem.importFile === undefined) await copyBytes(context, source.handle, to, signal);
    else await importFile(context, from, to, signal);
    await source.recheck();
    return source.identity;
  } finally {
    await source.close();
  }
}

async function copyBytes(context: EngineContext, source: ReadHandle, to: string, signal: AbortSignalLike): Promise<void> {
  const target = await context.settings.fileSystem.create(to);
  try {
    await withBuffer(context.pool, signal, (buffer) => pump(source, target, buffer, signal));
  } finally {
    await target.close();
  }
}

async function pump(source: ReadHandle, target: WriteHandle, buffer: Uint8Array, signal: AbortSignalLike): Promise<void> {
  for (let position = 0; ; ) {
    throwIfAborted(signal);
    const length = await source.readInto(buffer, position);
    if (length <= 0) return;
    await target.write(buffer.subarray(0, length));
    position += length;
  }
}

/** Looks whether a copy is what its original was when the copying began. @throws {ReelwayError} SOURCE_CHANGED, STORAGE_FULL */
export function requireWhole({ original }: SourceCopy, copy: SourceIdentity): void {
  if (original === undefined || (copy.sizeBytes === original.sizeBytes && copy.samples === original.samples)) return;
  // Some native copies report success when the disk is full.
  if (copy.sizeBytes < original.sizeBytes)
    throw new ReelwayError('STORAGE_FULL', {
      message: `The copy of the source is too short: expected ${original.sizeBytes} bytes, got ${copy.sizeBytes}`,
    });
  throw new ReelwayError('SOURCE_CHANGED', { message: 'The source changed while it was copied' });
}

/** Removes an upload's copy, if its source is one and it is not read again. */
export async function releaseCopy(context: EngineContext, record: UploadRecord): Promise<void> {
  // mutation-point: release-source-copy
  if (record.copied === true && !needsCopy(context, record))
    await drop(context, () => joinPath(context.settings.fileSystem, record.source.path));
}

/** Removes a copy that has no upload. */
export function dropCopy(context: EngineContext, path: string): Promise<void> {
  return drop(context, () => path);
}

/** What cannot be removed or found now goes at the next start. */
async function drop({ settings, warn }: EngineContext, pathOf: () => string): Promise<void> {
  try {
    await settings.fileSystem.remove(pathOf());
  } catch (error) {
    warn(wrapError(error, 'FILE_UNREADABLE', 'Removing the copy of a source failed; the next start repeats it'));
  }
}

/** Removes every copy that no upload needs; the copy of an upload whose record could not be read may be all that is left of a video, and stays. */
export async function clearCopies(context: EngineContext, { uploads, unread }: Pick<Journal, 'uploads' | 'unread'>): Promise<void> {
  const { fileSystem } = context.settings;
  const folder = folderOf(context);
  if (folder === undefined) return;
  const records = uploads.map(({ record }) => record);
  // mutation-point: list-needed-copies
  const needed = new Set(records.filter((record) => record.copied === true && needsCopy(context, record)).map(nameOf));
  const isOver = (name: string): boolean => !needed.has(name) && !unread.has(name.replace(EXTENSION, ''));
  for (const name of (await fileSystem.list(folder)).filter(isOver)) await dropCopy(context, `${folder}/${name}`);
}

/** Removes all copies of a scope. */
export async function eraseCopies(context: EngineContext): Promise<void> {
  const folder = folderOf(context);
  if (folder !== undefined) await context.settings.fileSystem.remove(folder);
}

function folderOf({ settings }: EngineContext): string | undefined {
  return settings.stagingDirectory === undefined ? undefined : `${settings.stagingDirectory}/${scopeKey(settings.scope)}-sources`;
}

function nameOf({ source }: UploadRecord): string {
  return source.path.path.slice(source.path.path.lastIndexOf('/') + 1);
}

/** Where the bucket cannot be listed, the keys of a canceled upload are known by its source, unless they follow from its size. */
function needsCopy({ settings }: EngineContext, { status, plan }: UploadRecord): boolean {
  if (status === 'completed') return false;
  return status !== 'canceled' || (!isPlannedBySize(plan) && settings.blobStore.list === undefined);
}
