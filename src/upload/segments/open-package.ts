/** A source opened by the first packaging that accepts it. */
import { isReelwayError, ReelwayError } from '../../errors/index.js';
import { builtInPackaging } from '../../packaging/index.js';
import type { AbortSignalLike, Package, Packaging } from '../../ports/index.js';
import type { FrozenPlan } from '../journal/index.js';
import type { OpenSource } from '../source/source-file.js';

/** Plans a new source. @throws {ReelwayError} NOT_SUPPORTED where no packaging accepts it */
export async function openPackage(packagings: readonly Packaging[], source: OpenSource): Promise<Package> {
  // Every package is wanted, so that only a rejection is left where none is opened.
  return (await openFirst(packagings, source, undefined, () => true)) as Package;
}

/**
 * Plans a source as its upload began. `undefined` where no packaging makes that version any more.
 *
 * @throws {ReelwayError} NOT_SUPPORTED where no packaging accepts the source
 */
export function openFrozenPackage(
  packagings: readonly Packaging[],
  plan: FrozenPlan,
  source: OpenSource,
  signal?: AbortSignalLike,
): Promise<Package | undefined> {
  const builtIn = builtInPackaging(plan);
  const isSame = (pack: Package): boolean => pack.layout === plan.layout && pack.version === plan.version;
  return openFirst(builtIn === undefined ? packagings : [builtIn], source, signal, isSame);
}

/** The first package that is accepted and `isWanted`; `undefined` where some are accepted and none is wanted. */
async function openFirst(
  packagings: readonly Packaging[],
  { handle, identity }: OpenSource,
  signal: AbortSignalLike | undefined,
  isWanted: (pack: Package) => boolean,
): Promise<Package | undefined> {
  const refusals: unknown[] = [];
  for (const packaging of packagings) {
    try {
      const pack = await packaging.open(handle, identity.sizeBytes, signal);
      if (isWanted(pack)) return pack;
    } catch (error) {
      if (!isReelwayError(error) || error.code !== 'NOT_SUPPORTED') throw error;
      refusals.push(error);
    }
  }
  if (refusals.length < packagings.length) return undefined;
  throw new ReelwayError('NOT_SUPPORTED', { message: `None of ${packagings.length} packagings accepts the source`, cause: refusals.pop() });
}
