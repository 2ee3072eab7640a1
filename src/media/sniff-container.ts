/** Which container a file is, by its first bytes. Names and content types of picked files are often wrong. */
import { code, type Fields, u8 } from './boxes/fields.js';
import type { MediaReader } from './boxes/media-reader.js';
import type { MediaContainer } from './types.js';

const SNIFF_BYTES = 512;
/** Boxes with which files of ISO/IEC 14496-12 and of QuickTime begin. */
const FIRST_BOXES = /^(ftyp|styp|moov|moof|mdat|free|skip|wide|pnot|sidx|uuid)$/;
/** Over the first bytes in hex. */
const SIGNATURES: readonly (readonly [RegExp, MediaContainer])[] = [
  [/^1a45dfa3(..){0,60}7765626d/, 'webm'],
  [/^1a45dfa3/, 'matroska'],
  [/^52494646.{8}41564920/, 'avi'],
  [/^(52494646|52463634).{8}57415645/, 'wav'],
  [/^4f676753/, 'ogg'],
  [/^664c6143/, 'flac'],
  [/^464c5601/, 'flv'],
  [/^3026b2758e66cf11/, 'asf'],
  [/^000001ba/, 'mpeg-ps'],
  // Packets of 188 bytes, or of 192 with a time in front.
  [/^47.{374}47|^.{8}47.{382}47/, 'mpeg-ts'],
  [/^4944330[234]/, 'mp3'],
  // ADTS has layer 0, MP3 has layer III; the last digit excludes rates that are not allowed.
  [/^fff[0189][0-9a-f][0-9a-f]/, 'aac'],
  [/^ff[ef][23ab][1-e][0-9a-b]/, 'mp3'],
];

/** The container of a file; reads at most its first 512 bytes. `unknown` is an answer, not an error. */
export async function sniffContainer(reader: MediaReader): Promise<MediaContainer> {
  const head = await reader.peek(0, Math.min(SNIFF_BYTES, reader.sizeBytes));
  if (head.byteLength >= 8 && FIRST_BOXES.test(code(head, 4))) return containerOfBoxes(head);
  let hex = '';
  for (let at = 0; at < head.byteLength; at++) hex += (256 + u8(head, at)).toString(16).slice(1);
  return SIGNATURES.find(([signature]) => signature.test(hex))?.[1] ?? 'unknown';
}

function containerOfBoxes(head: Fields): MediaContainer {
  // Files of QuickTime may lack `ftyp`; a file that begins with a segment is MP4.
  if (code(head, 4) !== 'ftyp' || head.byteLength < 12) return /^(styp|moof|sidx)$/.test(code(head, 4)) ? 'mp4' : 'mov';
  const brand = code(head, 8);
  if (brand === 'qt  ') return 'mov';
  return /^M4[AB] $/.test(brand) ? 'm4a' : 'mp4';
}
