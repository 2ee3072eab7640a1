/** The commands and their options; turns every failure into one last line and an exit code. */
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

const STATE = 'where the queue is kept (default: $XDG_STATE_HOME/reelway)';
const BUCKET = 'a directory, a file: URL, s3://bucket/prefix, or an https: URL';
const WRITABLE = 'a directory, a file: URL or s3://bucket/prefix';
const JSON_LINES = 'one JSON object a line, for programs';

/** Runs one command line. Resolves with the exit code: 0 done, 1 failed, 2 not written right. */
export async function run(argv: readonly string[], host: CliHost): Promise<0 | 1 | 2> {
  // Read before the parse, since a wrong command line is told in the same form.
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
    // Commander has said it to people already.
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
    .description('Carries videos into a bucket in pieces of 512 KiB, through kills and dead networks, and back.')
    .version(host.version)
    .configureOutput({ writeOut: host.writeOut, writeErr: json ? () => undefined : host.writeErr })
    .exitOverride();
  addTransfers(root, context);
  addLooks(root, context);
  addQueue(root, context);
  return root;
}

/** Commander says which option was wrong only for its own class of error. */
function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

/** Where a server is, and as whom to go there; what is left out the AWS SDK looks up itself. */
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
      .description('bring a file into a bucket; the same command goes on where an earlier run stopped')
      .argument('<file>', 'the video')
      .requiredOption('--to <bucket>', WRITABLE)
      .option('--id <id>', "the video's name in the bucket (default: made up)")
      .option('--title <title>', 'a title, kept with the video')
      .option('--priority <priority>', 'high, normal or low (default: normal)', checked(parsePriority))
      .option('--state <directory>', STATE),
  )
    .option('--json', JSON_LINES)
    .action((file: string, options: UploadCommandOptions) => uploadCommand(context, file, options));
  withServer(
    root
      .command('fetch')
      .description('bring a video back into a file, every segment checked')
      .argument('<bucket>', BUCKET)
      .argument('<videoId>', 'its name in the bucket')
      .requiredOption('--out <file>', 'the file to make')
      .option('--cache <directory>', 'where segments are kept meanwhile (default: $XDG_CACHE_HOME/reelway)')
      .option('--cache-bytes <bytes>', 'the most that the cache may hold (default: 268435456)', checked(parseCacheBytes)),
  )
    .option('--json', JSON_LINES)
    .action((bucket: string, videoId: string, options: FetchCommandOptions) => fetchCommand(context, bucket, videoId, options));
}

function addLooks(root: Command, context: CommandContext): void {
  withServer(
    root
      .command('inspect')
      .description('show what a bucket says of a video')
      .argument('<bucket>', BUCKET)
      .argument('<videoId>', 'its name in the bucket'),
  )
    .option('--json', JSON_LINES)
    .action((bucket: string, videoId: string, options: BucketOptions) => inspectCommand(context, bucket, videoId, options));
  withServer(
    root
      .command('verify')
      .description('read every segment of a video and name each one that is not as it should be')
      .argument('<bucket>', BUCKET)
      .argument('<videoId>', 'its name in the bucket'),
  )
    .option('--json', JSON_LINES)
    .action((bucket: string, videoId: string, options: BucketOptions) => verifyCommand(context, bucket, videoId, options));
}

function addQueue(root: Command, context: CommandContext): void {
  root
    .command('queue')
    .description('list the uploads that are remembered')
    .option('--state <directory>', STATE)
    .option('--json', JSON_LINES)
    .action((options: QueueCommandOptions) => queueCommand(context, options));
  withServer(
    root
      .command('cancel')
      .description('give an upload up, and remove what it has put into its bucket')
      .argument('<uploadId>', 'from `reelway queue`')
      .option('--state <directory>', STATE),
  )
    .option('--json', JSON_LINES)
    .action((uploadId: string, options: CancelCommandOptions) => cancelCommand(context, uploadId, options));
}
