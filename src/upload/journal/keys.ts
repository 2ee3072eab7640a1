/** Where the journal's records lie in the key-value store: `reelway/<scope>/upload/…`, so that scopes never meet. */
import { scopeKey } from '../../core/index.js';

/** The two places of one upload's record; each write goes to the older one. */
export type Slot = 'a' | 'b';

/** The keys of one scope's journal. */
export interface JournalKeys {
  /** All keys of the journal start with it. */
  readonly root: string;
  /** A number raised at each start, see `openJournal`. */
  readonly fence: string;
  item(uploadId: string, slot: Slot): string;
  page(uploadId: string, name: string): string;
  setAside(uploadId: string, slot: Slot): string;
  /** The parts of a key; `undefined` for keys of another kind. */
  parse(key: string): ParsedKey | undefined;
}

export type ParsedKey =
  | { readonly kind: 'item' | 'set-aside'; readonly uploadId: string; readonly slot: Slot }
  | { readonly kind: 'page'; readonly uploadId: string };

const PART = /^(item|page|set-aside)\/([a-z0-9-]+)\/([a-z0-9-]+)$/;

export function journalKeys(scope: string): JournalKeys {
  const root = `reelway/${scopeKey(scope)}/upload/`;
  return {
    root,
    fence: `${root}fence`,
    item: (uploadId, slot) => `${root}item/${uploadId}/${slot}`,
    page: (uploadId, name) => `${root}page/${uploadId}/${name}`,
    setAside: (uploadId, slot) => `${root}set-aside/${uploadId}/${slot}`,
    parse: (key) => (key.startsWith(root) ? parsePart(key.slice(root.length)) : undefined),
  };
}

function parsePart(part: string): ParsedKey | undefined {
  const match = PART.exec(part);
  if (match === null) return undefined;
  const [, kind, uploadId = '', last] = match;
  if (kind === 'page') return { kind, uploadId };
  if ((kind === 'item' || kind === 'set-aside') && (last === 'a' || last === 'b')) return { kind, uploadId, slot: last };
  return undefined;
}
