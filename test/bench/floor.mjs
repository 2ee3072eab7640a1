/**
 * The bare floor: the same bytes in the same pieces, three at once over three reused buffers, the same one hash, plain node:fs,
 * and the same durability. No queue, no journal, no retry, no check of what was written: what no uploader can be faster than.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash as createPortableHash } from 'reelway';

const PIECE_BYTES = 524_288;
const AT_ONCE = 3;

/** Copies `file` into `bucket` piece by piece; resolves with the digests. */
export async function floorUpload({ file, bucket, durability, algorithm }) {
  await mkdir(bucket, { recursive: true });
  const source = await open(file, 'r');
  const { size } = await source.stat();
  const count = Math.ceil(size / PIECE_BYTES);
  const digests = new Array(count);
  let next = 0;
  const worker = async () => {
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    for (let index = next++; index < count; index = next++) {
      const { bytesRead } = await source.read(buffer, 0, PIECE_BYTES, index * PIECE_BYTES);
      const piece = buffer.subarray(0, bytesRead);
      digests[index] = digestOf(algorithm, piece);
      const temporary = join(bucket, `${index}.tmp`);
      const target = await open(temporary, 'w', 0o600);
      await target.write(piece);
      if (durability === 'full') await target.sync();
      await target.close();
      await rename(temporary, join(bucket, String(index)));
      if (durability === 'full') await syncDirectory(bucket);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await source.close();
  return digests;
}

async function syncDirectory(directory) {
  const handle = await open(directory, 'r');
  await handle.sync();
  await handle.close();
}

function digestOf(algorithm, piece) {
  // Node has no CRC-32C of its own.
  if (algorithm !== 'crc32c') return createHash(algorithm).update(piece).digest('hex');
  const hash = createPortableHash(algorithm);
  hash.update(piece);
  return hash.digest();
}
