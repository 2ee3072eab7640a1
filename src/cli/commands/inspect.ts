/** `reelway inspect`: shows a video's manifest; reads nothing else. */
import type { StoredManifest } from '../../index.js';
import { openingOf, renditionOf } from '../../index.js';
import { openReadable } from '../buckets/bucket.js';
import type { BucketOptions } from '../buckets/open-bucket.js';
import type { CommandContext } from '../command.js';
import { bytesInWords, countInWords } from '../output/format.js';
import type { Facts } from '../output/output.js';
import { readVideo } from './read-video.js';

/** Runs `inspect`. */
export async function inspectCommand(
  { host, output }: CommandContext,
  bucketText: string,
  videoId: string,
  options: BucketOptions,
): Promise<void> {
  const bucket = await openReadable(bucketText, host, options);
  try {
    const facts = factsOf(await readVideo(bucket.store, videoId));
    output.completed(facts, sentenceOf(facts));
  } finally {
    bucket.close();
  }
}

interface VideoFacts extends Facts {
  readonly videoId: string;
  readonly segments: number;
  readonly bytes: number;
  readonly openingBytes: number;
  readonly hashes: string[];
}

function factsOf({ manifest, key, sizeBytes }: StoredManifest): VideoFacts {
  const { hashes } = renditionOf(manifest);
  const { title, description } = manifest.metadata;
  return {
    videoId: manifest.videoId,
    uploadId: manifest.uploadId,
    manifestKey: key,
    manifestBytes: sizeBytes,
    layout: manifest.layout,
    title,
    description,
    contentType: manifest.source.contentType,
    sourceBytes: manifest.source.sizeBytes,
    createdMs: manifest.createdMs,
    segments: manifest.segmentCount,
    bytes: manifest.sizeBytes,
    renditions: manifest.renditions.length,
    durationSeconds: manifest.durationSeconds,
    openingBytes: openingOf(manifest).reduce((sum, { start, end }) => sum + end - start, 0),
    hashes: Object.keys(hashes),
  };
}

function sentenceOf(facts: VideoFacts): string {
  const rows: [string, string | undefined][] = [
    ['video', facts.videoId],
    ['title', facts['title'] as string | undefined],
    ['upload', String(facts['uploadId'])],
    ['uploaded', new Date(Number(facts['createdMs'])).toISOString()],
    ['type', String(facts['contentType'])],
    ['layout', String(facts['layout'])],
    ['size', `${bytesInWords(facts.bytes)} (${facts.bytes.toLocaleString('en-US')} bytes) in ${countInWords(facts.segments, 'segment')}`],
    ['opening', bytesInWords(facts.openingBytes)],
    ['hashes', facts.hashes.join(', ')],
    ['manifest', `${String(facts['manifestKey'])}, ${bytesInWords(Number(facts['manifestBytes']))}`],
  ];
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(10)}${value}`)
    .join('\n');
}
