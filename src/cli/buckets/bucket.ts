/** Opens `<bucket>` of the command line: a directory or a URL, by one table of schemes. */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { httpBlobSource } from '../../../adapters/http/index.js';
import { directoryBlobStore, nodeHttpTransport } from '../../../adapters/node/index.js';
import type { CliHost } from '../host.js';
import { usageError } from '../usage-error.js';
import { type BucketLocation, bucketName } from './bucket-location.js';
import type { Bucket, BucketOptions, ReadableBucket } from './open-bucket.js';
import { openS3 } from './s3-bucket.js';

interface Scheme {
  readonly open: (text: string, host: CliHost, options: BucketOptions) => Promise<ReadableBucket>;
  readonly isWritable: boolean;
  /** Whether it supports {@link BucketOptions}. */
  readonly hasOptions: boolean;
}

const HTTP: Scheme = { open: async (text) => httpBucket(text), isWritable: false, hasOptions: false };

const SCHEMES: { readonly [scheme: string]: Scheme } = {
  file: { open: async (text) => directoryBucket(fileURLToPath(new URL(text))), isWritable: true, hasOptions: false },
  s3: { open: openS3, isWritable: true, hasOptions: true },
  https: HTTP,
  http: HTTP,
};

/** Opens a bucket for reading. @throws {ReelwayError} INVALID_CONFIG, AUTH_REQUIRED */
export async function openReadable(text: string, host: CliHost, options: BucketOptions = {}): Promise<ReadableBucket> {
  const scheme = schemeOf(text);
  if (scheme === undefined) return directory(text, host, options);
  if (!scheme.known.hasOptions) refuseOptions(options);
  return opened(scheme.name, () => scheme.known.open(text, host, options));
}

/** Opens a bucket for reading and writing. @throws {ReelwayError} INVALID_CONFIG, AUTH_REQUIRED */
export async function openBucket(text: string, host: CliHost, options: BucketOptions = {}): Promise<Bucket> {
  const scheme = schemeOf(text);
  if (scheme === undefined) return directory(text, host, options);
  if (!scheme.known.isWritable) {
    const advice = 'Uploads go to a directory, a file: URL or s3://bucket/prefix';
    throw usageError(`${scheme.name}: can only be read (fetch, inspect, verify). ${advice}`, 'bucket');
  }
  if (!scheme.known.hasOptions) refuseOptions(options);
  return opened(scheme.name, () => scheme.known.open(text, host, options) as Promise<Bucket>);
}

/** Opens a bucket of a state directory with its stored settings; options of the command line override them. @throws {ReelwayError} INVALID_CONFIG, AUTH_REQUIRED */
export async function openRemembered(place: BucketLocation, host: CliHost, options: BucketOptions): Promise<Bucket> {
  const { url, endpoint, pathStyle, region, profile } = place;
  const bucket = await openBucket(url, host, {
    endpoint: options.endpoint ?? endpoint,
    pathStyle: options.pathStyle ?? pathStyle,
    region: options.region ?? region,
    profile: options.profile ?? profile,
  });
  if (options.endpoint !== undefined || bucketName(bucket.place) === bucketName(place)) return { ...bucket, place };
  bucket.close();
  throw usageError(
    `The upload belongs to ${bucketName(place)}, but AWS_ENDPOINT_URL points to ${bucketName(bucket.place)}: unset it`,
    'endpoint',
  );
}

function schemeOf(text: string): { readonly name: string; readonly known: Scheme } | undefined {
  // `--to --json` lacks a value; `--json` is not a directory.
  if (text === '' || text.startsWith('--')) throw usageError('The bucket is missing: give a directory or a URL', 'bucket');
  // One letter before the colon is a Windows drive.
  const name = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(text)?.[1]?.toLowerCase();
  if (name === undefined || isAbsolute(text)) return undefined;
  const known = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (known !== undefined) return { name, known };
  const names = Object.keys(SCHEMES).map((each) => `${each}:`);
  throw usageError(`Unknown scheme ${name}: expected a directory, or a URL with one of: ${names.join(', ')}`, 'bucket');
}

/** An invalid URL is a usage error. The message does not contain the URL, since it may contain a password. */
async function opened<Opened>(scheme: string, open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(`Invalid ${scheme}: URL: ${error.message}`, 'bucket');
  }
}

function directory(text: string, host: CliHost, options: BucketOptions): Bucket {
  refuseOptions(options);
  return directoryBucket(resolve(host.workingDirectory, text));
}

function directoryBucket(path: string): Bucket {
  return { place: { url: pathToFileURL(path).href }, name: path, store: directoryBlobStore({ directory: path }), close: () => undefined };
}

function httpBucket(text: string): ReadableBucket {
  // Normalizes the case of host and scheme.
  const { href, username, password, search, hash } = new URL(text);
  if (username + password + search + hash !== '') throw new TypeError('it must not contain credentials, a query or a fragment');
  const store = httpBlobSource({ baseUrl: href, transport: nodeHttpTransport() });
  const place = { url: href.endsWith('/') ? href : `${href}/` };
  return { place, name: bucketName(place), store, close: () => undefined };
}

const OPTIONS = { endpoint: '--endpoint', pathStyle: '--path-style', region: '--region', profile: '--profile' } as const;

function refuseOptions(options: BucketOptions): void {
  for (const [name, flag] of Object.entries(OPTIONS)) {
    if (options[name as keyof typeof OPTIONS] !== undefined) throw usageError(`${flag} is supported for s3:// buckets only`, name);
  }
}
