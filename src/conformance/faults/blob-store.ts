/** A blob store that fails by plan. */
import { copyBytes } from '../../core/index.js';
import type { BlobBody, BlobInfo, BlobReader, BlobStore, PutOptions } from '../../ports/index.js';
import { readAll } from '../kit/bytes.js';
import { faultyParts } from './blob-parts.js';
import { flippedBytes, injectFault, kept } from './inject-fault.js';
import { type FaultPlan, faultError, type WorkingPlan, workingPlan } from './plan.js';

/** The same blob store, failing as the plan says. Optional methods are there where the wrapped one has them. */
export function faultyBlobStore(store: BlobStore, plan: FaultPlan): BlobStore {
  const work = workingPlan(plan);
  return {
    rangeRead: store.rangeRead,
    accepts: store.accepts,
    attests: store.attests,
    put: (key, body, options) => put(store, work, key, body, options),
    get: async (key, options) => {
      const call = { name: 'blob.get', target: key, signal: options?.signal, run: () => store.get(key, options) } as const;
      return faultyReader(await injectFault(work, call), key, work, options?.signal);
    },
    head: (key, signal) =>
      injectFault(work, {
        name: 'blob.head',
        target: key,
        signal,
        run: () => store.head(key, signal),
        special: { stale: async () => undefined },
      }),
    remove: (keys, signal) =>
      injectFault(work, {
        name: 'blob.remove',
        target: keys[0] ?? '',
        signal,
        run: () => store.remove(keys, signal),
        // The caller's signal ends the wait, not the request that the store has received.
        prepareLate: async () => () => store.remove(keys),
        special: { 'lost-write': async () => undefined },
      }),
    ...optionalMethods(store, work),
  };
}

function optionalMethods(
  store: BlobStore,
  work: WorkingPlan,
): Pick<BlobStore, 'getToFile' | 'urlFor' | 'list' | 'pending' | 'announce' | 'parts'> {
  const getToFile = store.getToFile?.bind(store);
  const urlFor = store.urlFor?.bind(store);
  const list = store.list?.bind(store);
  const pending = store.pending?.bind(store);
  const announce = store.announce?.bind(store);
  return {
    ...(getToFile && {
      getToFile: (...args: Parameters<typeof getToFile>) =>
        injectFault(work, { name: 'blob.getToFile', target: args[0], signal: args[2]?.signal, run: () => getToFile(...args) }),
    }),
    ...(urlFor && {
      urlFor: (...args: Parameters<typeof urlFor>) =>
        injectFault(work, { name: 'blob.urlFor', target: args[0], run: () => urlFor(...args) }),
    }),
    ...(list && {
      list: (...args: Parameters<typeof list>) =>
        injectFault(work, {
          name: 'blob.list',
          target: args[0],
          signal: args[2],
          run: () => list(...args),
          special: { stale: async () => ({ blobs: [] }) },
        }),
    }),
    ...(pending && { pending: () => injectFault(work, { name: 'blob.pending', target: '', run: pending }) }),
    // A hint is not an operation and cannot fail.
    ...(announce && { announce }),
    ...(store.parts && { parts: faultyParts(store.parts, work) }),
  };
}

function put(store: BlobStore, work: WorkingPlan, key: string, body: BlobBody, options: PutOptions): Promise<BlobInfo> {
  const { hashes: _hashes, ...unchecked } = options;
  return injectFault(work, {
    name: 'blob.put',
    target: key,
    signal: options.signal,
    run: () => store.put(key, body, options),
    prepareLate: async () => {
      const copy = await copyOfBody(body);
      const { signal: _signal, onProgress: _onProgress, ...quiet } = options;
      return () => store.put(key, copy, quiet);
    },
    special: {
      'torn-write': async (fault) => {
        await store.put(key, await changedBody(store, body, (bytes) => bytes.subarray(0, kept(fault, bytes.length))), unchecked);
        throw faultError(fault, 'NETWORK');
      },
      'lost-write': async () => ({ key, sizeBytes: body.sizeBytes, hashes: options.hashes ?? {} }),
      flipped: async () => store.put(key, await changedBody(store, body, flippedBytes), options),
    },
  });
}

/** A body of other bytes, of a kind that the store takes; a file is left as it is. */
async function changedBody(store: BlobStore, body: BlobBody, change: (bytes: Uint8Array) => Uint8Array): Promise<BlobBody> {
  const copy = await copyOfBody(body);
  if (copy.kind === 'file') return copy;
  const bytes = change(copy.kind === 'bytes' ? copy.bytes : await readAll(await copy.open()));
  return store.accepts.includes('bytes') ? { kind: 'bytes', sizeBytes: bytes.length, bytes } : streamOf(bytes);
}

/** A body that may be read after the caller's `put` has settled; only a file's bytes stay the caller's. */
async function copyOfBody(body: BlobBody): Promise<BlobBody> {
  if (body.kind === 'bytes') return { ...body, bytes: copyBytes(body.bytes) };
  return body.kind === 'stream' ? streamOf(await readAll(await body.open())) : body;
}

function streamOf(bytes: Uint8Array): BlobBody {
  return {
    kind: 'stream',
    sizeBytes: bytes.length,
    open: async () => {
      let at = 0;
      return {
        next: async () => {
          const piece = bytes.subarray(at, at + 65_536);
          at += piece.length;
          return piece.length === 0 ? undefined : piece;
        },
        close: async () => undefined,
      };
    },
  };
}

function faultyReader(reader: BlobReader, key: string, work: WorkingPlan, signal: PutOptions['signal']): BlobReader {
  let cut = false;
  const next = async (): Promise<Uint8Array | undefined> => (cut ? undefined : reader.next());
  return {
    ...(reader.sizeBytes === undefined ? {} : { sizeBytes: reader.sizeBytes }),
    next: () =>
      injectFault(work, {
        name: 'blob.next',
        target: key,
        signal,
        run: next,
        special: {
          'cut-body': async () => {
            cut = true;
            return undefined;
          },
          flipped: async () => {
            const piece = await next();
            return piece && flippedBytes(piece);
          },
        },
      }),
    close: () => injectFault(work, { name: 'blob.close', target: key, run: () => reader.close() }),
  };
}
