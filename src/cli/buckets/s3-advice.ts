/** User messages for errors of S3 buckets, with the steps that solve them. */
import { type BlobStore, isReelwayError, ReelwayError } from '../../index.js';
import { type BucketLocation, bucketName } from './bucket-location.js';

export interface S3Names {
  readonly place: BucketLocation;
  readonly bucket: string;
}

type Sentence = (names: S3Names) => string;

const SESSION_ENDED: Sentence = ({ place }) => {
  const way =
    place.profile === undefined ? 'set fresh AWS_… variables' : `sign in again, such as by \`aws sso login --profile ${place.profile}\``;
  return `The AWS session has expired or is unknown: ${way}, then run the same command again.`;
};

const ELSEWHERE: Sentence = ({ place, bucket }) =>
  `The bucket ${bucket} is in another region than ${place.region}. Give the right --region.`;

/** By the error name of the server. */
const BY_REASON: { readonly [reason: string]: Sentence } = {
  ExpiredToken: SESSION_ENDED,
  ExpiredTokenException: SESSION_ENDED,
  TokenRefreshRequired: SESSION_ENDED,
  RequestExpired: SESSION_ENDED,
  InvalidToken: SESSION_ENDED,
  InvalidAccessKeyId: (names) => `${serverOf(names)} does not know this access key. Check ${keysOf(names)}.`,
  SignatureDoesNotMatch: (names) => `The secret key is not the one of this access key at ${serverOf(names)}. Check ${keysOf(names)}.`,
  NoSuchBucket: (names) => `There is no bucket ${names.bucket} at ${serverOf(names)}. Check its name, --endpoint and --region.`,
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
  RequestTimeTooSkewed: () => "This machine's clock is wrong by minutes, so the server refuses its signatures. Correct the clock.",
};

/** By our error code, for other names. */
const BY_CODE: { readonly [code: string]: Sentence } = {
  AUTH_REQUIRED: SESSION_ENDED,
  FORBIDDEN: ({ place }) =>
    `These credentials may not do this in ${bucketName(place)}. Use others (--profile), or ask the owner of the bucket.`,
  NETWORK: (names) => `There is no connection to ${serverOf(names)}. Uploads and fetches are retried automatically.`,
};

/** The same error with a specific user message; other errors unchanged. */
export function adviseS3(error: unknown, names: S3Names): unknown {
  if (!isReelwayError(error)) return error;
  const { code, message, retryable, context, cause } = error;
  const sentence = pick(BY_REASON, context['reason']) ?? pick(BY_CODE, code);
  if (sentence === undefined) return error;
  const hint =
    message.includes('ENOTFOUND') && names.place.endpoint !== undefined
      ? ' If it has no host name for each bucket, give --path-style.'
      : '';
  return new ReelwayError(code, { message, retryable, context, cause, userMessage: sentence(names) + hint });
}

function pick(table: { readonly [name: string]: Sentence }, name: unknown): Sentence | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

function serverOf({ place }: S3Names): string {
  return place.endpoint ?? 'Amazon S3';
}

function keysOf({ place }: S3Names): string {
  return place.profile === undefined ? 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile' : `the profile ${place.profile}`;
}

/** A store whose errors pass through {@link adviseS3}. */
export function advisedStore(store: BlobStore, advise: (error: unknown) => unknown): BlobStore {
  const advised = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw advise(error);
    }
  };
  const { list } = store;
  return {
    ...store,
    ...(list === undefined ? {} : { list: (prefix, cursor, signal) => advised(list(prefix, cursor, signal)) }),
    get: (key, options) => advised(store.get(key, options)),
    head: (key, signal) => advised(store.head(key, signal)),
    put: (key, body, options) => advised(store.put(key, body, options)),
    remove: (keys, signal) => advised(store.remove(keys, signal)),
  };
}

const NO_CREDENTIALS = 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a --profile of your AWS configuration';

/** The error of an SDK that made no request: missing credentials or invalid settings. */
export function openingError(error: unknown, profile: string | undefined): ReelwayError {
  if (isReelwayError(error)) return error;
  const { name = '', message = String(error) } = error instanceof Error ? error : {};
  const firstLine = message.split('\n')[0] ?? '';
  if (/credential|token|sso/i.test(name)) {
    const way = profile === undefined ? NO_CREDENTIALS : `check the profile ${profile} in your AWS configuration, or sign in again with it`;
    return new ReelwayError('AUTH_REQUIRED', { message: firstLine, userMessage: `There are no usable AWS credentials: ${way}.` });
  }
  return new ReelwayError('INVALID_CONFIG', {
    message: firstLine,
    userMessage: 'The AWS SDK does not accept the settings. Check --endpoint, --region and the AWS_… variables.',
  });
}
