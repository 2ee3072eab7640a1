/** From a picked video to an upload that nothing can lose: pick, prepare, publish, and on with the app. */
import { useCallback, useRef, useState } from 'react';
import { nameOf } from './picked-files';
import type { Reelway } from './reelway';
import { useReelway } from './reelway-provider';
import { sentenceOf } from './uploads-store';

export interface PickedVideo {
  /** As the picker gave it: a path, `file://`, `content://` or `ph://`. */
  readonly uri: string;
  readonly fileName: string;
  readonly durationSeconds?: number;
  readonly width?: number;
  readonly height?: number;
}

/** What the screen can do with videos; libraries of the app's choice, so they are handed in. */
export interface VideoTools {
  /** `undefined` where the person chose none. */
  pick(): Promise<PickedVideo | undefined>;
  /** A smaller copy: its path. Left out, the video goes as it is. */
  compress?(path: string, onProgress: (fraction: number) => void): Promise<string>;
  /** A JPEG of at most 512 KiB: its path. Left out, reels have no poster. */
  makePoster?(path: string): Promise<string>;
}

export type CreateReelStep =
  | { readonly step: 'empty' }
  | { readonly step: 'preparing'; readonly fraction: number | undefined }
  | { readonly step: 'chosen'; readonly video: PickedVideo; readonly path: string; readonly poster: string | undefined }
  | { readonly step: 'publishing' }
  | { readonly step: 'published'; readonly uploadId: string };

export interface CreateReel {
  readonly state: CreateReelStep;
  /** What went wrong, or what was done differently. */
  readonly notice: string | undefined;
  choose(): Promise<void>;
  publish(title: string): Promise<void>;
  /** Makes room for the next one. The one before goes on by itself. */
  reset(): void;
}

export function useCreateReel(tools: VideoTools): CreateReel {
  const reelway = useReelway();
  const [state, setState] = useState<CreateReelStep>({ step: 'empty' });
  const [notice, setNotice] = useState<string>();
  // Two taps before the next drawing must not publish twice.
  const isBusy = useRef(false);

  const once = useCallback(async (run: () => Promise<void>) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setNotice(undefined);
    try {
      await run();
    } catch (error) {
      setNotice(sentenceOf(error));
    } finally {
      isBusy.current = false;
    }
  }, []);

  const choose = useCallback(
    () =>
      once(async () => {
        const video = await tools.pick();
        if (video === undefined) return;
        try {
          const prepared = await prepare(reelway, tools, video, (fraction) => setState({ step: 'preparing', fraction }));
          setState({ step: 'chosen', video, path: prepared.path, poster: prepared.poster });
          setNotice(prepared.notice);
        } catch (error) {
          setState({ step: 'empty' });
          throw error;
        }
      }),
    [once, reelway, tools],
  );

  const publish = useCallback(
    (title: string) =>
      once(async () => {
        if (state.step !== 'chosen') return;
        setState({ step: 'publishing' });
        try {
          setState({ step: 'published', uploadId: await add(reelway, state, title) });
        } catch (error) {
          setState(state);
          throw error;
        }
      }),
    [once, reelway, state],
  );

  return { state, notice, choose, publish, reset: useCallback(() => setState({ step: 'empty' }), []) };
}

interface Prepared {
  readonly path: string;
  readonly poster: string | undefined;
  readonly notice: string | undefined;
}

/** Copy, compress, poster. A reel that is larger than it could be, or has no poster, is better than none. */
async function prepare(reelway: Reelway, tools: VideoTools, video: PickedVideo, onStep: (fraction?: number) => void): Promise<Prepared> {
  const { pickedFiles } = reelway;
  onStep();
  const compressed = await attempt(tools.compress && (() => tools.compress?.(video.uri, onStep)));
  const path = await pickedFiles.take(compressed.value ?? video.uri, compressed.value ?? video.fileName);
  onStep();
  const poster = await attempt(tools.makePoster && (async () => pickedFiles.take((await tools.makePoster?.(path)) ?? '', 'poster.jpg')));
  return {
    path,
    poster: poster.value === undefined ? undefined : nameOf(poster.value),
    notice: compressed.hasFailed ? 'The video could not be made smaller, so it goes as it is.' : undefined,
  };
}

async function attempt<T>(run: (() => Promise<T> | undefined) | undefined): Promise<{ value?: T; hasFailed: boolean }> {
  try {
    const value = await run?.();
    return value === undefined ? { hasFailed: false } : { value, hasFailed: false };
  } catch {
    return { hasFailed: true };
  }
}

/** Resolves when the upload is durable: from here on a kill loses nothing. */
async function add({ engine }: Reelway, chosen: CreateReelStep & { step: 'chosen' }, title: string): Promise<string> {
  const { video, path, poster } = chosen;
  const { durationSeconds, width, height } = video;
  const upload = await engine.add(
    path,
    {
      title: title.trim() === '' ? 'Untitled reel' : title.trim(),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
      ...(width === undefined || height === undefined ? {} : { width, height }),
      ...(poster === undefined ? {} : { custom: { poster } }),
    },
    { priority: 'high' },
  );
  return upload.id;
}
