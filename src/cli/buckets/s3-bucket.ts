/** `s3://bucket/prefix`: credentials, region and endpoint by the SDK's rules; options of the command line override them. */
import { Readable } from 'node:stream';
import { s3BlobStore } from '../../../adapters/s3/index.js';
import type { CliHost } from '../host.js';
import { usageError } from '../usage-error.js';
import { type BucketLocation, bucketName } from './bucket-location.js';
import type { Bucket, BucketOptions } from './open-bucket.js';
import { advisedStore, adviseS3, openingError } from './s3-advice.js';
import { loadSdk, type S3Client, type S3Sdk, type SdkRequest } from './s3-sdk.js';

/** For servers other than Amazon's: most ignore the region. */
const REGION_ELSEWHERE = 'us-east-1';

/** Opens a bucket of S3 or of a server that speaks its protocol. @throws {ReelwayError} INVALID_CONFIG, AUTH_REQUIRED */
export async function openS3(text: string, host: CliHost, settings: BucketOptions): Promise<Bucket> {
  const { bucket, prefix } = partsOf(text);
  checkEndpoint(settings.endpoint);
  // Otherwise the SDK prints a warning about Node 20 at every start.
  host.setEnvironment('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  // By the environment, since the SDK reads a profile's endpoint only for this variable.
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
    name: bucketName(place),
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
  if (match === null) throw new TypeError('expected s3://bucket/prefix');
  const [, bucket = '', path = ''] = match;
  const names = path.replace(/\/$/, '').split('/');
  if (path === '') return { bucket, prefix: '' };
  if (!names.every((name) => /^[A-Za-z0-9._-]+$/.test(name) && name !== '.' && name !== '..')) {
    throw new TypeError('the prefix must be names of A-Z a-z 0-9 . _ - joined by /');
  }
  return { bucket, prefix: `${names.join('/')}/` };
}

function checkEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return;
  throw usageError('--endpoint must be an http: or https: URL without credentials, such as https://s3.example.org', 'endpoint');
}

interface Connected {
  readonly client: S3Client;
  /** Absent for Amazon's servers. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

async function connect(sdk: S3Sdk, host: CliHost, settings: BucketOptions): Promise<Connected> {
  const known = await regionOf(sdk, host, settings);
  const region = known ?? REGION_ELSEWHERE;
  const client = clientOf(sdk, settings, region);
  try {
    const endpoint = endpointOf(await firstRequest(client));
    if (endpoint !== undefined || known !== undefined) return { client, endpoint, region };
    throw usageError("The bucket's region is missing: give --region, or set AWS_REGION", 'region');
  } catch (error) {
    client.destroy();
    throw openingError(error, settings.profile ?? nonEmpty(host.env['AWS_PROFILE']));
  }
}

/** The option, the result of the SDK's rules, or the variable of the AWS CLI, which the SDK does not read. */
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
    // Errors are reported once, by the command.
    logger: SILENT,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(pathStyle === true ? { forcePathStyle: true } : {}),
    ...(region === undefined ? {} : { region }),
  });
}

const silent = (): void => undefined;
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** Builds a ListBuckets request without sending it: shows the endpoint of the environment, and whether there are credentials. */
async function firstRequest(client: S3Client): Promise<SdkRequest> {
  const seen: SdkRequest[] = [];
  const stop = new TypeError('Request built, not sent');
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

/** The server's address; `undefined` for Amazon's. */
function endpointOf({ protocol, hostname, port, path }: SdkRequest): string | undefined {
  if (/(^|\.)amazonaws\.com(\.cn)?$/.test(hostname)) return undefined;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path.replace(/\/+$/, '')}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
