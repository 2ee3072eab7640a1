/** `reelway upload`: uploads one file into a bucket, continuing an interrupted run of the same command. */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Priority, UploadEngine, UploadHandle, UploadState, VideoManifest } from '../../index.js';
import { isReelwayError, manifestKey, ReelwayError } from '../../index.js';
import { openBucket } from '../buckets/bucket.js';
import { rememberBucket } from '../buckets/known-buckets.js';
import type { Bucket, BucketOptions } from '../buckets/open-bucket.js';
import type { CommandContext } from '../command.js';
import { stateDirectory } from '../default-paths.js';
import { interruptible } from '../interrupt.js';
import { notEmpty } from '../options.js';
import { bytesInWords, countInWords, statusInWords, timeInWords } from '../output/format.js';
import type { Facts, Output } from '../output/output.js';
import { openQueueState, type QueueState, uploadEngine } from '../queue/queue-state.js';
import { findUpload, markReported } from './find-upload.js';
import { sameVideo } from './is-already-uploaded.js';

/** Options of `upload`. */
export interface UploadCommandOptions extends BucketOptions {
  readonly to: string;
  readonly id?: string;
  readonly title?: string;
  readonly priority?: Priority;
  readonly state?: string;
}

/** Runs `upload`. */
export async function uploadCommand(context: CommandContext, file: string, options: UploadCommandOptions): Promise<void> {
  const startedMs = context.host.nowMs();
  const path = pathOf(notEmpty(file, 'file'), context.host.workingDirectory);
  const bucket = await openBucket(options.to, context.host, options);
  try {
    await interruptible(context.host, (stop) => uploadFile(context, { bucket, path, options, stop, startedMs }));
  } finally {
    bucket.close();
  }
}

/** One run of the command. */
interface Run {
  readonly bucket: Bucket;
  readonly path: string;
  readonly options: UploadCommandOptions;
  readonly stop: AbortController;
  readonly startedMs: number;
}

async function uploadFile({ host, output }: CommandContext, run: Run): Promise<void> {
  const state = openQueueState(stateDirectory(host, run.options.state));
  const engine = await startEngine(state, run.bucket, output);
  let result: Result;
  try {
    const handle = await addOrResume(engine, state, run.path, run.options, output);
    const outcome = await finish(handle, output, run.stop).catch((error: unknown) => findSame(error, handle, run));
    result = resultOf(engine, handle, outcome, host.nowMs() - run.startedMs);
  } finally {
    await engine.stop();
  }
  // The last line of the output.
  output.completed(result, sentenceOf(result, run.bucket));
  await markReported(state.store, result.uploadId);
}

interface Outcome {
  readonly manifest: VideoManifest;
  /** The bucket had it before this run. */
  readonly already: boolean;
}

/** If the bucket contains this very file under the id, the repeated command succeeds instead of VIDEO_EXISTS. */
async function findSame(error: unknown, handle: UploadHandle, { bucket, path, options, stop }: Run): Promise<Outcome> {
  if (!isReelwayError(error) || error.code !== 'VIDEO_EXISTS') throw error;
  const { videoId } = handle;
  const question = { path, videoId, title: options.title, signal: stop.signal };
  // If they cannot be compared, VIDEO_EXISTS stands.
  const manifest = await sameVideo(bucket.store, question).catch(() => undefined);
  stop.signal.throwIfAborted();
  if (manifest === undefined) throw error;
  await handle.cancel();
  return { manifest, already: true };
}

function pathOf(file: string, workingDirectory: string): string {
  if (file.startsWith('file://')) return fileURLToPath(file);
  return isAbsolute(file) ? file : resolve(workingDirectory, file);
}

async function startEngine(state: QueueState, bucket: Bucket, output: Output): Promise<UploadEngine> {
  await rememberBucket(state.store, bucket.place);
  const engine = uploadEngine(state, bucket);
  engine.on('warning', ({ error }) => output.warning(error));
  await engine.start();
  return engine;
}

async function addOrResume(
  engine: UploadEngine,
  state: QueueState,
  path: string,
  options: UploadCommandOptions,
  output: Output,
): Promise<UploadHandle> {
  const found = await findUpload(engine, state.store, path, options.id);
  if (found === undefined) {
    const { title, id, priority } = options;
    return engine.add(path, title === undefined ? {} : { title }, {
      ...(id === undefined ? {} : { videoId: id }),
      ...(priority === undefined ? {} : { priority }),
    });
  }
  const handle = engine.get(found.id);
  const { acknowledgedBytes, totalBytes } = handle.progress();
  const sentence = `Continuing upload ${found.id}: ${bytesInWords(acknowledgedBytes)} of ${bytesInWords(totalBytes)} are uploaded.`;
  output.note('resumed', { uploadId: found.id, videoId: handle.videoId, acknowledgedBytes, totalBytes }, sentence);
  if (options.priority !== undefined && options.priority !== found.priority) await handle.setPriority(options.priority);
  if (found.status === 'paused') await handle.resume();
  if (found.status === 'failed') await handle.retry();
  return handle;
}

/** Waits for the end, or for a state that only the user can end. */
async function finish(handle: UploadHandle, output: Output, stop: AbortController): Promise<Outcome> {
  output.begin('Uploading');
  const check = (state: UploadState): void => {
    if (state.status !== 'waiting' || state.reason === 'backoff' || state.reason === 'offline') return;
    stop.abort(state.error ?? new ReelwayError('INVALID_STATE', { message: `The upload is ${statusInWords('waiting', state.reason)}` }));
  };
  const offs = [listen(handle, output), handle.on('status', check)];
  check(handle.state());
  try {
    return { manifest: await handle.completed({ signal: stop.signal }), already: false };
  } finally {
    for (const off of offs) off();
  }
}

function listen(handle: UploadHandle, output: Output): () => void {
  const { id: uploadId, videoId } = handle;
  let last = '';
  const offs = [
    handle.on('progress', (now) =>
      output.progress({
        videoId,
        uploadId,
        bytes: now.acknowledgedBytes,
        totalBytes: now.totalBytes,
        segments: now.acknowledgedSegments,
        totalSegments: now.totalSegments,
        bytesPerSecond: now.bytesPerSecond,
        remainingMs: now.remainingMs,
      }),
    ),
    handle.on('status', (state) => {
      const reason = state.status === 'waiting' ? state.reason : undefined;
      const words = statusInWords(state.status, reason);
      // Completion and failure have their own lines.
      if (words === last || state.status === 'completed' || state.status === 'failed') return;
      last = words;
      output.note('status', { uploadId, videoId, status: state.status, reason }, `Now ${words}.`);
    }),
    handle.on('retry', ({ error, delayMs, segmentIndex }) =>
      output.note(
        'retry',
        { uploadId, videoId, code: error.code, delayMs: Math.round(delayMs), segmentIndex },
        `${error.userMessage} Next attempt in ${timeInWords(delayMs)}.`,
      ),
    ),
  ];
  return () => {
    for (const off of offs) off();
  };
}

/** The facts of the last line. */
interface Result extends Facts {
  readonly videoId: string;
  readonly uploadId: string;
  readonly segments: number;
  readonly bytes: number;
  readonly wallMs: number;
  /** Only where the bucket had it before. */
  readonly already?: boolean;
}

function resultOf(engine: UploadEngine, handle: UploadHandle, { manifest, already }: Outcome, wallMs: number): Result {
  const state = handle.state();
  const { bytesSent, bytesResent, peakBufferBytes, journalBytes, retries } = engine.report();
  return {
    videoId: manifest.videoId,
    uploadId: manifest.uploadId,
    manifestKey: state.status === 'completed' ? state.manifestKey : manifestKey(manifest.videoId),
    segments: manifest.segmentCount,
    bytes: manifest.sizeBytes,
    bytesSent,
    bytesResent,
    wallMs: Math.round(wallMs),
    peakBufferBytes,
    journalBytes,
    retries,
    ...(already ? { already } : {}),
  };
}

function sentenceOf({ bytes, segments, videoId, wallMs, already }: Result, bucket: Bucket): string {
  const size = `${bytesInWords(bytes)} in ${countInWords(segments, 'segment')}`;
  if (already === true) return `This very file (${size}) is in ${bucket.name} as ${videoId} already; nothing was sent.`;
  return `Uploaded ${size} as ${videoId} to ${bucket.name} in ${timeInWords(wallMs)}.`;
}
