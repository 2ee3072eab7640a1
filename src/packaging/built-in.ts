/** The built-in packagings by what an upload remembers of its package. */
import type { Package, Packaging, ReadHandle } from '../ports/index.js';
import { rawPackagingOf } from './raw-packaging.js';

/** What an upload remembers of its package. */
type MadeBy = Pick<Package, 'layout' | 'version'>;

/** The built-in packaging that made a package, so that an upload continues with the sizes it began with; `undefined` for all others. */
export function builtInPackaging({ layout, version }: MadeBy): Packaging | undefined {
  return layout === 'raw' ? rawPackagingOf(version) : undefined;
}

/** Whether the names and sizes of a package's objects follow from the size of its source alone. */
export function isPlannedBySize(made: MadeBy): boolean {
  return builtInPackaging(made) !== undefined;
}

const NO_SOURCE: ReadHandle = { readInto: () => Promise.resolve(0), close: () => Promise.resolve() };

/** The package of a source that is not read: its objects can be described only. `undefined` where planning takes the source itself. */
export async function planBySize(made: MadeBy, sizeBytes: number): Promise<Package | undefined> {
  return builtInPackaging(made)?.open(NO_SOURCE, sizeBytes);
}
