/** A video that is computed where it is read, so that neither page nor test holds it. */

/**
 * The byte at a place.
 * @param {number} index
 */
export function patternByte(index) {
  return (index * 31 + (index >> 8) * 17 + (index >> 19) * 7) & 0xff;
}

/**
 * A file system in which every path is one file of the pattern, to be read and nothing else.
 * @param {number} sizeBytes
 */
export function patternFileSystem(sizeBytes) {
  const refuse = async () => {
    throw new TypeError('This file system is only read');
  };
  return {
    nativePaths: false,
    stat: async () => ({ sizeBytes, kind: /** @type {const} */ ('file'), modifiedMs: 1 }),
    open: async () => ({
      /**
       * @param {Uint8Array} buffer
       * @param {number} position
       */
      readInto: async (buffer, position) => {
        const length = Math.max(0, Math.min(buffer.length, sizeBytes - position));
        for (let at = 0; at < length; at += 1) buffer[at] = patternByte(position + at);
        return length;
      },
      close: async () => undefined,
    }),
    ...{ create: refuse, rename: refuse, remove: refuse, makeDirectory: refuse },
    list: async () => [],
  };
}
