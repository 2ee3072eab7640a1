/** The one shape of hashes for manifest, journal, `put` and `head`. */

/** The algorithms that Reelway knows. */
export type HashAlgorithm = 'crc32c' | 'md5' | 'sha256';

/** Lower-case hex by algorithm, any subset. */
export type Hashes = { readonly [Algorithm in HashAlgorithm]?: string };
