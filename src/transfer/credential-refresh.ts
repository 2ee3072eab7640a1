/** Renewing credentials once for any number of refused requests. */
import type { ReelwayError } from '../errors/index.js';

/** Who renews credentials. */
export interface CredentialRefresher {
  /** How often they have been renewed: an attempt remembers it, so that a late refusal of old credentials renews nothing. */
  epoch(): number;
  /** Whether the request may be sent again. `false`: a person has to sign in. */
  refresh(error: ReelwayError, epoch: number): Promise<boolean>;
  /** The store has taken a request. */
  accepted(): void;
}

/** Renewals in a row that did not help. */
const MAX_IN_VAIN = 2;

/**
 * @param refresh the app's own renewal, if it has one
 * @param onFailure told why a renewal failed
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
