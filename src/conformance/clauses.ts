/** The contracts as data, for documentation and tables. */
import { BLOB_STORE_CLAUSES } from './blob-store/index.js';
import { FILE_SYSTEM_CLAUSES } from './file-system/index.js';
import { KEY_VALUE_STORE_CLAUSES } from './key-value-store/index.js';
import type { ConformanceClause } from './kit/failure.js';

/** The ports that have a suite. */
export type ConformancePort = 'FileSystem' | 'KeyValueStore' | 'BlobStore';

const CLAUSES = { FileSystem: FILE_SYSTEM_CLAUSES, KeyValueStore: KEY_VALUE_STORE_CLAUSES, BlobStore: BLOB_STORE_CLAUSES } as const;

/** Every clause of one port's contract, in the order in which its suite tries them. */
export function conformanceClauses(port: ConformancePort): ConformanceClause[] {
  return CLAUSES[port].map(({ id, wants, why }) => ({ id, wants, why }));
}
