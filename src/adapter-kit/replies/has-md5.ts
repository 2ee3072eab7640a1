/** Compares a stored blob with an MD5 by reading it, since an ETag may be something else than an MD5. */
import type { createHash } from '../../core/index.js';
import type { BlobReader } from '../../ports/index.js';

/**
 * Whether the bytes of a blob have this MD5, as lower-case hex; false if it cannot be read. `hash` is a new MD5, handed in so that
 * adapters without hashes do not load the core.
 */
export async function hasMd5(open: () => Promise<BlobReader>, md5: string, hash: ReturnType<typeof createHash>): Promise<boolean> {
  try {
    const reader = await open();
    try {
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) hash.update(piece);
    } finally {
      await reader.close();
    }
    return hash.digest() === md5;
  } catch {
    // Without a proof the mismatch of the ETag stands, and the put is repeated.
    return false;
  }
}
