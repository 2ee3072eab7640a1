/** Pages of a bucket's listing, right or wrong as its profile says. */
import type { BlobInfo, BlobPage } from '../../../src/index.js';
import type { Bucket, StoredBlob } from './bucket.js';
import type { World } from './world.js';

/** One page. `isShown` hides what a stale listing does not know yet. */
export function pageOf(
  world: World,
  bucket: Bucket,
  prefix: string,
  cursor: string | undefined,
  infoOf: (key: string, blob: StoredBlob) => BlobInfo,
  isShown: (blob: StoredBlob) => boolean,
): BlobPage {
  const { pageSize, fault } = bucket.profile.listing;
  if (fault !== undefined) world.count(fault);
  if (cursor?.startsWith(EMPTY) === true) return { blobs: [], cursor: `${EMPTY}${Number(cursor.slice(EMPTY.length)) + 1}` };
  const ignoresPrefix = fault === 'listIgnoresPrefix' || (fault === 'listForgetsPrefix' && cursor !== undefined);
  const after = fault === 'listRepeats' ? '' : (cursor ?? '');
  const rest = [...bucket.blobs]
    .filter(([key, blob]) => (ignoresPrefix || key.startsWith(prefix)) && key > after && isShown(blob))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const blobs = rest.slice(0, pageSize).map(([key, blob]) => infoOf(key, blob));
  const next = cursorAfter(fault, rest.length > pageSize ? rest[pageSize - 1]?.[0] : undefined, cursor, prefix);
  return next === undefined ? { blobs } : { blobs, cursor: next };
}

/** Begins the cursor of a page after the last one. */
const EMPTY = 'empty-';

function cursorAfter(
  fault: Bucket['profile']['listing']['fault'],
  honest: string | undefined,
  asked: string | undefined,
  prefix: string,
): string | undefined {
  if (fault === 'listTruncated') return undefined;
  if (fault === 'listRepeats') return 'again';
  if (fault === 'listEndless') return honest ?? `${EMPTY}0`;
  // The first page is the last one of its prefix, and there is a second one all the same.
  if (fault === 'listForgetsPrefix' && asked === undefined) return honest ?? prefix;
  return honest;
}
