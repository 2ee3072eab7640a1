/** `<bucket>` on the command line: a directory or a URL; one table of schemes, so that stores to come have one door. */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { directoryBlobStore } from '../../adapters/node/index.js';
import type { BlobStore } from '../index.js';
import type { CliHost } from './host.js';
import { usageError } from './usage-error.js';

/** An opened bucket. */
export interface Bucket {
  /** The same for every way to write the same place; what the queue remembers. */
  readonly url: string;
  /** As people call it. */
  readonly name: string;
  readonly store: BlobStore;
}

type Opener = (url: URL) => Bucket;

const SCHEMES: { readonly [protocol: string]: Opener } = {
  'file:': (url) => directoryBucket(fileURLToPath(url)),
};

/** Opens what the command line names. @throws {ReelwayError} INVALID_CONFIG for a scheme that has no store */
export function openBucket(text: string, host: CliHost): Bucket {
  // `--to --json` is a forgotten value, not a directory.
  if (text === '' || text.startsWith('--')) throw usageError('The bucket is missing: give a directory or a file: URL', 'bucket');
  // One letter before the colon is a Windows drive.
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(text)?.[1];
  if (scheme === undefined || isAbsolute(text)) return directoryBucket(resolve(host.workingDirectory, text));
  const open = SCHEMES[`${scheme.toLowerCase()}:`];
  if (open === undefined) {
    const known = Object.keys(SCHEMES).join(', ');
    throw usageError(`No store for ${scheme}: yet. A bucket is a directory, or a URL with one of: ${known}`, 'bucket');
  }
  try {
    return open(new URL(text));
  } catch (error) {
    throw usageError(`Not a bucket: ${JSON.stringify(text)} (${error instanceof Error ? error.message : String(error)})`, 'bucket');
  }
}

function directoryBucket(directory: string): Bucket {
  return { url: pathToFileURL(directory).href, name: directory, store: directoryBlobStore({ directory }) };
}
