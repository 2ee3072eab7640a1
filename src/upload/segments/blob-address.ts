/** How a manifest addresses segments that are blobs: by their names, in which only the number differs. */
import type { CooperativeTask } from '../../core/index.js';
import { ReelwayError } from '../../errors/index.js';
import type { Package, PackageObject } from '../../ports/index.js';
import type { UploadRecord } from '../journal/index.js';
import type { SegmentAddress } from './segment-target.js';

/** @throws {ReelwayError} NOT_SUPPORTED where names follow no such rule */
export function* blobAddress(record: UploadRecord, pack: Package): CooperativeTask<SegmentAddress> {
  return { urlTemplate: `${record.id}/${yield* templateOf(pack)}` };
}

/** The name of segment n with `{n}` in the place of its number. @throws {ReelwayError} NOT_SUPPORTED where names follow no such rule */
function* templateOf(pack: Package): CooperativeTask<string> {
  let template: string | undefined;
  let number = 0;
  for (let index = 0; index < pack.count; index += 1) {
    yield;
    const object = pack.describe(index);
    if (object.role !== 'segment') continue;
    template ??= firstTemplate(object);
    if (template.replace('{n}', String(number)) !== object.name) throw irregular(object);
    number += 1;
  }
  return template ?? '{n}';
}

function firstTemplate(object: PackageObject): string {
  const at = object.name.lastIndexOf('0');
  if (at < 0) throw irregular(object);
  return `${object.name.slice(0, at)}{n}${object.name.slice(at + 1)}`;
}

function irregular(object: PackageObject): ReelwayError {
  return new ReelwayError('NOT_SUPPORTED', { message: `Expected names of segments that contain their number from 0, got ${object.name}` });
}
