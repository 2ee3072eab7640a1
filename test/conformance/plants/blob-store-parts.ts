import type { BlobStoreClaims, BlobStoreFixture } from '../../../src/conformance/index.js';
import { isReelwayError, ReelwayError } from '../../../src/errors/index.js';
import type { BlobBody, BlobPart, BlobParts, BlobStore, PutPartOptions } from '../../../src/ports/index.js';
import { bytesBody, faulty, gathered } from './good-blob-store.js';
import type { Plant } from './plant.js';

/** The good store with some members of its parts replaced. */
function composing(change: (good: BlobParts, store: BlobStore) => Partial<BlobParts>) {
  return faulty((good) => {
    if (good.parts === undefined) throw new TypeError('The good store has no parts');
    return { parts: { ...good.parts, ...change(good.parts, good) } };
  });
}

/** The good store with another way of putting a part. */
function puttingPart(
  put: (good: BlobParts, session: string, number: number, body: BlobBody, options: PutPartOptions | undefined) => Promise<BlobPart>,
) {
  return composing((good) => ({ putPart: (session, number, body, options) => put(good, session, number, body, options) }));
}

async function bytesOf(body: BlobBody): Promise<Uint8Array> {
  if (body.kind === 'file') throw new ReelwayError('NOT_SUPPORTED');
  return body.kind === 'bytes' ? body.bytes : gathered(await body.open());
}

/** What a stream has when its pieces are kept so until its end. */
async function keptBytes(body: BlobBody, keep: (piece: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  if (body.kind !== 'stream') return bytesOf(body);
  const reader = await body.open();
  const pieces: Uint8Array[] = [];
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(keep(piece));
  await reader.close();
  return Buffer.concat(pieces);
}

/** The good store that keeps the lent pieces of one part so. */
function keepingPieces(keep: (piece: Uint8Array) => Uint8Array) {
  return puttingPart(async (good, session, number, body, options) => {
    const lent = body.kind === 'stream' && body.sizeBytes === 60_000;
    return good.putPart(session, number, lent ? bytesBody(await keptBytes(body, keep)) : body, options);
  });
}

const keyOf = (session: string): string => session.slice(session.indexOf('?') + 1);

export const partsPlants: readonly Plant<BlobStoreFixture, BlobStoreClaims>[] = [
  {
    name: 'has a bound of parts that nothing fits',
    clause: 'blob.parts.shape',
    make: composing(() => ({ maxPartBytes: 1_000 })),
  },
  {
    name: 'has parts without a list',
    clause: 'blob.parts.shape',
    also: [
      ...['aborted', 'abort-during', 'completed', 'hash-refused', 'list', 'put', 'separate', 'signal', 'whole-or-absent'].map(
        (name) => `blob.parts.${name}`,
      ),
    ],
    make: composing(() => ({ list: null as never })),
  },
  {
    name: 'puts parts together as they came',
    clause: 'blob.parts.whole',
    make: composing((good, store) => {
      const came = new Map<string, Uint8Array[]>();
      return {
        putPart: async (session, number, body, options) => {
          if (number > 2 || body.sizeBytes < 65_536) return good.putPart(session, number, body, options);
          const bytes = await bytesOf(body);
          came.set(session, [...(came.get(session) ?? []), bytes.slice()]);
          return good.putPart(session, number, bytesBody(bytes), options);
        },
        complete: async (session, parts, signal) => {
          const info = await good.complete(session, parts, signal);
          const pieces = came.get(session) ?? [];
          if (parts.length !== 2 || pieces.length !== 2) return info;
          await store.put(info.key, bytesBody(Buffer.concat(pieces)), { contentType: 'video/mp4' });
          return info;
        },
      };
    }),
  },
  {
    name: 'tells the size of the last part for that of the blob',
    clause: 'blob.parts.whole',
    make: composing((good) => ({
      complete: async (session, parts, signal) => ({
        ...(await good.complete(session, parts, signal)),
        sizeBytes: parts[parts.length - 1]?.sizeBytes ?? 0,
      }),
    })),
  },
  {
    name: 'tells the hash of the first part for that of the blob',
    clause: 'blob.parts.whole',
    make: composing((good) => ({
      complete: async (session, parts, signal) => ({ ...(await good.complete(session, parts, signal)), hashes: parts[0]?.hashes ?? {} }),
    })),
  },
  {
    name: 'cannot go on from a journal',
    clause: 'blob.parts.whole',
    make: composing((good) => {
      const known = new WeakSet<object>();
      return {
        putPart: async (...args) => {
          const part = await good.putPart(...args);
          known.add(part);
          return part;
        },
        complete: async (session, parts, signal) => {
          const mine = parts.length !== 2 || parts.every((part) => known.has(part));
          if (!mine) throw new ReelwayError('BLOB_CORRUPT');
          return good.complete(session, parts, signal);
        },
      };
    }),
  },
  {
    name: 'has sessions that no journal can keep',
    clause: 'blob.parts.session',
    make: composing((good) => {
      const plain = (session: string): string => session.replace(/ +$/, '');
      return {
        begin: async (key, options) => `${await good.begin(key, options)}  `,
        putPart: (session, ...rest) => good.putPart(plain(session), ...rest),
        list: (session, signal) => good.list(plain(session), signal),
        complete: (session, ...rest) => good.complete(plain(session), ...rest),
        abort: (session, signal) => good.abort(plain(session), signal),
      };
    }),
  },
  {
    name: 'goes on with the session of the same key',
    clause: 'blob.parts.session',
    also: ['blob.parts.separate', 'blob.parts.signal'],
    make: composing((good) => {
      const begun = new Map<string, string>();
      return {
        begin: async (key, options) => {
          const session = begun.get(key) ?? (await good.begin(key, options));
          begun.set(key, session);
          return session;
        },
      };
    }),
  },
  {
    name: 'shows a blob that is not complete',
    clause: 'blob.parts.unseen',
    also: ['aborted', 'left-out', 'told-otherwise', 'too-small'].map((name) => `blob.parts.${name}`),
    make: composing((good, store) => ({
      begin: async (key, options) => {
        await store.put(key, bytesBody(new Uint8Array(0)), options);
        return good.begin(key, options);
      },
      complete: async (session, parts, signal) => {
        if (keyOf(session) === 'chosen') throw new ReelwayError('BLOB_CORRUPT');
        return good.complete(session, parts, signal);
      },
    })),
  },
  {
    name: 'echoes the hashes of a part',
    clause: 'blob.parts.put',
    make: puttingPart(async (good, session, number, body, options) => {
      const { hashes, ...unchecked } = options ?? {};
      const wrong = number === 3 && hashes?.sha256 !== undefined;
      const part = await good.putPart(session, number, body, wrong ? unchecked : options);
      return wrong ? { ...part, hashes } : part;
    }),
  },
  {
    name: 'echoes a hash of a part of an algorithm that it does not attest',
    clause: 'blob.parts.put',
    make: puttingPart(async (good, session, number, body, options) => {
      const { sha256 } = options?.hashes ?? {};
      const part = await good.putPart(session, number, body, options);
      return sha256 === undefined ? part : { ...part, hashes: { ...part.hashes, sha256 } };
    }),
  },
  {
    name: 'has tags that no journal can keep',
    clause: 'blob.parts.put',
    also: ['blob.parts.list', 'blob.parts.separate', 'blob.parts.signal', 'blob.parts.whole-or-absent'],
    make: composing((good) => ({
      putPart: async (...args) => {
        const part = await good.putPart(...args);
        return { ...part, tag: `${part.tag} ` };
      },
      complete: (session, parts, signal) =>
        good.complete(
          session,
          parts.map((part) => ({ ...part, tag: part.tag.trim() })),
          signal,
        ),
    })),
  },
  {
    name: 'takes a part of any hash',
    clause: 'blob.parts.hash-refused',
    make: puttingPart((good, session, number, body, options) => {
      const { hashes: _hashes, ...unchecked } = options ?? {};
      return good.putPart(session, number, body, unchecked);
    }),
  },
  {
    name: 'keeps a part that it has refused',
    clause: 'blob.parts.hash-refused',
    make: puttingPart(async (good, session, number, body, options) => {
      const { hashes: _hashes, ...unchecked } = options ?? {};
      try {
        return await good.putPart(session, number, body, options);
      } catch (error) {
        if (isReelwayError(error) && body.sizeBytes === 70_001 && number === 1) await good.putPart(session, number, body, unchecked);
        throw error;
      }
    }),
  },
  {
    name: 'keeps lent pieces of a part',
    clause: 'blob.parts.lent',
    make: keepingPieces((piece) => piece),
  },
  {
    name: 'keeps slices of lent pieces of a part',
    clause: 'blob.parts.lent',
    make: keepingPieces((piece) => piece.slice()),
  },
  {
    name: 'lists parts as they came',
    clause: 'blob.parts.list',
    make: composing((good) => ({ list: async (session, signal) => (await good.list(session, signal)).reverse() })),
  },
  {
    name: 'lists only the first part',
    clause: 'blob.parts.list',
    make: composing((good) => ({ list: async (session, signal) => (await good.list(session, signal)).slice(0, 1) })),
  },
  {
    name: 'stores a part that was cut',
    clause: 'blob.parts.whole-or-absent',
    make: puttingPart(async (good, session, number, body, options) => {
      if (body.kind !== 'stream' || body.sizeBytes !== 40_000 || number !== 1 || keyOf(session) !== 'part') {
        return good.putPart(session, number, body, options);
      }
      return good.putPart(session, number, bytesBody(await bytesOf(body)), options);
    }),
  },
  {
    name: 'mixes in the parts that were left out',
    clause: 'blob.parts.left-out',
    make: composing((good) => ({
      complete: async (session, parts, signal) =>
        keyOf(session) === 'chosen' ? good.complete(session, await good.list(session), signal) : good.complete(session, parts, signal),
    })),
  },
  {
    name: 'completes what is stored, whatever it was told',
    clause: 'blob.parts.told-otherwise',
    make: composing((good) => ({
      complete: async (session, parts, signal) => {
        if (keyOf(session) !== 'otherwise') return good.complete(session, parts, signal);
        const stored = await good.list(session);
        return good.complete(
          session,
          parts.map((part) => stored.find(({ number }) => number === part.number) ?? part),
          signal,
        );
      },
    })),
  },
  {
    name: 'calls a part that is too small a fault of the network',
    clause: 'blob.parts.too-small',
    make: composing((good) => ({
      complete: async (session, parts, signal) => {
        try {
          return await good.complete(session, parts, signal);
        } catch (error) {
          throw isReelwayError(error) && error.code === 'REQUEST_REFUSED' ? new ReelwayError('NETWORK') : error;
        }
      },
    })),
  },
  {
    name: 'knows nothing of what it has completed',
    clause: 'blob.parts.complete-again',
    make: composing((good) => {
      const done = new Set<string>();
      return {
        complete: async (session, parts, signal) => {
          if (done.has(session)) throw new ReelwayError('BLOB_NOT_FOUND');
          const info = await good.complete(session, parts, signal);
          done.add(session);
          return info;
        },
      };
    }),
  },
  {
    name: 'aborts all sessions of a key',
    clause: 'blob.parts.separate',
    make: composing((good) => {
      const begun: string[] = [];
      return {
        begin: async (key, options) => {
          const session = await good.begin(key, options);
          begun.push(session);
          return session;
        },
        abort: async (session, signal) => {
          for (const each of begun) if (keyOf(each) === keyOf(session)) await good.abort(each, signal);
        },
      };
    }),
  },
  {
    name: 'keeps the parts of an aborted session',
    clause: 'blob.parts.aborted',
    make: composing(() => ({
      abort: async (_session, signal) => {
        if (signal?.aborted) throw signal.reason;
      },
    })),
  },
  {
    name: 'rejects the abort of what is not there',
    clause: 'blob.parts.aborted',
    also: ['blob.parts.completed'],
    make: composing((good) => ({
      abort: async (session, signal) => {
        await good.list(session, signal);
        await good.abort(session, signal);
      },
    })),
  },
  {
    name: 'takes the blob away with its session',
    clause: 'blob.parts.completed',
    make: composing((good, store) => ({
      abort: async (session, signal) => {
        await good.abort(session, signal);
        if (keyOf(session) === 'done') await store.remove(['done']);
      },
    })),
  },
  {
    name: 'is deaf to the signal of a list',
    clause: 'blob.parts.signal',
    make: composing((good) => ({ list: (session) => good.list(session) })),
  },
  {
    name: 'listens on to the signal of a part',
    clause: 'blob.parts.signal',
    also: ['blob.parts.abort-during'],
    make: puttingPart((good, session, number, body, options) => {
      options?.signal?.addEventListener('abort', () => undefined);
      return good.putPart(session, number, body, options);
    }),
  },
  {
    name: 'is deaf to an abort half way',
    clause: 'blob.parts.abort-during',
    make: puttingPart((good, session, number, body, options) => {
      const { signal, ...deaf } = options ?? {};
      return good.putPart(session, number, body, signal?.aborted === true ? options : deaf);
    }),
  },
];
