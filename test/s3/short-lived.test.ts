/** Uploads of a minute by addresses that live two seconds: from Node, and from a page in Chromium with real CORS. */
import { createHash } from 'node:crypto';
import type { S3 } from '@aws-sdk/client-s3';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type SignRequests, signedUrlBlobStore } from '../../adapters/http/index.js';
import { memoryKeyValueStore } from '../../adapters/memory/index.js';
import { nodeHasher, nodeHttpTransport } from '../../adapters/node/index.js';
import { createUploadEngine, parseManifest, resolveSegmentKey, segmentsOf } from '../../src/index.js';
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js';
import { type PageServer, servePage, startChromium } from './browser.js';
import { clientOf, freshBucket } from './buckets.js';
import { patternByte, patternFileSystem } from './page/pattern-file.mjs';
import { presigner } from './signing.js';

const gateway = inject('gateway');
const LIFE_SECONDS = 2;
/** A request waits behind what the others have in flight; this must be well below the second that a signature lives at least. */
const BYTES_PER_SECOND = 2_000_000;
const MINUTE_BYTES = 120_000_000;
const TIMEOUT_MS = 300_000;

interface CountingSigner {
  readonly sign: SignRequests;
  readonly counts: { questions: number; signatures: number; atOnce: number; mostAtOnce: number };
}

/** A backend that counts how often it is asked, and how often at once for what it has signed before. */
function countingSigner(sign: SignRequests): CountingSigner {
  const counts = { questions: 0, signatures: 0, atOnce: 0, mostAtOnce: 0 };
  const signed = new Set<string>();
  return {
    counts,
    sign: async (requests) => {
      counts.questions += 1;
      counts.signatures += requests.length;
      const names = requests.map(({ method, key }) => `${method} ${key}`);
      const refreshes = names.some((name) => signed.has(name)) ? 1 : 0;
      for (const name of names) signed.add(name);
      counts.atOnce += refreshes;
      counts.mostAtOnce = Math.max(counts.mostAtOnce, counts.atOnce);
      try {
        return await sign(requests);
      } finally {
        counts.atOnce -= refreshes;
      }
    },
  };
}

/** The SHA-256 of the pattern. */
function patternHash(sizeBytes: number): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(500_000);
  for (let position = 0; position < sizeBytes; position += piece.length) {
    for (let at = 0; at < piece.length; at += 1) piece[at] = patternByte(position + at);
    hash.update(piece.subarray(0, sizeBytes - position));
  }
  return hash.digest('hex');
}

/** The SHA-256 of a video in the bucket, segment by segment as its manifest names them. */
async function storedHash(client: S3, bucket: string, manifestKey: string): Promise<string> {
  const read = async (key: string): Promise<Uint8Array> =>
    (await (await client.getObject({ Bucket: bucket, Key: key })).Body?.transformToByteArray()) ?? new Uint8Array(0);
  const hash = createHash('sha256');
  for (const { url } of segmentsOf(parseManifest(await read(manifestKey)))) hash.update(await read(resolveSegmentKey(manifestKey, url)));
  return hash.digest('hex');
}

describe('addresses that live two seconds', () => {
  const client = clientOf(gateway);
  let bucket = '';
  let page: PageServer;
  let browser: Browser;
  const proxies: FaultProxy[] = [];

  const slowLink = async (): Promise<FaultProxy> => {
    const proxy = await startFaultProxy({ targetPort: gateway.port, bytesPerSecond: BYTES_PER_SECOND, latencyMs: 10 });
    proxies.push(proxy);
    return proxy;
  };

  beforeAll(async () => {
    bucket = await freshBucket(client);
    page = await servePage();
    const rule = {
      ...{ AllowedOrigins: [page.origin], AllowedMethods: ['GET', 'HEAD', 'PUT', 'DELETE'], AllowedHeaders: ['*'] },
      ...{ ExposeHeaders: ['ETag', 'Content-Range'], MaxAgeSeconds: 600 },
    };
    await client.putBucketCors({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await page?.stop();
    for (const proxy of proxies) await proxy.stop();
  });

  test('carry an upload of a minute from Node', { timeout: TIMEOUT_MS }, async () => {
    const proxy = await slowLink();
    const { sign, counts } = countingSigner(presigner(clientOf(gateway, proxy.endpoint), bucket, '', LIFE_SECONDS));
    const engine = createUploadEngine({
      blobStore: signedUrlBlobStore({ sign, transport: nodeHttpTransport() }),
      ...{ fileSystem: patternFileSystem(MINUTE_BYTES), keyValueStore: memoryKeyValueStore(), hasher: nodeHasher(), scope: 'node' },
    });
    await engine.start();
    const begunMs = performance.now();
    const upload = await engine.add('/clip.mp4', {}, { videoId: 'from-node' });
    await upload.completed();
    const seconds = (performance.now() - begunMs) / 1000;
    const state = upload.state();
    const { bytesResent } = engine.report();
    await engine.stop();
    console.log(
      `Node: ${seconds.toFixed(0)} s, ${counts.questions} questions, ${counts.signatures} signatures, ${bytesResent} bytes again`,
    );
    expect(seconds).toBeGreaterThan(55);
    expect(counts.mostAtOnce).toBeLessThanOrEqual(1);
    expect(counts.questions).toBeGreaterThan(20);
    expect(state.status === 'completed' && (await storedHash(client, bucket, state.manifestKey))).toBe(patternHash(MINUTE_BYTES));
  });

  test.each([
    { transport: 'xhr', sizeBytes: MINUTE_BYTES, seconds: 55 },
    { transport: 'fetch', sizeBytes: 20_000_000, seconds: 9 },
  ])('carry an upload from Chromium by $transport', { timeout: TIMEOUT_MS }, async ({ transport, sizeBytes, seconds }) => {
    const proxy = await slowLink();
    const { sign, counts } = countingSigner(presigner(clientOf(gateway, proxy.endpoint), bucket, '', LIFE_SECONDS));
    page.setSigner(sign);
    const tab = await browser.newPage();
    const complaints: string[] = [];
    tab.on('pageerror', (error) => complaints.push(String(error)));
    tab.on('console', (message) => complaints.push(message.text()));
    await tab.goto(page.origin);
    const told = await tab.evaluate(
      (options) => (globalThis as unknown as { uploadVideo(of: object): Promise<Told> }).uploadVideo(options),
      // A request that asks for leave first (CORS) waits twice behind the others.
      { transport, sizeBytes, videoId: `from-${transport}`, concurrency: 2 },
    );
    await tab.close();
    console.log(`Chromium, ${transport}:`, JSON.stringify(told), JSON.stringify(counts));
    expect(told.tookMs).toBeGreaterThan(seconds * 1000);
    expect(counts.mostAtOnce).toBeLessThanOrEqual(1);
    expect(told.read).toEqual([true, true]);
    expect(told.attested).toBe(true);
    expect(told.progress > told.puts).toBe(transport === 'xhr');
    // The browser also says of heads that find nothing, and of refused signatures, that they failed.
    expect(complaints.filter((text) => /unsafe header|uncaught|error:/i.test(text))).toEqual([]);
    expect(await storedHash(client, bucket, told.manifestKey)).toBe(patternHash(sizeBytes));
  });
});

interface Told {
  readonly manifestKey: string;
  readonly tookMs: number;
  readonly puts: number;
  readonly progress: number;
  readonly read: readonly boolean[];
  readonly attested: boolean;
}
