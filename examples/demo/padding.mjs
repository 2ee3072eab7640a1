/** Makes a small MP4 a big one that plays the same: a `free` box between its media data and its index. */
import { createCipheriv } from 'node:crypto';
import { open } from 'node:fs/promises';

const PIECE_BYTES = 524_288;

/** The boxes at the top of an MP4: type, where it starts, how long it is. */
export async function topBoxes(path) {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const boxes = [];
    for (let start = 0; start + 8 <= size; ) {
      const head = Buffer.alloc(16);
      await file.read(head, 0, 16, start);
      const short = head.readUInt32BE(0);
      const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? size - start : short;
      if (length < 8 || start + length > size) throw new TypeError(`${path} is no whole MP4: a box at ${start} has ${length} bytes`);
      boxes.push({ type: head.toString('latin1', 4, 8), start, length });
      start += length;
    }
    return boxes;
  } finally {
    await file.close();
  }
}

/**
 * Copies `source` to `target` with a `free` box before its last box, so that the copy has exactly `sizeBytes` bytes. Everything
 * before the new box stays where it was, so the index, which points there, stays right. What the box holds looks random, as
 * video does, so that no two segments are alike.
 */
export async function padVideo(source, target, sizeBytes) {
  const boxes = await topBoxes(source);
  const index = boxes[boxes.length - 1];
  if (index?.type !== 'moov') throw new TypeError(`${source} does not end in its index (moov)`);
  const freeBytes = sizeBytes - (index.start + index.length);
  if (freeBytes < 8 || freeBytes > 0xffff_ffff) throw new TypeError(`${source} cannot be padded to ${sizeBytes} bytes`);
  const from = await open(source, 'r');
  const to = await open(target, 'w', 0o600);
  try {
    await copyRange(from, to, 0, index.start);
    await writeFree(to, freeBytes);
    await copyRange(from, to, index.start, index.start + index.length);
  } finally {
    await from.close();
    await to.close();
  }
}

async function copyRange(from, to, start, end) {
  const buffer = Buffer.alloc(PIECE_BYTES);
  for (let position = start; position < end; ) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(PIECE_BYTES, end - position), position);
    if (bytesRead === 0) throw new RangeError('The sample video became shorter while it was read');
    await to.write(buffer, 0, bytesRead);
    position += bytesRead;
  }
}

async function writeFree(to, bytes) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes, 0);
  head.write('free', 4, 'latin1');
  await to.write(head);
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(PIECE_BYTES);
  for (let left = bytes - 8; left > 0; left -= PIECE_BYTES) {
    await to.write(noise.update(zeros.subarray(0, Math.min(PIECE_BYTES, left))));
  }
}
