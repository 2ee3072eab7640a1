/** Refreshes credentials once for any number of refused requests. */
import type { ReelwayError } from '../errors/index.js';

/** The credentials of one store. */
export interface CredentialRefresher {
  /** The number of refreshes. An attempt remembers it, so that a late refusal of old credentials causes no second refresh. */
  epoch(): number;
  /** Resolves with whether the request may be sent again. `false`: the user has to sign in. */
  refresh(error: ReelwayError, epoch: number): Promise<boolean>;
  /** The store has accepted a request. */
  accepted(): void;
}

/** Consecutive refreshes that did not help. */
const MAX_IN_VAIN = 2;

/**
 * @param refresh the app's own refresh, if it has one
 * @param onFailure gets the error of a refresh that failed
 */
export function createCredentialRefresher(
  refresh: ((error: ReelwayError) => Promise<void>) | undefined,
  onFailure: (error: unknown) => void,
): CredentialRefresher {
  let epoch = 0;
  let inVain = 0;
  let running: Promise<boolean> | undefined;
  const run = async (error: ReelwayError): Promise<boolean> => {
    if (refresh === undefined || inVain >= MAX_IN_VAIN) return false;
    try {
      await refresh(error);
    } catch (failure) {
      onFailure(failure);
      return false;
    }
    inVain += 1;
    epoch += 1;
    return true;
  };
  return {
    epoch: () => epoch,
    refresh: (error, seen) => {
      if (seen !== epoch) return Promise.resolve(true);
      running ??= run(error).finally(() => {
        running = undefined;
      });
      return running;
    },
    accepted: () => {
      inVain = 0;
    },
  };
}
