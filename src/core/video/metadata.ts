/** What an app says of a video, checked once at the door: the same rules for what is written and for what is read back. */
import * as z from 'zod/mini';
import { invalidOption } from '../check-option.js';
import { MAX_METADATA_BYTES } from '../limits.js';
import { describeIssue } from '../text/issues.js';
import { asciiJson } from '../text/text.js';
import type { VideoMetadata } from './video.js';

/** MIME type: goes into HTTP headers, so nothing but printable ASCII, and no more than it needs. */
const CONTENT_TYPE = /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}(?:; ?[\x20-\x7e]{1,200})?$/;
const MAX_PIXELS = 1_000_000;
const FORBIDDEN_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** A MIME type. */
export const contentTypeSchema = z.string().check(z.regex(CONTENT_TYPE));

/** Whether a name would touch what every object inherits. */
export function isForbiddenName(name: string): boolean {
  return FORBIDDEN_NAMES.includes(name);
}

/** Metadata as apps give it and manifests hold it. */
export const metadataSchema = z.strictObject({
  title: z.optional(z.string()),
  description: z.optional(z.string()),
  contentType: z.optional(contentTypeSchema),
  durationSeconds: z.optional(z.number().check(z.gte(0))),
  width: z.optional(z.int().check(z.gte(1), z.lte(MAX_PIXELS))),
  height: z.optional(z.int().check(z.gte(1), z.lte(MAX_PIXELS))),
  custom: z.optional(z.record(z.string(), z.string())),
});

/**
 * A clean copy of metadata: known fields only, none of them `undefined`, ≤ 16,384 bytes as ASCII JSON.
 * @throws {ReelwayError} INVALID_CONFIG with the field at fault in `context.field`
 */
export function parseMetadata(value: unknown): VideoMetadata {
  const result = z.safeParse(metadataSchema, value);
  if (!result.success) {
    const { field, problem } = describeIssue(result.error.issues, ['metadata']);
    throw invalidOption(field, `is not valid: ${problem}`);
  }
  // As given: the schema drops a name of `__proto__` without a word.
  const { custom } = value as VideoMetadata;
  const forbidden = Object.getOwnPropertyNames(custom ?? {}).find(isForbiddenName);
  if (forbidden !== undefined) throw invalidOption(`metadata.custom.${forbidden}`, 'is a name that is not allowed');
  const json = asciiJson(result.data);
  if (json.length > MAX_METADATA_BYTES) {
    throw invalidOption('metadata', `must be at most ${MAX_METADATA_BYTES} bytes as ASCII JSON, got ${json.length}`);
  }
  // Through JSON, so that the copy is what a reader of the manifest will get: no `undefined`, no −0.
  return JSON.parse(json) as VideoMetadata;
}
