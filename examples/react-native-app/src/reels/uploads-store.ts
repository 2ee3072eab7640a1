/** The queue as screens draw it: one plain view for each upload, new only when something changed. */
import { isReelwayError, type ReelwayError, type UploadEngine, type UploadHandle, type UploadState, type UploadStatus } from 'reelway';
import { amountInWords, headlineOf, SteadyRemaining } from './words';

/** What a person can ask of an upload. */
export type UploadVerb = 'pause' | 'resume' | 'cancel' | 'retry';

/** One upload, ready to be drawn. */
export interface UploadView {
  readonly id: string;
  readonly title: string;
  readonly status: UploadStatus;
  readonly headline: string;
  /** Bytes, rate and time left; or what went wrong and what to do about it. */
  readonly detail: string | undefined;
  /** 0 to 1. */
  readonly fraction: number;
  readonly segments: { readonly done: number; readonly total: number };
  readonly verbs: readonly UploadVerb[];
  /** Completed or canceled. */
  readonly isOver: boolean;
}

export interface UploadsStore {
  /** For `useSyncExternalStore`. */
  readonly subscribe: (listener: () => void) => () => void;
  /** The same array until something changes. */
  readonly views: () => readonly UploadView[];
  /** Runs a verb; a sentence for people where it was not possible. */
  act(id: string, verb: UploadVerb): Promise<string | undefined>;
  close(): void;
}

const VERBS: Readonly<Record<UploadStatus, readonly UploadVerb[]>> = {
  pending: ['pause', 'cancel'],
  processing: ['pause', 'cancel'],
  publishing: [],
  waiting: ['resume', 'pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry', 'cancel'],
  completed: [],
  canceled: [],
};

/** Waiting for these ends by itself only, so that a button would be an empty promise. */
const NO_HURRY: readonly string[] = ['offline', 'metered', 'power'];

/** Sentence of any error for people. */
export function sentenceOf(error: unknown): string {
  return isReelwayError(error) ? error.userMessage : 'Something went wrong. Please try again.';
}

export function createUploadsStore(engine: UploadEngine): UploadsStore {
  const listeners = new Set<() => void>();
  const clocks = new Map<string, SteadyRemaining>();
  let views: readonly UploadView[] | undefined;
  const changed = (): void => {
    views = undefined;
    for (const listener of [...listeners]) listener();
  };
  const steadyOf = (id: string): SteadyRemaining => {
    const steady = clocks.get(id) ?? new SteadyRemaining();
    clocks.set(id, steady);
    return steady;
  };
  const offs = [engine.on('progress', changed), engine.on('status', changed), engine.on('idle', changed)];
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    views: () => {
      views ??= engine.list().map(({ id }) => viewOf(engine.get(id), steadyOf(id)));
      return views;
    },
    act: async (id, verb) => {
      try {
        await engine.get(id)[verb]();
        return undefined;
      } catch (error) {
        return sentenceOf(error);
      } finally {
        changed();
      }
    },
    close: () => {
      for (const off of offs) off();
    },
  };
}

function viewOf(upload: UploadHandle, steady: SteadyRemaining): UploadView {
  const state = upload.state();
  const progress = upload.progress();
  if (state.status !== 'processing') steady.reset();
  return {
    id: upload.id,
    title: upload.item().metadata.title ?? 'Untitled reel',
    status: state.status,
    headline: headlineOf(state),
    detail: detailOf(upload, state, steady),
    fraction: progress.fraction,
    segments: { done: progress.acknowledgedSegments, total: progress.totalSegments },
    verbs: verbsOf(state),
    isOver: state.status === 'completed' || state.status === 'canceled',
  };
}

function detailOf(upload: UploadHandle, state: UploadState, steady: SteadyRemaining): string | undefined {
  if (state.status === 'failed') return failureOf(state.error);
  if (state.status === 'waiting') return state.error?.userMessage;
  if (state.status !== 'processing') return undefined;
  const progress = upload.progress();
  const remaining = steady.next(progress.remainingMs);
  return remaining === undefined ? amountInWords(progress) : `${amountInWords(progress)}, ${remaining}`;
}

/** A refusal of the app's own backend says why in its own words, as long as this run of the app remembers them. */
function failureOf({ code, cause, userMessage }: ReelwayError): string {
  if (code !== 'PUBLISH_FAILED') return userMessage;
  return isReelwayError(cause) ? cause.userMessage : 'The video is stored, but was not posted. Please try again.';
}

function verbsOf(state: UploadState): readonly UploadVerb[] {
  const verbs = VERBS[state.status];
  return state.status === 'waiting' && NO_HURRY.includes(state.reason) ? verbs.filter((verb) => verb !== 'resume') : verbs;
}
