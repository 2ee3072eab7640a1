/** The file that is carried, and what an object store must say of it. */
import { createCipheriv, createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const STEP_BYTES = 524_288;

/** Writes the same noise every time. */
export async function makeVideo(path, sizeBytes) {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 3), Buffer.alloc(16));
  const zeros = Buffer.alloc(STEP_BYTES);
  const target = await open(path, 'w');
  for (let left = sizeBytes; left > 0; left -= STEP_BYTES) await target.write(noise.update(zeros.subarray(0, Math.min(left, STEP_BYTES))));
  await target.sync();
  await target.close();
}

/** The MD5 of each piece of `pieceBytes`; of the whole for 0. */
export async function md5sOf(path, pieceBytes) {
  const source = await open(path, 'r');
  const { size } = await source.stat();
  const pieces = Array.from({ length: pieceBytes === 0 ? 1 : Math.ceil(size / pieceBytes) }, () => createHash('md5'));
  const buffer = Buffer.alloc(STEP_BYTES);
  for (let position = 0; position < size; position += STEP_BYTES) {
    const { bytesRead } = await source.read(buffer, 0, STEP_BYTES, position);
    pieces[pieceBytes === 0 ? 0 : Math.floor(position / pieceBytes)].update(buffer.subarray(0, bytesRead));
  }
  await source.close();
  return pieces.map((hash) => hash.digest('hex'));
}

/** What stands in the store must be the whole video: every byte counted, and, where the store tells ETags, every byte the right one. */
export async function assertComplete(stored, { contender, file, sizeBytes }) {
  const objects = stored.filter(({ key }) => !key.endsWith('/manifest.json'));
  const total = objects.reduce((sum, object) => sum + object.sizeBytes, 0);
  if (total !== sizeBytes) throw new Error(`${contender.title}: ${total} of ${sizeBytes} bytes are stored`);
  if (contender.module === 'reelway' && stored.length !== objects.length + 1) throw new Error(`${contender.title}: no manifest is stored`);
  if (objects.some(({ etag }) => etag === undefined)) return;
  const expected = await md5sOf(file, contender.pieceBytes);
  const etags = contender.module === 'lib-storage' ? [compositeEtag(expected)] : expected;
  const told = objects.map(({ etag }) => etag).sort();
  if (told.join() !== etags.sort().join()) throw new Error(`${contender.title}: other bytes are stored than were sent`);
}

/** S3's ETag of an object in parts. */
function compositeEtag(md5s) {
  const whole = createHash('md5').update(Buffer.from(md5s.join(''), 'hex'));
  return `${whole.digest('hex')}-${md5s.length}`;
}
