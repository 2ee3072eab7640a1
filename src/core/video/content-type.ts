/** What kind of file a name promises: enough for the video types that phones, cameras and editors write. */

const FALLBACK = 'application/octet-stream';
const BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['mp4', 'video/mp4'],
  ['m4v', 'video/x-m4v'],
  ['m4s', 'video/iso.segment'],
  ['cmfv', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['qt', 'video/quicktime'],
  ['webm', 'video/webm'],
  ['mkv', 'video/x-matroska'],
  ['3gp', 'video/3gpp'],
  ['3g2', 'video/3gpp2'],
  ['avi', 'video/x-msvideo'],
  ['mpg', 'video/mpeg'],
  ['mpeg', 'video/mpeg'],
  ['ogv', 'video/ogg'],
  ['ts', 'video/mp2t'],
  ['mts', 'video/mp2t'],
  ['m2ts', 'video/mp2t'],
  ['wmv', 'video/x-ms-wmv'],
  ['flv', 'video/x-flv'],
  ['m3u8', 'application/vnd.apple.mpegurl'],
]);

/** The MIME type that a file's name or path promises. @default application/octet-stream */
export function guessContentType(name: string): string {
  const extension = /\.([A-Za-z0-9]+)$/.exec(name);
  return BY_EXTENSION.get(String(extension?.[1]).toLowerCase()) ?? FALLBACK;
}
