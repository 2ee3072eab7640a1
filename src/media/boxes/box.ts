/** Boxes of ISO/IEC 14496-12 and of QuickTime: headers and children, with nothing taken on trust. */
import { code, damaged, type Fields, u32, u64 } from './fields.js';
import type { MediaReader } from './media-reader.js';

/** One box. */
export interface Box {
  /** Four characters. */
  readonly type: string;
  /** Where its header begins. */
  readonly start: number;
  /** Where its content begins. */
  readonly body: number;
  /** Where it ends by its own size, which may lie behind the end of the file. */
  readonly end: number;
}

/** Children that one box may have; real ones have a few dozen. */
const MAX_CHILDREN = 4_096;

/** The box at `position`, in a parent that ends at `limit`. `undefined` where there is no valid header. */
export async function readBox(reader: MediaReader, position: number, limit: number, isFar = false): Promise<Box | undefined> {
  const length = Math.min(16, limit - position);
  if (length < 8) return undefined;
  const header = isFar ? await reader.peek(position, length) : await reader.window(position, length);
  const type = code(header, 4);
  let size = u32(header, 0);
  let headerBytes = 8;
  if (size === 1 && length === 16) {
    size = u64(header, 8);
    headerBytes = 16;
  } else if (size === 0) size = limit - position;
  if (type === 'uuid') headerBytes += 16;
  if (size < headerBytes || !Number.isSafeInteger(position + size)) return undefined;
  return { type, start: position, body: position + headerBytes, end: position + size };
}

/** The children of a box from `body` on, in their order. @throws {ReelwayError} MEDIA_INVALID where one is longer than its parent */
export async function readChildren(reader: MediaReader, parent: Box, body = parent.body): Promise<Box[]> {
  const children: Box[] = [];
  for (let position = body; position + 8 <= parent.end; ) {
    const box = await readBox(reader, position, parent.end);
    // QuickTime ends some lists with a zero.
    if (box === undefined || box.type === '\0\0\0\0') break;
    if (box.end > parent.end) throw damaged(`${box.type} ends behind its parent ${parent.type}`, box.type);
    if (children.length === MAX_CHILDREN) throw damaged(`${parent.type} has too many children`, parent.type);
    children.push(box);
    position = box.end;
    await reader.rest();
  }
  return children;
}

/** The first box of a type. */
export function findBox(boxes: readonly Box[], type: string): Box | undefined {
  return boxes.find((box) => box.type === type);
}

/** As {@link findBox}. @throws {ReelwayError} MEDIA_INVALID where there is none */
export function requireBox(boxes: readonly Box[], type: string): Box {
  const box = findBox(boxes, type);
  if (box === undefined) throw damaged(`There is no ${type} box`, type);
  return box;
}

/** The content of a box, its first `most` (≤ 65,536) bytes. */
export function readContent(reader: MediaReader, box: Box, most = 4_096): Promise<Fields> {
  return reader.window(box.body, Math.min(most, box.end - box.body));
}
