/** `reelway verify`: reads every stored segment of a video, and lists the missing and damaged ones. */
import { nodeHasher } from '../../../adapters/node/index.js';
import type { BlobSource, SegmentCheck, VideoManifest } from '../../index.js';
import { checkVideo, ReelwayError } from '../../index.js';
import { openReadable } from '../buckets/bucket.js';
import type { BucketOptions } from '../buckets/open-bucket.js';
import type { CommandContext } from '../command.js';
import { interruptible } from '../interrupt.js';
import { bytesInWords, countInWords, timeInWords } from '../output/format.js';
import type { Output } from '../output/output.js';
import { readVideo } from './read-video.js';

/** Runs `verify`. */
export async function verifyCommand(context: CommandContext, bucketText: string, videoId: string, options: BucketOptions): Promise<void> {
  const startedMs = context.host.nowMs();
  const bucket = await openReadable(bucketText, context.host, options);
  try {
    await interruptible(context.host, ({ signal }) => check(context, bucket.store, videoId, { signal, startedMs }));
  } finally {
    bucket.close();
  }
}

interface Run {
  readonly signal: AbortSignal;
  readonly startedMs: number;
}

async function check({ host, output }: CommandContext, store: BlobSource, videoId: string, { signal, startedMs }: Run): Promise<void> {
  const hasher = nodeHasher();
  const { manifest, key } = await readVideo(store, videoId, signal);
  output.begin('Checking');
  const meter = createMeter(manifest, output);
  const { segments, bytes, faults } = await checkVideo(store, manifest, { hasher, signal, manifestKey: key, onSegment: meter });
  if (faults.length > 0) throw faultsError(videoId, faults);
  const wallMs = Math.round(host.nowMs() - startedMs);
  output.completed(
    { videoId, uploadId: manifest.uploadId, manifestKey: key, segments, bytes, faults: 0, wallMs },
    `All ${countInWords(segments, 'segment')} of ${videoId} (${bytesInWords(bytes)}) are intact; read in ${timeInWords(wallMs)}.`,
  );
}

function createMeter(manifest: VideoManifest, output: Output): (check: SegmentCheck) => void {
  let bytes = 0;
  let segments = 0;
  return (check) => {
    if (check.index >= 0) {
      bytes += check.range.end - check.range.start;
      segments += 1;
    }
    output.progress({
      videoId: manifest.videoId,
      bytes,
      totalBytes: manifest.sizeBytes,
      segments,
      totalSegments: manifest.segmentCount,
    });
    if (check.fault !== undefined) output.item('fault', factsOf(check), `${segmentName(check)} ${WORDS[check.fault]}: ${check.key}`);
  };
}

const WORDS = { missing: 'is missing', size: 'has the wrong size', corrupt: 'is damaged' } as const;

function factsOf({ index, key, range, fault }: SegmentCheck) {
  return { segmentIndex: index, key, fault, start: range.start, end: range.end };
}

function segmentName({ index }: SegmentCheck): string {
  return index < 0 ? 'The init segment' : `Segment ${index}`;
}

function faultsError(videoId: string, faults: readonly SegmentCheck[]): ReelwayError {
  const missing = faults.every(({ fault }) => fault === 'missing');
  const named = faults.slice(0, 10).map((check) => `${segmentName(check).toLowerCase()} (${check.key}) ${check.fault ?? ''}`);
  const more = faults.length > named.length ? ` and ${faults.length - named.length} more` : '';
  return new ReelwayError(missing ? 'SEGMENT_MISSING' : 'SEGMENT_CORRUPT', {
    message: `${countInWords(faults.length, 'segment')} of ${videoId} missing or damaged: ${named.join(', ')}${more}`,
    context: { videoId, faults: faults.length, ...(faults[0] === undefined ? {} : { segmentIndex: faults[0].index, key: faults[0].key }) },
    userMessage: 'A part of the video in the bucket is damaged or missing. Please upload it again.',
  });
}
