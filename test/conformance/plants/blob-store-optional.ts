/** Faulty stores, by what only some stores can do. */
import type { BlobStoreClaims, BlobStoreFixture } from '../../../src/conformance/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import { faulty } from './good-blob-store.js';
import type { Plant } from './plant.js';

export const optionalPlants: readonly Plant<BlobStoreFixture, BlobStoreClaims>[] = [
  {
    name: 'downloads over a longer file without emptying it',
    clause: 'blob.get-to-file',
    make: faulty((good, { files }) => ({
      getToFile: async (key, path) => {
        const old = (await files?.fileSystem.stat(path))?.sizeBytes ?? 0;
        await good.getToFile?.(key, path);
        const written = (await files?.fileSystem.stat(path))?.sizeBytes ?? 0;
        const handle = await files?.fileSystem.create(path, { append: true });
        await handle?.write(new Uint8Array(Math.max(0, old - written)));
        await handle?.close();
      },
    })),
  },
  { name: 'gives an address without its host', clause: 'blob.url-for', make: faulty(() => ({ urlFor: async (key) => `/${key}` })) },
  {
    name: 'goes on naming what has settled',
    clause: 'blob.pending',
    make: faulty((good) => {
      const begun: string[] = [];
      return {
        put: (key, body, options) => {
          begun.push(key);
          return good.put(key, body, options);
        },
        pending: async () => begun,
      };
    }),
  },
  {
    name: 'refuses a put of another size than was announced',
    clause: 'blob.announce',
    make: faulty((good) => {
      const sizes = new Map<string, number>();
      return {
        announce: (puts) => {
          for (const { key, sizeBytes } of puts) sizes.set(key, sizeBytes);
        },
        put: async (key, body, options) => {
          if ((sizes.get(key) ?? body.sizeBytes) !== body.sizeBytes) throw new ReelwayError('REQUEST_REFUSED');
          return good.put(key, body, options);
        },
      };
    }),
  },
];
