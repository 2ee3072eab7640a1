/** Gives every screen the two engines of the person who is signed in: started once, taken up again after a kill, let go of at the end. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ReelwayHost } from './host';
import { createReelway, type Reelway } from './reelway';
import { sentenceOf } from './uploads-store';

export type ReelwayState =
  | { readonly status: 'starting' }
  | { readonly status: 'ready'; readonly reelway: Reelway }
  | { readonly status: 'failed'; readonly userMessage: string };

interface ReelwayContextValue {
  readonly state: ReelwayState;
  /** After a start that failed. */
  readonly tryAgain: () => void;
  /** Erases everything of this person on the device, and then calls `onSignedOut`. */
  readonly signOut: () => Promise<void>;
}

const ReelwayContext = createContext<ReelwayContextValue | undefined>(undefined);

export interface ReelwayProviderProps {
  readonly host: ReelwayHost;
  /** Who is signed in: the scope of the queue and of the cache. */
  readonly userId: string;
  readonly onSignedOut?: () => void;
  readonly children: ReactNode;
}

export function ReelwayProvider({ host, userId, onSignedOut, children }: ReelwayProviderProps) {
  const [state, setState] = useState<ReelwayState>({ status: 'starting' });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is what starts it once more
  useEffect(() => {
    let isGone = false;
    const reelway = createReelway(host, userId);
    setState({ status: 'starting' });
    reelway.start().then(
      () => isGone || setState({ status: 'ready', reelway }),
      (error: unknown) => isGone || setState({ status: 'failed', userMessage: sentenceOf(error) }),
    );
    return () => {
      isGone = true;
      // What could not be written on the way out is found by the next start.
      reelway.stop().catch(() => undefined);
    };
  }, [host, userId, attempt]);

  const signOut = useCallback(async () => {
    if (state.status === 'ready') await state.reelway.erase();
    onSignedOut?.();
  }, [state, onSignedOut]);
  const tryAgain = useCallback(() => setAttempt((count) => count + 1), []);
  const value = useMemo(() => ({ state, tryAgain, signOut }), [state, tryAgain, signOut]);
  return <ReelwayContext.Provider value={value}>{children}</ReelwayContext.Provider>;
}

/** The engines' state, and what can be done about it. */
export function useReelwayState(): ReelwayContextValue {
  const value = useContext(ReelwayContext);
  if (value === undefined) throw new TypeError('Put a ReelwayProvider around the app');
  return value;
}

/** The engines; only below a `ReelwayGate`, where they are ready. */
export function useReelway(): Reelway {
  const { state } = useReelwayState();
  if (state.status !== 'ready') throw new TypeError('Put a ReelwayGate around this screen');
  return state.reelway;
}
