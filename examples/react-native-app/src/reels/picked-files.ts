/**
 * Picked videos and posters, copied into a folder of the app: the grant of a `content://` address dies with the process, and
 * iOS empties the folder that its picker writes to. A copy lives until its upload is over.
 */
import type { FileSystem, UploadQueueItem } from 'reelway';

export interface PickedFiles {
  /** A path that outlives the process. `name` is the file's name for people; its ending is kept. */
  take(uri: string, name: string): Promise<string>;
  /** Removes the copies of an upload that is over. */
  drop(item: UploadQueueItem): Promise<void>;
  /** Removes what no upload needs: what a kill left between copying and adding. */
  sweep(items: readonly UploadQueueItem[]): Promise<void>;
  /** Removes all copies, for sign-out. */
  erase(): Promise<void>;
}

const OVER = ['completed', 'canceled'];

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function createPickedFiles(fileSystem: FileSystem, directory: string, nowMs: () => number): PickedFiles {
  let count = 0;
  const filesOf = (item: UploadQueueItem): string[] => [nameOf(item.filePath), item.metadata.custom?.['poster'] ?? ''];
  return {
    take: async (uri, name) => {
      // A host that opens everything it is given needs no copy.
      if (fileSystem.importFile === undefined) return uri;
      count += 1;
      const path = `${directory}/${nowMs()}-${count}${endingOf(name)}`;
      await fileSystem.makeDirectory(directory);
      await fileSystem.importFile(uri, path);
      return path;
    },
    drop: async (item) => {
      const ours = await fileSystem.list(directory);
      for (const name of filesOf(item)) if (ours.includes(name)) await fileSystem.remove(`${directory}/${name}`);
    },
    sweep: async (items) => {
      const needed = items.filter(({ status }) => !OVER.includes(status)).flatMap(filesOf);
      for (const name of await fileSystem.list(directory)) {
        if (!needed.includes(name)) await fileSystem.remove(`${directory}/${name}`);
      }
    },
    erase: () => fileSystem.remove(directory),
  };
}

function endingOf(name: string): string {
  return /\.[a-z0-9]{1,5}$/i.exec(nameOf(name))?.[0].toLowerCase() ?? '';
}
