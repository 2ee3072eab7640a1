/** Version 1 as it stands in the file: `docs/manifest-format.md` in a schema. What is not known is refused. */
import * as z from 'zod/mini';
import { contentTypeSchema, metadataSchema } from '../video/metadata.js';

/** What every version starts with. */
export const FORMAT = 'reelway.manifest';
/** The version that is written. */
export const VERSION = 1;
/** Renditions that one manifest may have. */
const MAX_RENDITIONS = 32;
/** Opening ranges that one rendition may have. */
export const MAX_OPENING_RANGES = 16;
/** Segments that an opening spells out for readers of its first bytes. */
export const MAX_OPENING_SEGMENTS = 16;
/** Numbers in columns are below 2^48. */
export const MAX_COLUMN_VALUE = 2 ** 48 - 1;
/** Segments in a rendition are counted before their sum is checked, so this bound is only there to keep numbers small. */
const MAX_PIXELS = 1_000_000;
const MAX_TIMESCALE = 1_000_000_000;
const URL_CHARACTERS = 2_048;

const count = z.int().check(z.gte(0));
const size = z.int().check(z.gte(1));
const pixels = z.int().check(z.gte(1), z.lte(MAX_PIXELS));
const name = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));
const uploadId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));
// Only bounded here: which addresses are allowed is `urls.ts`' business, and has a code of its own.
const url = z.string().check(z.maxLength(URL_CHARACTERS));
const column = z.string();
const range = z.tuple([count, count]);
const hex = (digits: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const hashes = z.strictObject({ crc32c: z.optional(hex(8)), md5: z.optional(hex(32)), sha256: z.optional(hex(64)) });
const packed = z.strictObject({ width: z.int().check(z.gte(1), z.lte(6)), values: column });
const init = z.strictObject({ url, sizeBytes: size, hashes });

const openingSegment = z.strictObject({ n: count, start: count, sizeBytes: size, hashes });
const opening = z.strictObject({
  rendition: name,
  ranges: z.array(range).check(z.maxLength(MAX_OPENING_RANGES)),
  urlTemplate: url,
  firstByte: z.optional(count),
  init: z.optional(init),
  segments: z.array(openingSegment).check(z.maxLength(MAX_OPENING_SEGMENTS)),
});

const head = {
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  videoId: z.string(),
  uploadId,
  layout: z.enum(['raw', 'hls', 'object']),
  createdMs: count,
  source: z.strictObject({ sizeBytes: count, contentType: contentTypeSchema }),
  opening: z.array(opening).check(z.minLength(1), z.maxLength(MAX_RENDITIONS)),
};

const rendition = z.strictObject({
  id: name,
  bandwidth: z.optional(size),
  width: z.optional(pixels),
  height: z.optional(pixels),
  codecs: z.optional(z.string().check(z.regex(/^[A-Za-z0-9.,_+-]{1,200}$/))),
  urlTemplate: url,
  firstByte: z.optional(count),
  playlist: z.optional(url),
  init: z.optional(init),
  segmentCount: count,
  sizeBytes: count,
  sizes: z.union([z.strictObject({ each: size, last: size }), packed]),
  times: z.optional(
    z.strictObject({
      timescale: z.int().check(z.gte(1), z.lte(MAX_TIMESCALE)),
      end: z.int().check(z.gte(0), z.lte(MAX_COLUMN_VALUE)),
      starts: packed,
      durations: z.optional(packed),
    }),
  ),
  sync: z.optional(column),
  hashes: z.strictObject({ crc32c: z.optional(column), md5: z.optional(column), sha256: z.optional(column) }),
});

/** The first keys, which end with the opening. */
export const headSchema = z.strictObject(head);
/** All of it. */
export const manifestSchema = z.strictObject({
  ...head,
  metadata: metadataSchema,
  playlist: z.optional(url),
  renditions: z.array(rendition).check(z.minLength(1), z.maxLength(MAX_RENDITIONS)),
});

/** The first keys. */
export type WireHead = z.infer<typeof headSchema>;
/** All of it. */
export type WireManifest = z.infer<typeof manifestSchema>;
/** One rendition. */
export type WireRendition = z.infer<typeof rendition>;
/** One rendition's opening. */
export type WireOpening = z.infer<typeof opening>;
/** A segment that an opening spells out. */
export type WireOpeningSegment = z.infer<typeof openingSegment>;
/** A column of numbers. */
export type WireColumn = z.infer<typeof packed>;
