/** The stores over `XMLHttpRequest`, with one for Node: the public suite, and aborts between a reply and the end of its reader. */
import { describe, expect, it, test } from 'vitest';
import { httpBlobSource, signedUrlBlobStore, xhrTransport } from '../../../adapters/http/index.js';
import { blobStoreSuite } from '../../../src/conformance/index.js';
import type { BlobSource, BlobStore, GetOptions } from '../../../src/ports/index.js';
import { createBucket } from './support/bucket-server.js';
import { outcomeOf, patternBytes, serve } from './support/loopback.js';
import { LoopbackXhr } from './support/loopback-xhr.js';

const HOUR_MS = 3_600_000;
const SIZE_BYTES = 1_200_000;
const transport = xhrTransport({ XMLHttpRequest: LoopbackXhr });

async function signedStore(): Promise<{ store: BlobStore; blobs: Map<string, Buffer> }> {
  const bucket = createBucket();
  const { origin } = await serve(bucket.handle);
  const store = signedUrlBlobStore({
    transport,
    sign: async (requests) => requests.map((request) => bucket.sign(origin, request, Date.now() + HOUR_MS)),
  });
  return { store, blobs: bucket.blobs };
}

describe('the public suite', () => {
  blobStoreSuite({
    name: 'signed addresses over XMLHttpRequest',
    test,
    create: async () => ({ blobStore: (await signedStore()).store }),
    claims: { conditionalPut: true },
    sample: signedUrlBlobStore({ transport, sign: async () => [] }),
  });
});

/** Each store with one blob, `v/0`, of {@link SIZE_BYTES} bytes. */
const stores: readonly (readonly [string, () => Promise<BlobSource>])[] = [
  [
    'signedUrlBlobStore',
    async () => {
      const { store, blobs } = await signedStore();
      blobs.set('v/0', Buffer.from(patternBytes(SIZE_BYTES)));
      return store;
    },
  ],
  [
    'httpBlobSource',
    async () => {
      const bytes = patternBytes(SIZE_BYTES);
      const { origin } = await serve((request, response) => {
        const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
        const [start, end] = match === null ? [0, SIZE_BYTES] : [Number(match[1]), Number(match[2]) + 1];
        const range = match === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${SIZE_BYTES}` };
        response.writeHead(match === null ? 200 : 206, { 'content-length': String(end - start), ...range });
        response.end(request.method === 'HEAD' ? '' : bytes.subarray(start, end));
      });
      return httpBlobSource({ baseUrl: origin, transport });
    },
  ],
];

describe.each(stores)('%s', (_name, create) => {
  const whole: GetOptions = {};
  const oneReply: GetOptions = { range: { start: 10, end: 300_010 } };

  it.each([
    ['of one reply', oneReply],
    ['of several replies', whole],
  ])('a reader %s that is aborted before it is read rejects with the reason, again and again', async (_which, options) => {
    const aborting = new AbortController();
    const reader = await (await create()).get('v/0', { ...options, signal: aborting.signal });
    aborting.abort(new RangeError('enough'));
    expect([await outcomeOf(reader.next()), await outcomeOf(reader.next())]).toEqual(['RangeError', 'RangeError']);
    await reader.close();
  });

  it.each([
    ['one reply', oneReply],
    ['several replies', whole],
  ])('a reader of %s that is aborted after its first piece does not say that this was the end', async (_which, options) => {
    const aborting = new AbortController();
    const reader = await (await create()).get('v/0', { ...options, signal: aborting.signal });
    expect((await reader.next())?.length).toBeGreaterThan(0);
    aborting.abort(new RangeError('enough'));
    expect(await outcomeOf(reader.next())).toBe('RangeError');
    await reader.close();
  });

  it('a reader whose end was told stays at its end after an abort', async () => {
    const aborting = new AbortController();
    const reader = await (await create()).get('v/0', { ...oneReply, signal: aborting.signal });
    while ((await reader.next()) !== undefined);
    aborting.abort(new RangeError('enough'));
    expect(await reader.next()).toBeUndefined();
  });

  it('on a host whose signals have no reason the reader rejects with ABORTED', async () => {
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
    const reader = await (await create()).get('v/0', { ...oneReply, signal });
    signal.aborted = true;
    expect(await outcomeOf(reader.next())).toBe('ABORTED');
    await reader.close();
  });
});
