/**
 * Reading without ever loading a file: the module reads whole files only, and its read stream crashes on iOS, so a slice is copied
 * natively into a file of its own in the cache directory, and that is read whole. An upload to a store that takes files needs
 * none of this.
 */
import { type Base64Source, nativeFailure } from '../../src/adapter-kit/index.js';
import type { BlobUtilNative } from './native.js';

/** A source whose slices pass through files of the cache directory. */
export function slicedSource(native: BlobUtilNative, plain: string, path: string): Base64Source {
  const files = sliceFiles(native.fs.dirs.CacheDir);
  return {
    async read(position, lengthBytes) {
      const file = files.take();
      try {
        await native.fs.slice(plain, file, position, position + lengthBytes);
        return await native.fs.readFile(file, 'base64');
      } finally {
        files.give(file);
      }
    },
    sizeBytes: async () => (await native.statFile(plain, path, 'FILE_UNREADABLE')).sizeBytes,
    failure: (error) => nativeFailure(error, { path }),
    close: async () => {
      for (const file of files.all()) await native.remove(file, path);
    },
  };
}

interface SliceFiles {
  take(): string;
  give(file: string): void;
  all(): readonly string[];
}

/** Overlapping reads have a file each; handles, and other copies of this adapter, share none. */
function sliceFiles(directory: string): SliceFiles {
  const tag = Math.random().toString(36).slice(2, 12);
  const made: string[] = [];
  const idle: string[] = [];
  return {
    take() {
      const known = idle.pop();
      if (known !== undefined) return known;
      const file = `${directory}/reelway-slice-${tag}-${made.length}`;
      made.push(file);
      return file;
    },
    give: (file) => void idle.push(file),
    all: () => made,
  };
}
