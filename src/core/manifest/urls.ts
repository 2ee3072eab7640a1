/**
 * Addresses in a manifest are names below its own folder, and nothing else: whoever can write a manifest must not be able
 * to send a reader anywhere else. So an address is not parsed and compared but has only one form that is let through.
 */
import { ReelwayError } from '../../errors/index.js';
import { assertBlobKey, isBlobKey } from '../video/names.js';

const MAX_URL = 320;
const PLACEHOLDER = '{n}';

/** The same address, once it is known to be names of `[A-Za-z0-9._-]` joined by `/`, ≤ 320 characters. @throws {ReelwayError} URL_NOT_ALLOWED */
export function assertRelativeUrl(url: string, field: string): string {
  if (url.length <= MAX_URL && isBlobKey(url)) return url;
  throw new ReelwayError('URL_NOT_ALLOWED', {
    message: `${field} must be a path of names below the manifest's own folder, not ${JSON.stringify(url.slice(0, 80))}`,
    context: { field },
  });
}

/** The same template, once every address that it makes is known to be allowed. @throws {ReelwayError} URL_NOT_ALLOWED */
export function assertUrlTemplate(template: string, field: string): string {
  assertRelativeUrl(urlOf(template, 99_999), field);
  return template;
}

/** The address of the segment with this index. */
export function urlOf(template: string, index: number): string {
  return template.replace(PLACEHOLDER, String(index));
}

/** Whether each segment has a blob of its own. */
export function hasPlaceholder(template: string): boolean {
  return template.includes(PLACEHOLDER);
}

/**
 * The blob's key of an address in the manifest that lies under `manifestKey`.
 * @throws {ReelwayError} URL_NOT_ALLOWED
 * @throws {TypeError} where `manifestKey` is not a key
 */
export function resolveSegmentKey(manifestKey: string, url: string): string {
  const folder = assertBlobKey(manifestKey).replace(/[^/]*$/, '');
  return assertBlobKey(`${folder}${assertRelativeUrl(url, 'url')}`);
}
