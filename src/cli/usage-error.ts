/** The command line itself is wrong: exit 2. */
import { ReelwayError } from '../index.js';

/** An INVALID_CONFIG that says how to find the right form. */
export function usageError(message: string, field: string): ReelwayError {
  return new ReelwayError('INVALID_CONFIG', {
    message,
    context: { field, usage: true },
    userMessage: 'The command is not written right. `reelway --help` shows its forms.',
  });
}

/** Whether an error came from {@link usageError}. */
export function isUsageError(error: ReelwayError): boolean {
  return error.context['usage'] === true;
}
