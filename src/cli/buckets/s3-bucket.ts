/** `s3://bucket/prefix`: credentials, region and endpoint by the SDK's own rules, the options of the command line before them. */
import { Readable } from 'node:stream';
import { s3BlobStore } from '../../../adapters/s3/index.js';
import type { CliHost } from '../host.js';
import { usageError } from '../usage-error.js';
import { type BucketLocation, nameOf } from './bucket-location.js';
import type { Bucket, BucketOptions } from './open-bucket.js';
import { advisedStore, adviseS3, openingError } from './s3-advice.js';
import { loadSdk, type S3Client, type S3Sdk, type SdkRequest } from './s3-sdk.js';

/** Any region does where the server is not Amazon's: most ignore it. */
const REGION_ELSEWHERE = 'us-east-1';

/** Opens a bucket of S3 or of a server that speaks its protocol. @throws {ReelwayError} INVALID_CONFIG, AUTH_REQUIRED */
export async function openS3(text: string, host: CliHost, settings: BucketOptions): Promise<Bucket> {
  const { bucket, prefix } = partsOf(text);
  checkEndpoint(settings.endpoint);
  // The SDK says at every start that Node 20 is old, which is no news to whoever runs it.
  host.setEnvironment('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  // By the environment, since the SDK looks up a profile's own endpoint under this name alone.
  if (settings.profile !== undefined) host.setEnvironment('AWS_PROFILE', settings.profile);
  const { client, endpoint, region } = await connect(loadSdk(host.workingDirectory), host, settings);
  const profile = settings.profile ?? nonEmpty(host.env['AWS_PROFILE']);
  const place: BucketLocation = {
    url: `s3://${bucket}/${prefix}`,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(settings.pathStyle === true ? { pathStyle: true } : {}),
    region,
    ...(profile === undefined ? {} : { profile }),
  };
  const store = s3BlobStore({ client, bucket, prefix, stream: Readable.from });
  return {
    place,
    name: nameOf(place),
    store: advisedStore(store, (error) => adviseS3(error, { place, bucket })),
    close: () => client.destroy(),
  };
}

interface Parts {
  readonly bucket: string;
  /** Empty, or with a `/` at its end. */
  readonly prefix: string;
}

function partsOf(text: string): Parts {
  const match = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9])(?:\/(.*))?$/i.exec(text);
  if (match === null) throw new TypeError('the form is s3://bucket/prefix');
  const [, bucket = '', path = ''] = match;
  const names = path.replace(/\/$/, '').split('/');
  if (path === '') return { bucket, prefix: '' };
  if (!names.every((name) => /^[A-Za-z0-9._-]+$/.test(name) && name !== '.' && name !== '..')) {
    throw new TypeError('a prefix is made of names of A-Z a-z 0-9 . _ - joined by /');
  }
  return { bucket, prefix: `${names.join('/')}/` };
}

function checkEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return;
  throw usageError('--endpoint is an http: or https: URL without credentials, such as https://s3.example.org', 'endpoint');
}

interface Connected {
  readonly client: S3Client;
  /** Absent where it is Amazon's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

async function connect(sdk: S3Sdk, host: CliHost, settings: BucketOptions): Promise<Connected> {
  const told = await regionOf(sdk, host, settings);
  const region = told ?? REGION_ELSEWHERE;
  const client = clientOf(sdk, settings, region);
  try {
    const endpoint = endpointOf(await firstRequest(client));
    if (endpoint !== undefined || told !== undefined) return { client, endpoint, region };
    throw usageError("The bucket's region is missing: give --region, or set AWS_REGION", 'region');
  } catch (error) {
    client.destroy();
    throw openingError(error, settings.profile ?? nonEmpty(host.env['AWS_PROFILE']));
  }
}

/** What was said, what the SDK's own rules find, or the AWS CLI's variable, which the SDK does not read. */
async function regionOf(sdk: S3Sdk, host: CliHost, settings: BucketOptions): Promise<string | undefined> {
  if (settings.region !== undefined) return settings.region;
  const client = clientOf(sdk, settings, undefined);
  try {
    return await client.config.region();
  } catch {
    return nonEmpty(host.env['AWS_DEFAULT_REGION']);
  } finally {
    client.destroy();
  }
}

function clientOf({ S3 }: S3Sdk, { endpoint, pathStyle }: BucketOptions, region: string | undefined): S3Client {
  return new S3({
    // The engines retry.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // What fails is told by us, once and in words.
    logger: SILENT,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(pathStyle === true ? { forcePathStyle: true } : {}),
    ...(region === undefined ? {} : { region }),
  });
}

const silent = (): void => undefined;
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** The request that a listing of all buckets would be, made and not sent: where the environment's rules lead, and whether there are credentials. */
async function firstRequest(client: S3Client): Promise<SdkRequest> {
  const seen: SdkRequest[] = [];
  const stop = new TypeError('Only looked at');
  const look = () => (args: { readonly request: SdkRequest }) => {
    seen.push(args.request);
    return Promise.reject(stop);
  };
  client.middlewareStack.add(look, { step: 'build', priority: 'high', name: 'reelwayLook' });
  try {
    await client.listBuckets({});
  } catch (error) {
    if (error !== stop) throw error;
  } finally {
    client.middlewareStack.remove('reelwayLook');
  }
  const [request] = seen;
  if (request === undefined) throw new TypeError('The AWS SDK made no request');
  return request;
}

/** Where a server is that is not Amazon's. */
function endpointOf({ protocol, hostname, port, path }: SdkRequest): string | undefined {
  if (/(^|\.)amazonaws\.com(\.cn)?$/.test(hostname)) return undefined;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path.replace(/\/+$/, '')}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
