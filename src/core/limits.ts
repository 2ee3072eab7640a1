/** The figures that every room agrees on. */

/** Bytes of a segment, at most; the unit of memory: no read, body or buffer on a path that grows with the video is larger. */
export const MAX_SEGMENT_BYTES = 524_288;

/**
 * The former name of {@link MAX_SEGMENT_BYTES}.
 * @alias
 * @deprecated Use {@link MAX_SEGMENT_BYTES}.
 */
export const FRAGMENT_BYTES = MAX_SEGMENT_BYTES;

/** Segments that one manifest may describe, all renditions together. */
export const MAX_SEGMENTS = 65_536;

/** Bytes of an encoded manifest, inclusive; anything larger is refused before it is parsed. */
export const MAX_MANIFEST_BYTES = 8_388_608;

/** Bytes of an encoded manifest that hold its opening for every usual video, see `readOpening`. */
export const OPENING_PREFIX_BYTES = 4_096;

/** Bytes of a video's metadata as ASCII JSON, inclusive. */
export const MAX_METADATA_BYTES = 16_384;
