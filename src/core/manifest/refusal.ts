/** How a manifest is refused: the same checks serve readers (MANIFEST_INVALID) and writers (INVALID_CONFIG). */
import { ReelwayError } from '../../errors/index.js';

/** Makes the error for a fault in a field. */
export type Refuse = (field: string, problem: string) => ReelwayError;

/** Faults of a manifest that was read. */
export const refuseManifest: Refuse = (field, problem) =>
  new ReelwayError('MANIFEST_INVALID', { message: `Manifest: ${field} ${problem}`, context: { field } });

/** Faults of a manifest that is about to be made. */
export const refuseDraft: Refuse = (field, problem) =>
  new ReelwayError('INVALID_CONFIG', { message: `Manifest draft: ${field} ${problem}`, context: { field } });
