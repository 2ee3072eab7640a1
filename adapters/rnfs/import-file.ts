/** Copies a source that only the operating system can open (`content://`, `ph://`, a picked file) into a file of the app. */
import { importWhole, plainPath, uriScheme } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import type { RnfsNative } from './native.js';

/** Names in the photo library of iOS. */
const ASSET_SCHEMES = new Set(['ph', 'assets-library']);

export async function importFile(native: RnfsNative, uri: string, destination: string, signal?: AbortSignalLike): Promise<void> {
  await importWhole(
    {
      copy: (part) => copyTo(native, uri, part),
      move: (part, target) => native.move(part, target, destination),
      remove: (path) => native.remove(path, destination),
    },
    plainPath(destination),
    signal,
  );
}

async function copyTo(native: RnfsNative, uri: string, part: string): Promise<void> {
  const scheme = uriScheme(uri);
  if (scheme !== undefined && ASSET_SCHEMES.has(scheme)) return copyAsset(native, uri, part);
  const foreign = scheme !== undefined && scheme !== 'file';
  const expected = foreign ? undefined : (await native.statFile(plainPath(uri), uri, 'FILE_NOT_FOUND')).sizeBytes;
  const from = foreign ? uri : native.uri(plainPath(uri));
  try {
    await native.lib.copyFile(from, native.uri(part));
  } catch (error) {
    throw await native.writeFailure(error, part, uri, expected ?? 1);
  }
  await requireCopy(native, part, uri, expected);
}

async function copyAsset(native: RnfsNative, uri: string, part: string): Promise<void> {
  if (native.platform !== 'ios' || native.lib.copyAssetsVideoIOS === undefined) {
    throw new ReelwayError('NOT_SUPPORTED', {
      message: 'ph:// and assets-library:// URIs can be read on iOS only',
      context: { path: uri },
    });
  }
  try {
    await native.lib.copyAssetsVideoIOS(uri, part);
  } catch (error) {
    throw await native.writeFailure(error, part, uri, 1);
  }
  await requireCopy(native, part, uri, undefined);
}

async function requireCopy(native: RnfsNative, part: string, uri: string, expected: number | undefined): Promise<void> {
  const { sizeBytes } = await native.statFile(part, uri, 'FILE_UNREADABLE');
  if (expected === undefined || sizeBytes === expected) return;
  throw await native.writeFailure(`Copied ${sizeBytes} of ${expected} bytes`, part, uri, expected - sizeBytes);
}
