/** TLS, with an authority of the test's own: bodies and aborts through it, the public suite over it, and certificates that are no good. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest';
import { fetchTransport, httpBlobSource, signedUrlBlobStore } from '../../adapters/http/index.js';
import { nodeFileSystem, nodeHttpTransport } from '../../adapters/node/index.js';
import { type BlobStoreFixture, blobStoreSuite } from '../../src/conformance/index.js';
import { isReelwayError } from '../../src/errors/index.js';
import type { BlobBody, BlobStore, HttpTransport } from '../../src/ports/index.js';
import {
  answer,
  bodyOf,
  bytesBody,
  everythingOf,
  outcomeOf,
  PLAIN,
  patternBytes,
  readAll,
  rejection,
  serveTcp,
  streamBody,
} from '../adapters/http/support/loopback.js';
import { countedSignal, freshFile, get, MIB, put, textOf } from '../adapters/node/http/transport-support.js';
import { makeRandomFile, makeTemp, removeTemp, sha256Of } from '../e2e/kit/files.js';
import { type Authority, type Certificate, createAuthority } from '../servers/certificates.js';
import { serveSecurely } from '../servers/https-server.js';
import { type RgwServer, startRgw } from '../servers/rgw.js';
import { clientOf, freshBucket, storeIn } from './buckets.js';
import { commandLine, keysOf } from './command-line.js';
import { trustAlso } from './programs/private-authority.js';
import { presigner } from './signing.js';

let authority: Authority;
let good: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  good = await authority.issue();
});

afterAll(() => authority.remove());

/** Trusts the authority of this test, as a team hands it in. */
function trusting(): { agent: Agent; transport: HttpTransport } {
  const agent = new Agent({ keepAlive: true, ca: authority.ca });
  onTestFinished(() => agent.destroy());
  return { agent, transport: nodeHttpTransport({ httpsAgent: agent }) };
}

describe('a server whose authority is handed in', () => {
  it('gets bodies of every kind byte for byte, over one connection', async () => {
    const seen: Buffer[] = [];
    const server = await serveSecurely(good, async (request, response) => {
      seen.push(await bodyOf(request));
      answer(response, 200);
    });
    const bytes = patternBytes(700_001);
    const bodies: BlobBody[] = [
      bytesBody(bytes.subarray(0, 524_288)),
      streamBody([bytes.slice(0, 1), bytes.slice(1, 500_000), bytes.slice(500_000)]),
      { kind: 'file', sizeBytes: bytes.length, path: freshFile(bytes) },
      bytesBody(bytes.subarray(0, 1)),
      bytesBody(bytes.subarray(0, 0)),
    ];
    const { transport } = trusting();
    for (const body of bodies) expect(await textOf(transport, put(server.origin, body))).toBe('200 ');
    expect(seen.map((body) => body.equals(bytes.subarray(0, body.length)))).toEqual([true, true, true, true, true]);
    expect(seen.map(({ length }) => length)).toEqual([524_288, 700_001, 700_001, 1, 0]);
    expect(server.handshakes()).toBe(1);
  });

  it('uses its connection again behind replies that nobody reads', async () => {
    const server = await serveSecurely(good, (_request, response) => answer(response, 200, {}, 'short'));
    const { agent, transport } = trusting();
    for (let round = 0; round < 4; round += 1) {
      const reply = await transport.send(get(server.origin));
      await reply.body.close();
      if (Object.keys(agent.freeSockets).length === 0) await once(agent, 'free');
    }
    expect([server.requests.length, server.handshakes()]).toEqual([4, 1]);
  });

  it('is read in pieces of at most 524,288 bytes', async () => {
    const bytes = patternBytes(2 * MIB);
    const { origin } = await serveSecurely(good, (_request, response) => answer(response, 200, {}, bytes));
    const reply = await trusting().transport.send(get(origin));
    const pieces: Uint8Array[] = [];
    for (let piece = await reply.body.next(); piece !== undefined; piece = await reply.body.next()) pieces.push(piece.slice());
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(524_288);
  });

  it('gets nothing of a lent buffer after an early refusal, nor after an abort', async () => {
    let foreignBytes = 0;
    const closed: Promise<unknown>[] = [];
    const { origin } = await serveSecurely(good, (request, response) => {
      let bytes = 0;
      closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
      request.on('error', () => undefined);
      request.on('data', (piece: Buffer) => {
        foreignBytes += piece.filter((byte) => byte !== 7).length;
        bytes += piece.length;
        if (bytes >= 100_000 && request.url === '/no' && !response.headersSent) answer(response, 403, {}, 'no');
        // Slow, so that much of the body waits on this side of the line.
        request.pause();
        setTimeout(() => request.resume(), 1);
      });
    });
    const { transport } = trusting();
    for (const path of ['/no', '/abort', '/no', '/abort', '/no', '/abort']) {
      const lent = new Uint8Array(524_288).fill(7);
      const aborting = countedSignal();
      let pieces = 0;
      const next = async (): Promise<Uint8Array> => {
        pieces += 1;
        if (path === '/abort' && pieces === 4) setTimeout(() => aborting.abort(), 1);
        return lent;
      };
      const body: BlobBody = { kind: 'stream', sizeBytes: 40 * 524_288, open: async () => ({ next, close: async () => undefined }) };
      const outcome = await transport.send(put(`${origin}${path}`, body, { signal: aborting.signal })).then(
        async (reply) => `${reply.status} ${new TextDecoder().decode(await readAll(reply.body))}`,
        (error: Error) => error.name,
      );
      lent.fill(9);
      expect(outcome).toBe(path === '/no' ? '403 no' : 'RangeError');
      expect(aborting.listeners.size).toBe(0);
      await Promise.all(closed);
    }
    expect([closed.length, foreignBytes]).toEqual([6, 0]);
  });
});

describe('a handshake that never ends', () => {
  it('is TIMEOUT, and an abort ends it at once with the reason', async () => {
    const mute = await serveTcp((socket) => socket.resume());
    const url = mute.origin.replace('http:', 'https:');
    expect(await outcomeOf(nodeHttpTransport({ idleTimeoutMs: 150 }).send(get(url)))).toBe('TIMEOUT');
    const aborting = countedSignal();
    const waiting = outcomeOf(trusting().transport.send(put(url, bytesBody(patternBytes(1000)), { signal: aborting.signal })));
    setTimeout(aborting.abort, 50);
    expect(await waiting).toBe('RangeError');
    expect(aborting.listeners.size).toBe(0);
  });
});

describe('certificates that are no good', () => {
  const CANARY = 'CANARY-8e1c';
  const KEYS = { accessKeyId: CANARY, secretAccessKey: CANARY };

  /** Every way over TLS from Node, with what the team trusts; all are asked for one blob whose address or headers carry a secret. */
  function askers(origin: string, ca: string | undefined): readonly (readonly [string, () => Promise<unknown>])[] {
    const agent = new Agent(ca === undefined ? {} : { ca });
    onTestFinished(() => agent.destroy());
    const transport = nodeHttpTransport({ httpsAgent: agent });
    const headers = { authorization: CANARY };
    const sign = async (requests: readonly unknown[]) =>
      requests.map(() => ({ url: `${origin}/v/0?sig=${CANARY}`, expiresMs: Date.now() + 3_600_000 }));
    const signed = signedUrlBlobStore({ sign, transport });
    const client = clientOf({ endpoint: origin, ...KEYS }, origin, { requestHandler: { httpsAgent: agent } });
    onTestFinished(() => client.destroy());
    return [
      ['transport', () => transport.send(get(`${origin}/v/0?sig=${CANARY}`, { headers }))],
      ['signed get', () => signed.get('v/0')],
      ['signed put', () => signed.put('v/0', bytesBody(patternBytes(1000)), PLAIN)],
      ['source', () => httpBlobSource({ baseUrl: origin, transport, headers }).get('v/0')],
      ['s3 get', () => storeIn(client, 'bucket').get('v/0')],
      ['s3 put', () => storeIn(client, 'bucket').put('v/0', bytesBody(patternBytes(1000)), PLAIN)],
      ...(ca === undefined ? ([['fetch', () => fetchTransport().send(get(`${origin}/v/0?sig=${CANARY}`, { headers }))]] as const) : []),
    ];
  }

  async function expectNetwork(origin: string, ca: string | undefined, reasons: readonly string[]): Promise<void> {
    for (const [name, ask] of askers(origin, ca)) {
      const error = await rejection(ask());
      if (!isReelwayError(error)) throw error;
      // Retried, since waiting helps: the portal of a hotel goes away, a certificate is renewed, a clock is set.
      expect([name, error.code, error.retryable]).toEqual([name, 'NETWORK', true]);
      expect(reasons, name).toContain(error.context.reason);
      expect(everythingOf(error)).not.toContain(CANARY);
      expect(everythingOf(error)).not.toContain(new URL(origin).host);
    }
  }

  const unused = (): never => {
    throw new TypeError('asked');
  };

  it('of an authority that nobody trusts', async () => {
    const server = await serveSecurely(good, unused);
    await expectNetwork(server.origin, undefined, ['UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
    expect(server.requests).toEqual([]);
  });

  it('of another authority than the one that is trusted', async () => {
    const other = await createAuthority();
    onTestFinished(() => other.remove());
    const server = await serveSecurely(good, unused);
    await expectNetwork(server.origin, other.ca, ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_SIGNATURE_FAILURE']);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['that have expired', { days: [-3, -2] }, 'CERT_HAS_EXPIRED'],
    ['that are not good yet', { days: [2, 3] }, 'CERT_NOT_YET_VALID'],
    ['of another name', { names: 'DNS:elsewhere.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const)('%s', async (_which, options, reason) => {
    const server = await serveSecurely(await authority.issue(options), unused);
    await expectNetwork(server.origin, authority.ca, [reason]);
    expect(server.requests).toEqual([]);
  });

  it('and servers that speak no TLS at all', async () => {
    const plain = await serveTcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    await expectNetwork(plain.origin.replace('http://127.0.0.1', 'https://localhost'), undefined, [
      'EPROTO',
      'ERR_SSL_WRONG_VERSION_NUMBER',
    ]);
  });
});

describe('Ceph over TLS', () => {
  let gateway: RgwServer;
  let agent: Agent;
  let bucket = '';
  const claims = { conditionalPut: true };

  beforeAll(async () => {
    gateway = await startRgw({ certificate: good });
    agent = new Agent({ keepAlive: true, ca: authority.ca });
    bucket = await freshBucket(clientOf(gateway));
  });
  afterAll(async () => {
    agent?.destroy();
    await gateway?.stop();
  });

  const client = () => clientOf(gateway, gateway.secureEndpoint, { requestHandler: { httpsAgent: agent } });
  const transport = (): HttpTransport => nodeHttpTransport({ httpsAgent: agent });
  const sample = signedUrlBlobStore({ sign: async () => [], transport: nodeHttpTransport() });

  blobStoreSuite({
    name: 's3',
    test,
    create: async () => ({ blobStore: storeIn(client(), bucket) }),
    claims,
    sample: storeIn(clientOf({ endpoint: 'https://localhost', accessKeyId: 'x', secretAccessKey: 'x' }), 'sample'),
  });

  const create = async (): Promise<BlobStoreFixture> => {
    const directory = await mkdtemp(join(tmpdir(), 'reelway-tls-'));
    const blobStore: BlobStore = signedUrlBlobStore({
      sign: presigner(client(), bucket, `${randomUUID()}/`, 3600),
      transport: transport(),
    });
    return {
      blobStore,
      files: { fileSystem: nodeFileSystem(), directory },
      openUrl: async (url) => readAll((await transport().send(get(url))).body),
      cleanup: () => rm(directory, { recursive: true }),
    };
  };
  blobStoreSuite({ name: 'signed', test, create, claims, sample });

  it('is reached by the lines that the page on S3 shows', async () => {
    const page = readFileSync('docs/s3.md', 'utf8').split('## TLS').at(1) ?? '';
    const shown = /```js\n(.*?)\n```/s.exec(page)?.[1]?.split('\n') ?? [];
    const program = readFileSync('test/s3/programs/private-authority.ts', 'utf8').split('\n');
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.filter((line) => !program.includes(`  ${line}`))).toEqual([]);

    const { httpsAgent, transport, requestHandler } = trustAlso(authority.caPath);
    onTestFinished(() => httpsAgent.destroy());
    const trusted = clientOf(gateway, gateway.secureEndpoint, { requestHandler });
    const prefix = `${randomUUID()}/`;
    const signed = signedUrlBlobStore({ sign: presigner(trusted, bucket, prefix, 3600), transport });
    await signed.put('a', bytesBody(patternBytes(1000)), PLAIN);
    expect(await readAll(await storeIn(trusted, bucket, { prefix }).get('a'))).toEqual(patternBytes(1000));
  });

  it('carries a video of the command line there and back, by NODE_EXTRA_CA_CERTS', async () => {
    const folder = makeTemp('tls-cli');
    onTestFinished(() => removeTemp(folder));
    const [file, back] = [join(folder, 'clip.mp4'), join(folder, 'back.mp4')];
    makeRandomFile(file, 3 * MIB);
    const cli = commandLine(join(folder, 'home'), { ...keysOf(gateway), NODE_EXTRA_CA_CERTS: authority.caPath });
    const [place, at] = [`s3://${bucket}/app`, ['--endpoint', String(gateway.secureEndpoint)]];
    expect(await cli(['upload', file, '--to', place, '--id', 'clip', ...at])).toMatchObject({ code: 0, last: { bytes: 3 * MIB } });
    expect(await cli(['verify', place, 'clip', ...at])).toMatchObject({ code: 0, last: { faults: 0 } });
    expect(await cli(['fetch', place, 'clip', '--out', back, ...at])).toMatchObject({ code: 0 });
    expect(sha256Of(back)).toBe(sha256Of(file));
    const distrusting = await cli(['inspect', place, 'clip', ...at], { env: { NODE_EXTRA_CA_CERTS: undefined } });
    expect(distrusting.code).not.toBe(0);
    expect(distrusting.stdout + distrusting.stderr).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is not believed without its authority', async () => {
    const distrusting = clientOf(gateway, gateway.secureEndpoint);
    onTestFinished(() => distrusting.destroy());
    expect(await outcomeOf(storeIn(distrusting, bucket).head('a'))).toBe('NETWORK');
  });
});
