/** What adapters share. Host-free, so that each of them can use all of it. */
export { abortable, abortableWait, abortReason, onAbort, throwIfAborted } from '../abort/index.js';
export { baseOf, originOf } from './addresses.js';
export { assertOptions } from './assert-options.js';
export { type Base64Host, base64Codec } from './base64.js';
export {
  type Base64Source,
  base64ReadHandle,
  base64WriteHandle,
  requireSliceBytes,
  type SliceOptions,
} from './base64-files.js';
export { type BlobLike, blobOfBytes, collectBlob } from './host-blob.js';
export { openBlob, type PartSource, replaced } from './http-piecewise.js';
export { assertSameOrigin, openReply, rangeHeader } from './http-reading.js';
export { assertPutReply, assertStoreReply, foreignReply, hashesOfReply, isPage, isSuccess, replyError } from './http-replies.js';
export { importWhole } from './import-whole.js';
export {
  assertBlobKey,
  assertBlobPrefix,
  assertRecordKey,
  assertRecordValue,
  isBlobKey,
  MAX_RECORD_CHARACTERS,
} from './keys.js';
export { type FailureFacts, nativeFailure } from './native-errors.js';
export { fileUrl, nativeRoots, parentOf, plainPath, uriScheme } from './native-paths.js';
export { bytesReader, exactBytes, MAX_PIECE_BYTES, openBody, withSize } from './readers.js';
export { hasMd5 } from './replies/has-md5.js';
export { headByRead, isHeadRefused } from './replies/head-by-read.js';
export { readRetryAfter } from './replies/retry-after.js';
export { type SpareBuffers, spareBuffers } from './spare-buffers.js';
