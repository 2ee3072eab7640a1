/**
 * The user's AWS SDK. Reelway does not depend on it, so that other buckets need no installation of it.
 *
 * It is resolved beside Reelway first, then from the working directory, as `npx` does.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { S3Like } from '../../../adapters/s3/index.js';
import { ReelwayError } from '../../index.js';

/** The aggregated client, as far as the command line uses it. */
export interface S3Client extends S3Like {
  listBuckets(input: object): Promise<unknown>;
  readonly config: { region(): Promise<string> };
  readonly middlewareStack: {
    add(middleware: () => (args: { readonly request: SdkRequest }) => Promise<never>, where: object): void;
    remove(name: string): boolean;
  };
  destroy(): void;
}

/** A request before it is signed. */
export interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

/** The used part of `@aws-sdk/client-s3`. */
export interface S3Sdk {
  readonly S3: new (settings: object) => S3Client;
}

const PACKAGE = '@aws-sdk/client-s3';
const SENTENCE = `s3:// needs the AWS SDK: run \`npm install ${PACKAGE}\` here, or \`npm install -g ${PACKAGE}\` beside a global reelway.`;

/** Loads the SDK. @throws {ReelwayError} INVALID_CONFIG if it is missing or too old */
export function loadSdk(workingDirectory: string): S3Sdk {
  const require = [import.meta.url, join(workingDirectory, 'reelway.js')].map((from) => createRequire(from)).find(canResolve);
  if (require === undefined) throw new ReelwayError('INVALID_CONFIG', { message: SENTENCE, userMessage: SENTENCE });
  try {
    const sdk = require(PACKAGE) as Partial<S3Sdk>;
    if (typeof sdk.S3 === 'function') return { S3: sdk.S3 };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ReelwayError('INVALID_CONFIG', { message: `${PACKAGE} cannot be loaded: ${reason}`, userMessage: SENTENCE });
  }
  throw new ReelwayError('INVALID_CONFIG', { message: `${PACKAGE} at ${require.resolve(PACKAGE)} has no S3`, userMessage: SENTENCE });
}

function canResolve(require: NodeJS.Require): boolean {
  try {
    require.resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}
