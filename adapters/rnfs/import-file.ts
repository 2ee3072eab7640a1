/** Copies what only the operating system can open (`content://`, `ph://`, a picked file) into a file of the app. */
import { ReelwayError } from '../../src/errors/index.js';
import { abortReason, onAbort, plainPath, throwIfAborted, uriScheme } from '../../src/internal/adapter-kit/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import type { RnfsNative } from './native.js';

/** Names in the photo library of iOS. */
const ASSET_SCHEMES = new Set(['ph', 'assets-library']);

/** Copies beside the destination and renames, so that a kill leaves no half file under its name. */
export async function importFile(native: RnfsNative, uri: string, destination: string, signal?: AbortSignalLike): Promise<void> {
  const target = plainPath(destination);
  const part = `${target}.part`;
  throwIfAborted(signal);
  await native.remove(part, destination);
  const copy = copyTo(native, uri, part, destination);
  try {
    await settledOrAborted(copy, signal);
    await native.move(part, target, destination);
  } catch (error) {
    await native.remove(part, destination);
    if (signal?.aborted === true) removeLater(native, copy, part, destination);
    throw error;
  }
}

async function copyTo(native: RnfsNative, uri: string, part: string, destination: string): Promise<void> {
  const scheme = uriScheme(uri);
  if (scheme !== undefined && ASSET_SCHEMES.has(scheme)) return copyAsset(native, uri, part, destination);
  const foreign = scheme !== undefined && scheme !== 'file';
  const expected = foreign ? undefined : (await native.statFile(plainPath(uri), uri, 'FILE_NOT_FOUND')).sizeBytes;
  const from = foreign ? uri : native.uri(plainPath(uri));
  try {
    await native.lib.copyFile(from, native.uri(part));
  } catch (error) {
    throw await native.writeFailure(error, part, uri, expected ?? 1);
  }
  await requireCopy(native, part, destination, expected);
}

async function copyAsset(native: RnfsNative, uri: string, part: string, destination: string): Promise<void> {
  if (native.platform !== 'ios' || native.lib.copyAssetsVideoIOS === undefined) {
    throw new ReelwayError('NOT_SUPPORTED', { message: 'Only iOS has a photo library with such names', context: { path: uri } });
  }
  try {
    await native.lib.copyAssetsVideoIOS(uri, part);
  } catch (error) {
    throw await native.writeFailure(error, part, uri, 1);
  }
  await requireCopy(native, part, destination, undefined);
}

async function requireCopy(native: RnfsNative, part: string, destination: string, expected: number | undefined): Promise<void> {
  const { sizeBytes } = await native.statFile(part, destination, 'FILE_UNREADABLE');
  if (expected === undefined || sizeBytes === expected) return;
  throw await native.writeFailure(`Copied ${sizeBytes} of ${expected} bytes`, part, destination, expected - sizeBytes);
}

/**
 * A native copy cannot be stopped, and for a video that the photo library does not hand out as a file iOS never ends it. So an abort
 * is told at once, and what the copy makes later is removed then.
 */
function settledOrAborted(copy: Promise<void>, signal: AbortSignalLike | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal === undefined ? undefined : abortReason(signal)));
    copy.then(resolve, reject).then(forget, forget);
  });
}

/** Part of a file that cannot be removed then is overwritten by the next import to the same name. */
function removeLater(native: RnfsNative, copy: Promise<void>, part: string, destination: string): void {
  const removed = (): Promise<void> => native.remove(part, destination);
  copy.then(removed, removed).catch(() => undefined);
}
