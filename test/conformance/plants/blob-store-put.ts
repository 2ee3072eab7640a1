import type { BlobStoreClaims, BlobStoreFixture } from '../../../src/conformance/index.js';
import { isReelwayError, ReelwayError } from '../../../src/errors/index.js';
import type { BlobBody, BlobInfo, BlobStore, PutOptions } from '../../../src/ports/index.js';
import { bytesBody, failing, faulty, gathered, putting } from './good-blob-store.js';
import { type Plant, turns } from './plant.js';

/** The body with another way of reading its stream. */
function streamed(body: BlobBody, change: (bytes: Uint8Array) => Uint8Array | undefined): BlobBody {
  if (body.kind !== 'stream') return body;
  return {
    ...body,
    open: async () => {
      const reader = await body.open();
      return {
        next: async () => {
          for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
            const changed = change(piece);
            if (changed !== undefined) return changed;
          }
          return undefined;
        },
        close: () => reader.close(),
      };
    },
  };
}

function withoutSignal({ signal: _signal, ...options }: PutOptions): PutOptions {
  return options;
}

const isSmallBody = (body: BlobBody): boolean => body.sizeBytes <= 120_000 && body.kind === 'stream';

async function looksThenPuts(good: BlobStore, key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo> {
  if (options.ifAbsent === true && (await good.head(key)) !== undefined) throw new ReelwayError('BLOB_EXISTS');
  await turns(10);
  return good.put(key, body, { ...options, ifAbsent: false });
}

export const puttingPlants: readonly Plant<BlobStoreFixture, BlobStoreClaims>[] = [
  {
    name: 'says null for what it cannot do',
    clause: 'blob.shape',
    make: faulty(() => ({ pending: null as never })),
  },
  {
    name: 'names an algorithm that nobody knows',
    clause: 'blob.shape',
    make: faulty((good) => ({
      attests: [...good.attests, 'md5', 'md5'],
    })),
  },
  {
    name: 'loses the last byte of the largest piece',
    clause: 'blob.put.bytes',
    make: putting((good, key, body, options) => {
      const cut = body.kind === 'bytes' && body.sizeBytes === 524_288;
      return good.put(key, cut ? bytesBody(body.bytes.subarray(0, 524_287)) : body, options);
    }),
  },
  {
    name: 'stores the buffer around the view',
    clause: 'blob.put.bytes-view',
    make: putting((good, key, body, options) =>
      good.put(key, body.kind === 'bytes' ? bytesBody(new Uint8Array(body.bytes.buffer as ArrayBuffer)) : body, options),
    ),
  },
  {
    name: 'sends lent bytes after it has settled',
    clause: 'blob.put.bytes-lent',
    also: ['blob.remove.many'],
    make: putting(async (good, key, body, options) => {
      const info = await good.put(key, body, options);
      if (body.kind === 'bytes') {
        const { bytes } = body;
        turns(10).then(() => good.put(key, bytesBody(bytes), { contentType: options.contentType }));
      }
      return info;
    }),
  },
  {
    name: 'keeps the slice of lent bytes for after it has settled',
    clause: 'blob.put.bytes-lent',
    make: putting(async (good, key, body, options) => {
      const info = await good.put(key, body, options);
      if (body.kind === 'bytes' && body.sizeBytes === 9_000) {
        const bytes = body.bytes.slice();
        turns(10).then(() => good.put(key, bytesBody(bytes), { contentType: options.contentType }));
      }
      return info;
    }),
  },
  {
    name: 'drops pieces of less than 8 bytes',
    clause: 'blob.put.stream',
    make: putting(async (good, key, body, options) => {
      if (body.kind !== 'stream' || body.sizeBytes > 2_000) return good.put(key, body, options);
      const reader = await streamed(body, (piece) => (piece.length < 8 ? undefined : piece));
      return good.put(key, bytesBody(reader.kind === 'stream' ? await gathered(await reader.open()) : new Uint8Array(0)), options);
    }),
  },
  {
    name: 'queues the pieces of a stream without copying them',
    clause: 'blob.put.stream-lent',
    make: putting(async (good, key, body, options) => {
      if (body.kind !== 'stream' || body.sizeBytes !== 60_000) return good.put(key, body, options);
      const reader = await body.open();
      const queue: Uint8Array[] = [];
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) queue.push(piece);
      await reader.close();
      return good.put(key, bytesBody(Uint8Array.from(queue.flatMap((piece) => [...piece]))), options);
    }),
  },
  {
    name: 'queues the slices of the pieces of a stream',
    clause: 'blob.put.stream-lent',
    make: putting(async (good, key, body, options) => {
      if (body.kind !== 'stream' || body.sizeBytes !== 60_000) return good.put(key, body, options);
      const reader = await body.open();
      const queue: Uint8Array[] = [];
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) queue.push(piece.slice());
      await reader.close();
      return good.put(key, bytesBody(Buffer.concat(queue)), options);
    }),
  },
  {
    name: 'leaves readers open',
    clause: 'blob.put.stream-opened',
    also: ['blob.abort.put-settled'],
    make: putting((good, key, body, options) => {
      if (body.kind !== 'stream') return good.put(key, body, options);
      return good.put(key, { ...body, open: async () => ({ ...(await body.open()), close: async () => undefined }) }, options);
    }),
  },
  {
    name: 'keeps the bytes of a body that it has read once',
    clause: 'blob.put.stream-opened',
    make: faulty((good) => {
      const read = new Map<BlobBody, Uint8Array>();
      return {
        put: async (key, body, options) => {
          if (body.kind !== 'stream' || key !== 'two') {
            const info = await good.put(key, body, options);
            if (key === 'one') read.set(body, await gathered(await good.get(key)));
            return info;
          }
          return good.put(key, bytesBody(read.get(body) ?? new Uint8Array(0)), options);
        },
      };
    }),
  },
  {
    name: 'moves the file away',
    clause: 'blob.put.file',
    make: faulty((good, { files }) => ({
      put: async (key, body, options) => {
        const info = await good.put(key, body, options);
        if (body.kind === 'file') await files?.fileSystem.remove(body.path);
        return info;
      },
    })),
  },
  {
    name: 'tells no size',
    clause: 'blob.put.info',
    make: putting(async (good, key, body, options) => {
      const { sizeBytes: _sizeBytes, ...info } = await good.put(key, body, options);
      return info;
    }),
  },
  {
    name: 'refuses the same put twice',
    clause: 'blob.put.replaces',
    make: putting(async (good, key, body, options) => {
      if ((await good.head(key))?.sizeBytes === body.sizeBytes && options.ifAbsent !== true) throw new ReelwayError('BLOB_EXISTS');
      return good.put(key, body, options);
    }),
  },
  {
    name: 'keeps the first blob under a key',
    clause: 'blob.put.replaces',
    also: ['blob.get-to-file'],
    make: putting(async (good, key, body, options) => {
      const old = await good.head(key);
      if (old === undefined || options.ifAbsent === true || options.signal !== undefined || isSmallBody(body))
        return good.put(key, body, options);
      return old;
    }),
  },
  {
    name: 'keeps what is under way in one place for all',
    clause: 'blob.put.overlap',
    also: ['blob.if-absent.race'],
    make: faulty((good) => {
      let underWay: BlobBody | undefined;
      return {
        put: async (key, body, options) => {
          underWay = body;
          await turns(2);
          return good.put(key, underWay ?? body, options);
        },
      };
    }),
  },
  {
    name: 'tells progress as a share',
    clause: 'blob.put.progress',
    make: putting((good, key, body, options) => good.put(key, body, { ...options, onProgress: () => options.onProgress?.(Number.NaN) })),
  },
  {
    name: 'takes a stream that ends early for whole',
    clause: 'blob.put.whole-or-absent',
    also: ['blob.put.old-intact'],
    make: putting(async (good, key, body, options) => {
      if (!isSmallBody(body) || body.kind !== 'stream') return good.put(key, body, options);
      const reader = await body.open();
      const pieces: number[] = [];
      try {
        for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(...piece);
      } finally {
        await reader.close();
      }
      return good.put(key, bytesBody(Uint8Array.from(pieces)), options);
    }),
  },
  {
    name: 'leaves a temporary blob where a put failed',
    clause: 'blob.put.whole-or-absent',
    make: putting((good, key, body, options) =>
      failing(
        () => good.put(key, body, options),
        async (error) => {
          if (isReelwayError(error) && error.code === 'BLOB_CORRUPT')
            await good.put(`${key}.tmp`, bytesBody(new Uint8Array(5)), { contentType: '' });
        },
      ),
    ),
  },
  {
    name: 'removes the old blob before it puts the new one',
    clause: 'blob.put.old-intact',
    also: ['blob.abort.put-during'],
    make: putting(async (good, key, body, options) => {
      if (options.ifAbsent !== true) await good.remove([key]);
      return good.put(key, body, options);
    }),
  },
  {
    name: 'calls every failure of a body a failure of the network',
    clause: 'blob.put.body-error',
    make: putting((good, key, body, options) =>
      failing(
        () => good.put(key, body, options),
        async (error) => {
          if (isReelwayError(error) && error.code === 'FILE_UNREADABLE') throw new ReelwayError('NETWORK', { cause: error });
        },
      ),
    ),
  },
  {
    name: 'cannot put conditionally, and says so where nothing is',
    clause: 'blob.if-absent.stores',
    claims: { conditionalPut: false },
    make: putting(async (good, key, body, options) => {
      if (options.ifAbsent === true) throw new ReelwayError('NOT_SUPPORTED');
      return good.put(key, body, options);
    }),
  },
  {
    name: 'ignores ifAbsent',
    clause: 'blob.if-absent.refuses',
    also: ['blob.if-absent.race'],
    make: putting((good, key, body, options) => good.put(key, body, { ...options, ifAbsent: false })),
  },
  { name: 'looks first, and puts then', clause: 'blob.if-absent.race', make: putting(looksThenPuts) },
  {
    name: 'calls a full store unavailable',
    clause: 'blob.full',
    make: putting((good, key, body, options) =>
      failing(
        () => good.put(key, body, options),
        async (error) => {
          if (isReelwayError(error) && error.code === 'QUOTA_EXCEEDED') throw new ReelwayError('UNAVAILABLE');
        },
      ),
    ),
  },
  {
    name: 'begins a put that is aborted already',
    clause: 'blob.abort.put-before',
    also: ['blob.abort.no-reason'],
    make: putting((good, key, body, options) => good.put(key, body, options.signal?.aborted === true ? withoutSignal(options) : options)),
  },
  {
    name: 'is deaf to an abort once a stream is under way',
    clause: 'blob.abort.put-during',
    make: putting((good, key, body, options) =>
      good.put(key, body, options.signal?.aborted === false && body.kind === 'stream' ? withoutSignal(options) : options),
    ),
  },
  {
    name: 'settles at once when it is aborted, and reads on behind',
    clause: 'blob.abort.put-settled',
    make: putting((good, key, body, options) => {
      const { signal } = options;
      if (signal === undefined || signal.aborted || body.kind !== 'stream') return good.put(key, body, options);
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        const readsOn = async (): Promise<BlobInfo> => {
          const bytes = await gathered(await body.open());
          return good.put(key, bytesBody(bytes), options);
        };
        readsOn().then(resolve, reject);
      });
    }),
  },
  {
    name: 'stores what was aborted from the lent buffer, later',
    clause: 'blob.abort.put-bytes',
    make: putting((good, key, body, options) => {
      const { signal } = options;
      if (signal === undefined || signal.aborted || body.kind !== 'bytes' || body.sizeBytes < 1_000) return good.put(key, body, options);
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        turns(10)
          .then(() => good.put(key, bytesBody(body.bytes), withoutSignal(options)))
          .then(resolve, reject);
      });
    }),
  },
  {
    name: 'stores what was aborted from a slice of the lent buffer, later',
    clause: 'blob.abort.put-bytes',
    make: putting((good, key, body, options) => {
      const { signal } = options;
      if (signal === undefined || signal.aborted || body.kind !== 'bytes' || body.sizeBytes < 1_000) return good.put(key, body, options);
      const bytes = body.bytes.slice();
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        turns(10)
          .then(() => good.put(key, bytesBody(bytes), withoutSignal(options)))
          .then(resolve, reject);
      });
    }),
  },
];
