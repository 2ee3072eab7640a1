/** Errors of the command line itself: exit code 2. */
import { ReelwayError } from '../index.js';

/** An INVALID_CONFIG that refers to `--help`. */
export function usageError(message: string, field: string): ReelwayError {
  return new ReelwayError('INVALID_CONFIG', {
    message,
    context: { field, usage: true },
    userMessage: 'The command line is not valid. `reelway --help` shows the correct forms.',
  });
}

/** Whether an error came from {@link usageError}. */
export function isUsageError(error: ReelwayError): boolean {
  return error.context['usage'] === true;
}
