/** HEAD by a read of one byte, for servers and proxies that refuse HEAD but not GET. */
import { isReelwayError } from '../../errors/index.js';
import type { BlobInfo, BlobReader, GetOptions } from '../../ports/index.js';

const REFUSED = new Set<unknown>([403, 405]);

/** Whether a HEAD was refused in a way that a GET may not be. */
export function isHeadRefused(error: unknown): boolean {
  return isReelwayError(error) && REFUSED.has(error.context.status);
}

/**
 * Key and, if the reply contains it, size; `undefined` for a missing blob. Rejects with the error of the read, which names its cause; without a
 * reply with `refusal`, the error of the HEAD.
 */
export async function headByRead(
  key: string,
  refusal: unknown,
  get: (options: GetOptions) => Promise<BlobReader>,
): Promise<BlobInfo | undefined> {
  try {
    const reader = await get({ range: { start: 0, end: 1 } });
    await reader.close();
    return { key, hashes: {}, ...(reader.sizeBytes === undefined ? {} : { sizeBytes: reader.sizeBytes }) };
  } catch (error) {
    if (isReelwayError(error) && error.code === 'BLOB_NOT_FOUND') return undefined;
    // An empty blob has no first byte; a server that ignores ranges has sent the whole blob.
    if (isReelwayError(error) && (error.code === 'RANGE_NOT_SATISFIABLE' || error.code === 'NOT_SUPPORTED')) return { key, hashes: {} };
    throw isReelwayError(error) && error.context.status === undefined && error.code !== 'ABORTED' ? refusal : error;
  }
}
