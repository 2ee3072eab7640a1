/** The host's `Blob`, where it has one that works. It is found by its shape, since hosts without one run this too. */

import { throwIfAborted } from '../abort/index.js';
import type { AbortSignalLike, StreamBody } from '../ports/index.js';
import { exactBytes } from './readers.js';

/** A `Blob` constructor by its shape. */
export type BlobLike = new (parts: readonly unknown[]) => { readonly size: number };

interface Host {
  readonly Blob?: BlobLike;
}

/** The host's `Blob`, where it can be made of bytes; React Native's cannot. */
export function blobOfBytes(): BlobLike | undefined {
  const { Blob: HostBlob } = globalThis as unknown as Host;
  try {
    return HostBlob !== undefined && new HostBlob([new Uint8Array(3)]).size === 3 ? HostBlob : undefined;
  } catch {
    // React Native throws here.
    return undefined;
  }
}

/** The bytes of a stream as a `Blob`, which the host keeps outside the heap. Each piece is copied. */
export async function collectBlob(body: StreamBody, HostBlob: BlobLike, signal?: AbortSignalLike): Promise<unknown> {
  const reader = exactBytes(await body.open(), body.sizeBytes);
  const parts: unknown[] = [];
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
      throwIfAborted(signal);
      parts.push(new HostBlob([piece]));
    }
  } finally {
    await reader.close();
  }
  return new HostBlob(parts);
}
