/** Files for tests that move real bytes: made and compared in pieces of 512 KiB. */
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The size of the video that started it all: 219 segments. */
export const BIG_BYTES = 114_381_456;
export const SEGMENT_BYTES = 524_288;

/** A directory of one test's own. */
export function makeTemp(name: string): string {
  return mkdtempSync(join(tmpdir(), `reelway-${name}-`));
}

/** Removes what {@link makeTemp} made. */
export function removeTemp(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** Writes random bytes that a seed determines: AES in counter mode over zeros. */
export function makeRandomFile(path: string, sizeBytes: number, seed = 1): void {
  const key = createHash('sha256').update(`seed ${seed}`).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(SEGMENT_BYTES);
  const file = openSync(path, 'w');
  for (let left = sizeBytes; left > 0; left -= SEGMENT_BYTES) {
    writeSync(file, cipher.update(left < SEGMENT_BYTES ? zeros.subarray(0, left) : zeros));
  }
  closeSync(file);
}

/** SHA-256 of files one behind the other, as hex. */
export function sha256Of(...paths: string[]): string {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(SEGMENT_BYTES);
  for (const path of paths) {
    const file = openSync(path, 'r');
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) hash.update(buffer.subarray(0, read));
    closeSync(file);
  }
  return hash.digest('hex');
}

/** Turns one bit of a file over. */
export function flipBit(path: string, position: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, position);
  writeSync(file, Buffer.of((byte[0] as number) ^ 1), 0, 1, position);
  closeSync(file);
}

/** Every file below a directory, as paths relative to it; none where it is not there. */
export function filesBelow(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names.filter((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.isFile() === true).sort();
}

/** A directory bucket seen from outside, by its files alone. */
export interface BucketFiles {
  /** Paths of the manifests, relative to the bucket. */
  readonly manifests: string[];
  /** Paths of the raw segments, in the order of their numbers. */
  readonly segments: string[];
  /** Everything else, but for files under way. */
  readonly others: string[];
}

/** Sorts a bucket's files: a manifest's name contains `manifest` and ends in `.json`; a raw segment's is its number. */
export function bucketFiles(bucket: string): BucketFiles {
  const files = filesBelow(bucket).filter((file) => !file.startsWith('.reelway-tmp'));
  const manifests = files.filter((file) => /manifest[^/]*\.json$/.test(file));
  const segments = files.filter((file) => numberOf(file) !== undefined).sort((a, b) => (numberOf(a) ?? 0) - (numberOf(b) ?? 0));
  const others = files.filter((file) => !manifests.includes(file) && !segments.includes(file));
  return { manifests, segments, others };
}

function numberOf(file: string): number | undefined {
  const digits = /(?:^|\/)(\d+)[^/\d]*$/.exec(file)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** SHA-256 of the video that a bucket's segments make together. */
export function sha256OfSegments(bucket: string): string {
  return sha256Of(...bucketFiles(bucket).segments.map((file) => join(bucket, file)));
}

/** What tells a file from one that was written anew under its name. */
export function fingerprints(directory: string, files: readonly string[]): Map<string, string> {
  return new Map(
    files.map((file) => {
      const { ino, mtimeNs } = statSync(join(directory, file), { bigint: true });
      return [file, `${ino}/${mtimeNs}`];
    }),
  );
}

/** How many of the files of `before` are other files by now. */
export function rewritten(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  let count = 0;
  for (const [file, mark] of before) if (after.get(file) !== mark) count += 1;
  return count;
}
