/** A file system that knows after every operation how many bytes lie below a directory. */
import type { FileSystem, WriteHandle } from '../../../src/ports/index.js';

export interface WatchedFiles {
  readonly fileSystem: FileSystem;
  /** The most bytes that ever lay below the directory, looked at within every write. */
  peakBytes(): number;
  /** Bytes below the directory now. */
  bytes(): number;
  /** Files that are open now. */
  openHandles(): number;
}

/** Adds up what is written, renamed and removed below `directory`. */
export function watchFiles(fileSystem: FileSystem, directory: string): WatchedFiles {
  const sizes = new Map<string, number>();
  let peak = 0;
  let open = 0;
  const sum = (): number => [...sizes.values()].reduce((total, size) => total + size, 0);
  const note = (path: string, size: number): void => {
    if (path.startsWith(directory)) sizes.set(path, size);
    peak = Math.max(peak, sum());
  };
  const once = (): (() => void) => {
    let isOpen = true;
    open += 1;
    return () => {
      if (isOpen) open -= 1;
      isOpen = false;
    };
  };
  const watchWrite = (path: string, handle: WriteHandle): WriteHandle => {
    const closed = once();
    let size = 0;
    return {
      write: async (bytes) => {
        size += bytes.length;
        note(path, size);
        await handle.write(bytes);
      },
      close: async () => {
        closed();
        await handle.close();
      },
    };
  };
  return {
    fileSystem: {
      ...fileSystem,
      nativePaths: fileSystem.nativePaths,
      stat: (path) => fileSystem.stat(path),
      list: (path) => fileSystem.list(path),
      makeDirectory: (path) => fileSystem.makeDirectory(path),
      open: async (path) => {
        const handle = await fileSystem.open(path);
        const closed = once();
        return {
          readInto: (buffer, position) => handle.readInto(buffer, position),
          close: async () => {
            closed();
            await handle.close();
          },
        };
      },
      create: async (path, options) => {
        const handle = await fileSystem.create(path, options);
        note(path, 0);
        return watchWrite(path, handle);
      },
      rename: async (from, to) => {
        await fileSystem.rename(from, to);
        const size = sizes.get(from) ?? 0;
        sizes.delete(from);
        note(to, size);
      },
      remove: async (path) => {
        await fileSystem.remove(path);
        for (const name of [...sizes.keys()]) if (name === path || name.startsWith(`${path}/`)) sizes.delete(name);
      },
    },
    peakBytes: () => peak,
    bytes: sum,
    openHandles: () => open,
  };
}
