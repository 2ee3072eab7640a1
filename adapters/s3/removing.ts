/** Deletes objects in batches, or one by one if the server does not support batches. */
import { throwIfAborted } from '../../src/adapter-kit/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { AbortSignalLike } from '../../src/ports/index.js';
import { call } from './calls.js';
import type { S3Like } from './client.js';
import { s3Error } from './errors.js';

const MOST_IN_BATCH = 1000;

/** Deletes the objects of one bucket. */
export interface ObjectRemover {
  /** Tries all keys; rejects with the first failure. A missing object is success. */
  remove(objectKeys: readonly string[], signal?: AbortSignalLike): Promise<void>;
}

/** Detects whether the server supports batches: some refuse them without a Content-MD5, which newer SDKs do not send. */
export function objectRemover(client: S3Like, bucket: string, prefixLength: number): ObjectRemover {
  let batches = true;
  const removeOne = async (objectKey: string, signal: AbortSignalLike | undefined): Promise<unknown> => {
    try {
      await call(signal, { key: objectKey.slice(prefixLength) }, (options) =>
        client.deleteObject({ Bucket: bucket, Key: objectKey }, options),
      );
      return undefined;
    } catch (error) {
      return error instanceof ReelwayError && error.code === 'BLOB_NOT_FOUND' ? undefined : error;
    }
  };
  const removeSingly = async (objectKeys: readonly string[], signal: AbortSignalLike | undefined): Promise<unknown[]> => {
    const failures: unknown[] = [];
    for (const objectKey of objectKeys) {
      const failure = await removeOne(objectKey, signal);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  };
  const removeBatch = async (objectKeys: readonly string[], signal: AbortSignalLike | undefined): Promise<unknown[]> => {
    if (!batches || objectKeys.length === 1) return removeSingly(objectKeys, signal);
    const Delete = { Objects: objectKeys.map((Key) => ({ Key })), Quiet: true };
    try {
      const { Errors = [] } = await call(signal, {}, (options) => client.deleteObjects({ Bucket: bucket, Delete }, options));
      return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key, Code }) =>
        s3Error({ name: Code, $metadata: { httpStatusCode: 500 } }, Key === undefined ? {} : { key: Key.slice(prefixLength) }),
      );
    } catch (error) {
      if (!(error instanceof ReelwayError) || (error.code !== 'REQUEST_REFUSED' && error.code !== 'NOT_SUPPORTED')) return [error];
      batches = false;
      return removeSingly(objectKeys, signal);
    }
  };
  return {
    remove: async (objectKeys, signal) => {
      const failures: unknown[] = [];
      for (let start = 0; start < objectKeys.length; start += MOST_IN_BATCH) {
        failures.push(...(await removeBatch(objectKeys.slice(start, start + MOST_IN_BATCH), signal)));
      }
      // The abort has priority: it caused the failures.
      throwIfAborted(signal);
      if (failures.length > 0) throw failures[0];
    },
  };
}
