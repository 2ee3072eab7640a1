/** Copies of bytes that are lent. */

/**
 * A copy of lent bytes that stays as it is when the buffer is filled again. `bytes.slice()` is none where the bytes are a Node `Buffer`: its
 * `slice` is a view.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
