/** Containers by their first bytes. */
import { expect, it } from 'vitest';
import { type MediaContainer, sniffContainer } from '../../src/media/index.js';
import { type Bytes, box, join, n32 } from './build-movie.js';
import { indexOf, readerOf } from './support.js';

const packets = (bytes: number, lead = 0): Uint8Array =>
  Uint8Array.from({ length: bytes * 2 + 8 }, (_, at) => (at >= lead && (at - lead) % bytes === 0 ? 0x47 : 1));

const FILES: readonly (readonly [MediaContainer, string, Bytes])[] = [
  ['mp4', 'ftyp with isom', box('ftyp', 'isom', n32(0))],
  ['mov', 'ftyp with qt', box('ftyp', 'qt  ', n32(0))],
  ['m4a', 'ftyp with M4A', box('ftyp', 'M4A ', n32(0))],
  ['mov', 'mdat first', box('mdat', [1, 2, 3])],
  ['mov', 'wide first', join(box('wide'), box('mdat'))],
  ['mp4', 'a media segment', box('styp', 'msdh', n32(0))],
  ['webm', 'EBML with webm', join([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84], 'webm')],
  ['matroska', 'EBML with matroska', join([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x88], 'matroska')],
  ['avi', 'RIFF with AVI', join('RIFF', n32(9), 'AVI LIST')],
  ['wav', 'RIFF with WAVE', join('RIFF', n32(9), 'WAVEfmt ')],
  ['wav', 'RF64', join('RF64', n32(9), 'WAVEds64')],
  ['ogg', 'OggS', join('OggS', n32(0))],
  ['flac', 'fLaC', join('fLaC', n32(0))],
  ['flv', 'FLV', join('FLV', [1, 5, 0, 0, 0, 9])],
  ['asf', 'the header object', [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6]],
  ['mpeg-ps', 'a pack header', [0, 0, 1, 0xba, 0x44, 0]],
  ['mpeg-ts', 'packets of 188 bytes', packets(188)],
  ['mpeg-ts', 'packets of 192 bytes', packets(192, 4)],
  ['mp3', 'an ID3 tag', join('ID3', [4, 0, 0])],
  ['mp3', 'a frame', [0xff, 0xfb, 0x90, 0x64]],
  ['aac', 'an ADTS frame', [0xff, 0xf1, 0x50, 0x80]],
  ['unknown', 'text', join('GIF89a and more text')],
  ['unknown', 'a JPEG file', [0xff, 0xd8, 0xff, 0xe0, 0, 16]],
  ['unknown', 'nothing', []],
  ['unknown', 'three bytes', [0, 0, 0]],
];

it.each(FILES)('sniffs %s by %s', async (container, _what, bytes) => {
  expect(await sniffContainer(readerOf(join(bytes)))).toBe(container);
});

it('refuses to index other containers and names them', async () => {
  const error = await indexOf(join('OggS', n32(0))).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'NOT_SUPPORTED', context: { container: 'ogg' } });
});
