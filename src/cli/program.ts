/** The commands and their options; converts every failure to one last line and an exit code. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { isReelwayError, ReelwayError } from '../index.js';
import type { BucketOptions } from './buckets/open-bucket.js';
import type { CommandContext } from './command.js';
import { type CancelCommandOptions, cancelCommand } from './commands/cancel.js';
import { type FetchCommandOptions, fetchCommand } from './commands/fetch.js';
import { inspectCommand } from './commands/inspect.js';
import { type QueueCommandOptions, queueCommand } from './commands/queue.js';
import { type UploadCommandOptions, uploadCommand } from './commands/upload.js';
import { verifyCommand } from './commands/verify.js';
import type { CliHost } from './host.js';
import { parseCacheBytes, parsePriority } from './options.js';
import { openOutput } from './output/open-output.js';
import { isUsageError, usageError } from './usage-error.js';

const STATE = 'directory of the queue (default: $XDG_STATE_HOME/reelway)';
const BUCKET = 'a directory, a file: URL, s3://bucket/prefix, or an https: URL';
const WRITABLE = 'a directory, a file: URL or s3://bucket/prefix';
const JSON_LINES = 'one JSON object a line, for programs';

/** Runs one command line. Resolves with the exit code: 0 success, 1 failure, 2 usage error. */
export async function run(argv: readonly string[], host: CliHost): Promise<0 | 1 | 2> {
  // Read before parsing, since usage errors are reported in the same form.
  const json = argv.includes('--json');
  const context: CommandContext = { host, output: openOutput(host, json) };
  try {
    await program(context, json).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    return fail(context, json, error);
  }
}

function fail({ host, output }: CommandContext, json: boolean, error: unknown): 0 | 1 | 2 {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const message = error.code === 'commander.help' ? 'A command is missing' : error.message.replace(/^error: /, '');
    const usage = usageError(message, 'arguments');
    // In text mode commander has printed the message already.
    if (json) output.failed(usage.code, usage.message, usage.userMessage);
    else host.writeErr(`${usage.userMessage}\n`);
    return 2;
  }
  const known = isReelwayError(error) ? error : internal(error);
  output.failed(known.code, known.message, known.userMessage);
  return isUsageError(known) ? 2 : 1;
}

function internal(error: unknown): ReelwayError {
  return new ReelwayError('INTERNAL', { message: error instanceof Error ? (error.stack ?? error.message) : String(error), cause: error });
}

function program(context: CommandContext, json: boolean): Command {
  const { host } = context;
  const root = new Command('reelway')
    .description('Uploads videos into a bucket in segments of 512 KiB, resumes after kills and outages, and downloads them again.')
    .version(host.version)
    .configureOutput({ writeOut: host.writeOut, writeErr: json ? () => undefined : host.writeErr })
    .exitOverride();
  addTransfers(root, context);
  addLooks(root, context);
  addQueue(root, context);
  return root;
}

/** Commander names the wrong option only for its own error class. */
function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

/** Server and credentials; the AWS SDK looks up omitted ones. */
function withServer(command: Command): Command {
  return command
    .option('--endpoint <url>', "s3: the server's URL (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else Amazon's)")
    .option('--path-style', 's3: for servers without a host name for each bucket')
    .option('--region <region>', 's3: (default: AWS_REGION, the profile)')
    .option('--profile <name>', 's3: of the AWS configuration (default: AWS_PROFILE)');
}

function addTransfers(root: Command, context: CommandContext): void {
  withServer(
    root
      .command('upload')
      .description('upload a file into a bucket; the same command continues an interrupted run')
      .argument('<file>', 'the video')
      .requiredOption('--to <bucket>', WRITABLE)
      .option('--id <id>', "the video's id in the bucket (default: generated)")
      .option('--title <title>', 'a title, kept with the video')
      .option('--priority <priority>', 'high, normal or low (default: normal)', checked(parsePriority))
      .option('--state <directory>', STATE),
  )
    .option('--json', JSON_LINES)
    .action((file: string, options: UploadCommandOptions) => uploadCommand(context, file, options));
  withServer(
    root
      .command('fetch')
      .description('download a video into a file and check every segment')
      .argument('<bucket>', BUCKET)
      .argument('<videoId>', "the video's id in the bucket")
      .requiredOption('--out <file>', 'the file to make')
      .option('--cache <directory>', 'directory for segments meanwhile (default: $XDG_CACHE_HOME/reelway)')
      .option('--cache-bytes <bytes>', 'maximum size of the cache (default: 268435456)', checked(parseCacheBytes)),
  )
    .option('--json', JSON_LINES)
    .action((bucket: string, videoId: string, options: FetchCommandOptions) => fetchCommand(context, bucket, videoId, options));
}

function addLooks(root: Command, context: CommandContext): void {
  withServer(
    root
      .command('inspect')
      .description("show a video's manifest")
      .argument('<bucket>', BUCKET)
      .argument('<videoId>', "the video's id in the bucket"),
  )
    .option('--json', JSON_LINES)
    .action((bucket: string, videoId: string, options: BucketOptions) => inspectCommand(context, bucket, videoId, options));
  withServer(
    root
      .command('verify')
      .description('read every segment of a video and list the missing and damaged ones')
      .argument('<bucket>', BUCKET)
      .argument('<videoId>', "the video's id in the bucket"),
  )
    .option('--json', JSON_LINES)
    .action((bucket: string, videoId: string, options: BucketOptions) => verifyCommand(context, bucket, videoId, options));
}

function addQueue(root: Command, context: CommandContext): void {
  root
    .command('queue')
    .description('list the uploads of the state directory')
    .option('--state <directory>', STATE)
    .option('--json', JSON_LINES)
    .action((options: QueueCommandOptions) => queueCommand(context, options));
  withServer(
    root
      .command('cancel')
      .description('cancel an upload, and remove its data from the bucket')
      .argument('<uploadId>', 'from `reelway queue`')
      .option('--state <directory>', STATE),
  )
    .option('--json', JSON_LINES)
    .action((uploadId: string, options: CancelCommandOptions) => cancelCommand(context, uploadId, options));
}
