/** Ports: all that Reelway asks of a host. Types only; the full contract is the conformance suite. */
export type { BlobBody, BlobInfo, BytesBody, FileBody, StreamBody } from './blob.js';
export type { BeginPartsOptions, BlobPart, BlobParts, PutPartOptions } from './blob-parts.js';
export type { AnnouncedPut, BlobPage, BlobReader, BlobSource, BlobStore, GetOptions, PutOptions } from './blob-store.js';
export type { Clock } from './clock.js';
export type { AbortSignalLike, PieceReader } from './common.js';
export type { Conditions, DeviceConditions } from './conditions.js';
export type { CreateOptions, FileInfo, FileSystem, ReadHandle, WriteHandle } from './file-system.js';
export type { Hasher, RunningHash } from './hasher.js';
export type { HttpReply, HttpRequest, HttpStreamReply, HttpTransport } from './http-transport.js';
export type { KeyValueStore } from './key-value-store.js';
export type { AcquireOptions, Lease, Lock } from './lock.js';
export type { Package, PackageObject, PackageReader, Packaging, RenditionFacts } from './packaging.js';
export type { FetchWaitOptions, VideoReader, VideoSession } from './video-session.js';
