import type { BlobStoreClaims, BlobStoreFixture } from '../../../src/conformance/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { BlobReader, GetOptions } from '../../../src/ports/index.js';
import { faulty, gathered, getting, respelled } from './good-blob-store.js';
import type { Plant } from './plant.js';

/** A reader over bytes in pieces of so many. */
function readerOver(bytes: Uint8Array, pieceBytes: number, sizeBytes: number | undefined): BlobReader {
  let at = 0;
  return {
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    next: async () => {
      const piece = bytes.subarray(at, at + pieceBytes);
      at += piece.length;
      return piece.length === 0 ? undefined : piece;
    },
    close: async () => undefined,
  };
}

/** The good reader with some members replaced. */
function reading(change: (reader: BlobReader, options: GetOptions | undefined) => Partial<BlobReader>) {
  return getting((reader, _key, options) => ({
    sizeBytes: reader.sizeBytes ?? 0,
    next: reader.next.bind(reader),
    close: reader.close.bind(reader),
    ...change(reader, options),
  }));
}

const RESERVED = /(^|\/)(con|nul|aux|com1|prn|lpt1)(\.|\/|$)/i;

export const gettingPlants: readonly Plant<BlobStoreFixture, BlobStoreClaims>[] = [
  {
    name: 'finds a folder where a blob is asked for',
    clause: 'blob.head.missing',
    make: faulty((good) => ({
      head: async (key, signal) => {
        const info = await good.head(key, signal);
        const below = info === undefined && signal === undefined ? (await good.list?.(`${key}/`))?.blobs[0] : undefined;
        return info ?? (below && { ...below, key, sizeBytes: 0 });
      },
    })),
  },
  {
    name: 'rejects the head of a missing blob',
    clause: 'blob.head.missing',
    also: [
      'blob.parts.aborted',
      'blob.parts.told-otherwise',
      'blob.parts.too-small',
      'blob.parts.unseen',
      'blob.abort.put-before',
      'blob.abort.put-bytes',
      'blob.abort.put-during',
      'blob.abort.put-settled',
      'blob.announce',
      'blob.attests.no-echo',
      'blob.full',
      'blob.put.hash-refused',
      'blob.put.whole-or-absent',
      'blob.remove.many',
    ],
    make: faulty((good) => ({
      head: async (key, signal) => {
        const info = await good.head(key, signal);
        if (info === undefined) throw new ReelwayError('BLOB_NOT_FOUND');
        return info;
      },
    })),
  },
  {
    name: 'tells keys with the prefix of its bucket',
    clause: 'blob.head.size',
    make: faulty((good) => ({
      head: async (key, signal) => {
        const info = await good.head(key, signal);
        return info && { ...info, key: `bucket/${key}` };
      },
    })),
  },
  {
    name: 'gives an error page for a missing blob',
    clause: 'blob.get.missing',
    also: [
      'blob.parts.aborted',
      'blob.parts.told-otherwise',
      'blob.parts.too-small',
      'blob.parts.unseen',
      'blob.abort.put-before',
      'blob.abort.put-during',
      'blob.full',
      'blob.put.hash-refused',
      'blob.put.whole-or-absent',
      'blob.remove.many',
    ],
    make: faulty((good) => ({
      get: async (key, options) => {
        if (options === undefined && (await good.head(key)) === undefined) return readerOver(new Uint8Array(40), 40, 40);
        return good.get(key, options);
      },
    })),
  },
  {
    name: 'gives an empty piece first',
    clause: 'blob.get.pieces',
    make: reading((reader) => {
      let first = true;
      return {
        next: async () => {
          if (!first) return reader.next();
          first = false;
          return new Uint8Array(0);
        },
      };
    }),
    also: ['blob.abort.get-during'],
  },
  {
    name: 'gives the whole blob as one piece',
    clause: 'blob.get.large',
    make: getting(async (reader, _key, options) => {
      if (options !== undefined) return reader;
      return readerOver(await gathered(reader), Number.MAX_SAFE_INTEGER, reader.sizeBytes);
    }),
  },
  {
    name: 'rejects a call behind the end',
    clause: 'blob.get.end',
    make: reading((reader) => {
      let ended = false;
      return {
        next: async () => {
          if (ended) throw new ReelwayError('NETWORK');
          const piece = await reader.next();
          ended = piece === undefined;
          return piece;
        },
      };
    }),
  },
  {
    name: 'rejects the second close',
    clause: 'blob.get.close',
    make: reading((reader) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new ReelwayError('NETWORK');
          closed = true;
          await reader.close();
        },
      };
    }),
  },
  {
    name: 'hands out its own bytes',
    clause: 'blob.get.lent',
    make: faulty((good) => {
      const own = new Map<string, Uint8Array>();
      return {
        get: async (key, options) => {
          const reader = await good.get(key, options);
          if (options !== undefined || reader.sizeBytes === undefined || key !== 'lent') return reader;
          const bytes = own.get(key) ?? (await gathered(reader));
          own.set(key, bytes);
          return readerOver(bytes, 50_000, bytes.length);
        },
        put: async (key, body, options) => {
          own.delete(key);
          return good.put(key, body, options);
        },
      };
    }),
  },
  {
    name: 'gives all readers of a blob one position',
    clause: 'blob.get.overlap',
    also: ['blob.get.close'],
    make: faulty((good) => {
      const open = new Map<string, { reader: BlobReader; users: number }>();
      return {
        get: async (key, options) => {
          if (options !== undefined) return good.get(key, options);
          const shared = open.get(key) ?? { reader: await good.get(key), users: 0 };
          shared.users += 1;
          open.set(key, shared);
          let closed = false;
          return {
            next: () => shared.reader.next(),
            close: async () => {
              if (!closed) shared.users -= 1;
              closed = true;
              if (shared.users === 0) open.delete(key);
            },
          };
        },
      };
    }),
  },
  {
    name: 'takes the end of a range as inclusive',
    clause: 'blob.range.exact',
    make: faulty((good) => ({
      get: async (key, options) => {
        const size = (await good.head(key))?.sizeBytes ?? 0;
        const range = options?.range;
        if (range === undefined || range.end >= size) return good.get(key, options);
        return good.get(key, { ...options, range: { start: range.start, end: range.end + 1 } });
      },
    })),
  },
  {
    name: 'tells the size of the range for that of the blob',
    clause: 'blob.range.size',
    make: reading((reader, options) => ({
      sizeBytes: options?.range === undefined ? (reader.sizeBytes ?? 0) : options.range.end - options.range.start,
    })),
  },
  {
    name: 'gives nothing for a range beyond the end',
    clause: 'blob.range.beyond',
    make: faulty((good) => ({
      get: async (key, options) => {
        const size = (await good.head(key))?.sizeBytes ?? 0;
        if (options?.range !== undefined && options.range.start >= size) return readerOver(new Uint8Array(0), 1, size);
        return good.get(key, options);
      },
    })),
  },
  {
    name: 'reads no ranges, and gives the whole blob instead',
    clause: 'blob.range.not-supported',
    make: faulty((good) => ({
      rangeRead: false,
      get: (key, options) => good.get(key, options?.signal === undefined ? undefined : { signal: options.signal }),
    })),
  },
  { name: 'spells the dash as an underscore', clause: 'blob.key.characters', make: respelled((key) => key.replace(/-/g, '_')) },
  {
    name: 'stores keys in small letters',
    clause: 'blob.key.case',
    also: ['blob.list.prefix'],
    make: respelled((key) => key.toLowerCase()),
  },
  {
    name: 'cannot store under the names that Windows reserves',
    clause: 'blob.key.reserved',
    make: faulty((good) => ({
      put: async (key, body, options) => {
        if (RESERVED.test(key)) throw new ReelwayError('REQUEST_REFUSED');
        return good.put(key, body, options);
      },
    })),
  },
  { name: 'cuts keys at 500 bytes', clause: 'blob.key.long', make: respelled((key) => key.slice(0, 500).replace(/\/$/, '')) },
  {
    name: 'keeps blobs as files, so that a key cannot be a directory too',
    clause: 'blob.key.below-key',
    make: faulty((good) => ({
      put: async (key, body, options) => {
        if (((await good.list?.(`${key}/`))?.blobs.length ?? 0) > 0) throw new ReelwayError('REQUEST_REFUSED');
        for (let at = key.indexOf('/'); at > 0; at = key.indexOf('/', at + 1)) {
          if ((await good.head(key.slice(0, at))) !== undefined) throw new ReelwayError('REQUEST_REFUSED');
        }
        return good.put(key, body, options);
      },
    })),
  },
  {
    name: 'stops at the first missing blob',
    clause: 'blob.remove.many',
    make: faulty((good) => ({
      remove: async (keys, signal) => {
        for (const key of keys) {
          if (signal === undefined && (await good.head(key)) === undefined) return;
          await good.remove([key], signal);
        }
      },
    })),
  },
  {
    name: 'cannot remove nothing',
    clause: 'blob.remove.missing',
    make: faulty((good) => ({
      remove: async (keys, signal) => {
        if (keys.length === 0) throw new ReelwayError('REQUEST_REFUSED');
        await good.remove(keys, signal);
      },
    })),
  },
  {
    name: 'ends an aborted reader as if it were whole',
    clause: 'blob.abort.get-during',
    make: reading((reader, options) => ({ next: async () => (options?.signal?.aborted === true ? undefined : reader.next()) })),
  },
  {
    name: 'removes although it was aborted',
    clause: 'blob.abort.others',
    make: faulty((good) => ({
      remove: async (keys, signal) => {
        await good.remove(keys);
        await good.remove([], signal);
      },
    })),
  },
  {
    name: 'rejects with the missing reason of a host without reasons',
    clause: 'blob.abort.no-reason',
    make: faulty((good) => ({
      head: async (key, signal) => {
        if (signal?.aborted) throw signal.reason;
        return good.head(key, signal);
      },
    })),
  },
  {
    name: 'never stops listening',
    clause: 'blob.abort.listeners',
    make: faulty((good) => ({
      put: (key, body, options) => {
        options.signal?.addEventListener('abort', () => undefined);
        return good.put(key, body, options);
      },
    })),
  },
];
