/**
 * A server that takes everything by S3's words and keeps counts alone (and manifests, which are read back), so that what is measured is the
 * client. It waits for the latency before each answer, also before `100 Continue`: that costs no processor time, as a proxy's copying would.
 * Its ETag of an object is the Content-MD5 that came with it, or else that of the video's segment of this number, which it is told before: to hash
 * what it discards would take the processor from the client.
 */
import { createServer } from 'node:http';
import { serve } from './control.mjs';

let latencyMs = 0;
/** Of the video's segments, by number. */
let md5s = [];
/** Bytes of what is stored, by path. */
const objects = new Map();
/** Bytes of the parts of uploads that are not completed, by upload, by number. */
const uploads = new Map();
const manifests = new Map();

function late(answer) {
  if (latencyMs === 0) answer();
  else setTimeout(answer, latencyMs);
}

function take(request, response) {
  let sizeBytes = 0;
  const kept = request.headers['content-type'] === 'application/json' ? [] : undefined;
  request.on('data', (data) => {
    sizeBytes += data.length;
    kept?.push(data);
  });
  // Never for a body that was cut.
  request.on('end', () => late(() => answer(request, response, sizeBytes, kept)));
}

function answer({ method, url, headers }, response, sizeBytes, kept) {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (method === 'PUT') put(pathname, searchParams, sizeBytes, kept);
  if (method === 'DELETE') objects.delete(pathname);
  const status = statusOf(method, pathname);
  const etag = etagOf(pathname, headers['content-md5']);
  const body = method === 'POST' ? compose(pathname, searchParams) : method === 'GET' ? manifests.get(pathname) : undefined;
  response.writeHead(status, { ...(method === 'PUT' ? { etag: `"${etag}"` } : {}), ...lengthOf(method, pathname, body) });
  response.end(body);
}

function etagOf(pathname, contentMd5) {
  if (contentMd5 !== undefined) return Buffer.from(contentMd5, 'base64').toString('hex');
  return md5s[pathname.slice(pathname.lastIndexOf('/') + 1)] ?? 'discarded';
}

function statusOf(method, pathname) {
  if (method === 'HEAD') return objects.has(pathname) ? 200 : 404;
  if (method === 'GET') return manifests.has(pathname) ? 200 : 404;
  return method === 'DELETE' ? 204 : 200;
}

function lengthOf(method, pathname, body) {
  if (method === 'DELETE') return {};
  return { 'content-length': method === 'HEAD' ? (objects.get(pathname) ?? 0) : (body?.length ?? 0) };
}

function put(pathname, searchParams, sizeBytes, kept) {
  const number = searchParams.get('partNumber');
  if (number === null) objects.set(pathname, sizeBytes);
  else uploads.get(searchParams.get('uploadId')).set(number, sizeBytes);
  if (kept !== undefined) manifests.set(pathname, Buffer.concat(kept));
}

/** Begins an upload in parts, or makes an object of them. */
function compose(pathname, searchParams) {
  const uploadId = searchParams.get('uploadId');
  if (uploadId === null) {
    const begun = `upload-${uploads.size}`;
    uploads.set(begun, new Map());
    return `<InitiateMultipartUploadResult><UploadId>${begun}</UploadId></InitiateMultipartUploadResult>`;
  }
  objects.set(
    pathname,
    [...uploads.get(uploadId).values()].reduce((sum, bytes) => sum + bytes, 0),
  );
  return `<CompleteMultipartUploadResult><ETag>"discarded"</ETag></CompleteMultipartUploadResult>`;
}

const server = createServer(take);
server.on('checkContinue', (request, response) =>
  late(() => {
    response.writeContinue();
    take(request, response);
  }),
);
await serve(server, {
  /** Forgets everything; from now on answers are this late, and these the segments of the video. */
  reset: (about) => {
    ({ latencyMs, md5s = [] } = about);
    for (const each of [objects, uploads, manifests]) each.clear();
  },
  stored: () => [...objects].map(([path, sizeBytes]) => ({ path, sizeBytes })),
});
