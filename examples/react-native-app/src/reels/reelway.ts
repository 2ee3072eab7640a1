/** Both engines for one signed-in person, from the first start to the sign-out. No React in here. */
import { createUploadEngine, createVideoFetcher, type UploadEngine, type VideoFetcher } from 'reelway';
import type { Ports, ReelwayHost } from './host';
import { createPickedFiles, type PickedFiles } from './picked-files';
import { createPublish } from './publish';
import { createUploadsStore, type UploadsStore } from './uploads-store';

const MIB = 1024 * 1024;

export interface Reelway {
  readonly host: ReelwayHost;
  readonly engine: UploadEngine;
  readonly fetcher: VideoFetcher;
  readonly uploads: UploadsStore;
  readonly pickedFiles: PickedFiles;
  /** Takes up what the last run left. @throws {ReelwayError} */
  start(): Promise<void>;
  /** Lets go of everything and loses nothing. */
  stop(): Promise<void>;
  /** Sign-out: forgets every byte and record of this person on the device, and what is half uploaded in the bucket. */
  erase(): Promise<void>;
}

export function createReelway(host: ReelwayHost, userId: string): Reelway {
  const { ports, directories, backend, refreshAuth } = host;
  const sources = `${directories.sources}/${folderOf(userId)}`;
  const engine = createUploadEngine({
    ...ports,
    scope: userId,
    stagingDirectory: directories.staging,
    publish: createPublish(ports, backend, sources),
    ...(refreshAuth === undefined ? {} : { refreshAuth }),
  });
  const fetcher = createVideoFetcher({ ...ports, scope: userId, cache: { directory: directories.cache, maxBytes: 256 * MIB } });
  const uploads = createUploadsStore(engine);
  const pickedFiles = createPickedFiles(ports.fileSystem, sources, nowOf(ports));
  const off = engine.on('status', (event) => {
    if (event.status !== 'completed' && event.status !== 'canceled') return;
    const item = engine.get(event.uploadId).item();
    // What cannot be removed now is swept at the next start.
    pickedFiles.drop(item).catch(() => undefined);
  });
  const turn = takeTurn(host);
  let starting: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    off();
    uploads.close();
    // Whoever called `start` knows why it failed.
    await starting.catch(() => undefined);
    try {
      await Promise.all([engine.stop(), fetcher.cleanup()]);
    } finally {
      turn.end();
    }
  };
  return {
    host,
    engine,
    fetcher,
    uploads,
    pickedFiles,
    stop,
    start: () => {
      starting = turn.begin.then(async () => {
        await engine.start();
        await pickedFiles.sweep(engine.list());
        await ports.fileSystem.remove(directories.player);
      });
      return starting;
    },
    erase: async () => {
      await engine.erase();
      await fetcher.erase();
      await Promise.all([pickedFiles.erase(), ports.fileSystem.remove(directories.player)]);
      await stop();
    },
  };
}

/** When the last one on each host will have let go. */
const turns = new WeakMap<ReelwayHost, Promise<void>>();

/** One after another: two engines must never work on one queue, not even for a moment while the app is reloaded. */
function takeTurn(host: ReelwayHost): { readonly begin: Promise<void>; end(): void } {
  const begin = turns.get(host) ?? Promise.resolve();
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  turns.set(host, over);
  return { begin, end: () => end() };
}

/** A folder's name for any id, so that nobody's copies are swept while somebody else is signed in. */
function folderOf(userId: string): string {
  return [...userId].map((letter) => letter.charCodeAt(0).toString(16)).join('-');
}

function nowOf({ clock }: Ports): () => number {
  return clock === undefined ? Date.now : () => clock.wallMs();
}
