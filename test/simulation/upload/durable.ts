/** What the journal of an upload holds, as it would be read after a kill. */
import { readPage } from '../../../src/upload/journal/ack-pages.js';
import { decodeRecord } from '../../../src/upload/journal/record-envelope.js';
import { decodeItem, type UploadRecord } from '../../../src/upload/journal/upload-record.js';
import type { Records } from '../world/records.js';

const KEY = /\/(item|page)\/([a-z0-9-]+)\/[a-z0-9-]+$/;

/** What a key of the journal names; `undefined` for others. */
export function namedBy(key: string): { readonly kind: 'item' | 'page'; readonly uploadId: string } | undefined {
  const match = KEY.exec(key);
  if (match === null || key.includes('/set-aside/')) return undefined;
  const [, kind, uploadId = ''] = match;
  return { kind: kind === 'item' ? 'item' : 'page', uploadId };
}

/** A record in a stored text; `undefined` where it is damaged. */
export function recordIn(text: string): UploadRecord | undefined {
  const decoded = decodeRecord(text);
  return decoded.kind === 'record' ? decodeItem(decoded.body) : undefined;
}

/** The newest intact record of an upload. */
export function recordOf(records: Records, uploadId: string): UploadRecord | undefined {
  let best: { readonly sequence: number; readonly record: UploadRecord } | undefined;
  for (const [, text] of keysOf(records, 'item', uploadId)) {
    const decoded = decodeRecord(text);
    const record = decoded.kind === 'record' ? decodeItem(decoded.body) : undefined;
    if (decoded.kind !== 'record' || record === undefined) continue;
    if (best === undefined || decoded.sequence > best.sequence) best = { sequence: decoded.sequence, record };
  }
  return best?.record;
}

/** Indices of the objects whose acknowledgement is durable. */
export function acknowledgedIn(records: Records, { id, plan }: UploadRecord): Set<number> {
  const indices = new Set<number>();
  for (const [, text] of keysOf(records, 'page', id)) for (const { index } of factsIn(text, plan)) indices.add(index);
  return indices;
}

/** Indices of the objects that one page acknowledges. */
export function factsIn(text: string, { algorithm, count }: UploadRecord['plan']): readonly { readonly index: number }[] {
  return readPage(text, algorithm, count) ?? [];
}

function keysOf(records: Records, kind: 'item' | 'page', uploadId: string): [string, string][] {
  const infix = `/${kind}/${uploadId}/`;
  return [...records].filter(([key]) => key.includes(infix));
}
