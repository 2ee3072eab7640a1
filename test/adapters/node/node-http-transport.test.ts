/** HTTP over a real socket: what the server sees of bytes that are lent, and how every kind of end is told. */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHttpTransport } from '../../../adapters/node/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpTransport } from '../../../src/ports/index.js';
import {
  answer,
  bodyOf,
  bytesBody,
  everythingOf,
  outcomeOf,
  patternBytes,
  readAll,
  rejection,
  serve,
  serveTcp,
  streamBody,
} from '../http/support/loopback.js';

const MIB = 1_048_576;

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { id: 'a/key', method: 'GET', url, headers: {}, ...more };
}

function put(url: string, body: BlobBody, more: Partial<HttpRequest> = {}): HttpRequest {
  return { id: 'a/key', method: 'PUT', url, headers: {}, body, ...more };
}

async function textOf(transport: HttpTransport, request: HttpRequest): Promise<string> {
  const reply = await transport.send(request);
  return `${reply.status} ${new TextDecoder().decode(await readAll(reply.body))}`;
}

function freshFile(bytes: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'reelway-transport-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a file');
  writeFileSync(path, bytes);
  return path;
}

/** A signal that counts who listens. */
function countedSignal(): { readonly signal: AbortSignalLike; abort(): void; readonly listeners: Set<() => void> } {
  const listeners = new Set<() => void>();
  const state = { aborted: false, reason: undefined as unknown };
  return {
    listeners,
    abort: () => {
      state.aborted = true;
      state.reason = new RangeError('enough');
      for (const listener of [...listeners]) listener();
    },
    signal: {
      get aborted() {
        return state.aborted;
      },
      get reason() {
        return state.reason;
      },
      addEventListener: (_type, listener) => listeners.add(listener),
      removeEventListener: (_type, listener) => listeners.delete(listener),
    },
  };
}

describe('bodies', () => {
  it('arrive byte for byte, whatever their kind, with their length announced', async () => {
    const seen: { length: string | undefined; body: Buffer }[] = [];
    const { origin } = await serve(async (request, response) => {
      seen.push({ length: request.headers['content-length'], body: await bodyOf(request) });
      answer(response, 200);
    });
    const transport = nodeHttpTransport();
    const bytes = patternBytes(700_001);
    const bodies: BlobBody[] = [
      bytesBody(bytes.subarray(0, 524_288)),
      streamBody([bytes.slice(0, 1), bytes.slice(1, 500_000), bytes.slice(500_000)]),
      { kind: 'file', sizeBytes: bytes.length, path: freshFile(bytes) },
      bytesBody(bytes.subarray(0, 1)),
      bytesBody(bytes.subarray(0, 0)),
    ];
    for (const body of bodies) expect(await textOf(transport, put(origin, body))).toBe('200 ');
    expect(seen.map(({ length }) => length)).toEqual(['524288', '700001', '700001', '1', '0']);
    expect(seen.map(({ body }) => body.equals(bytes.subarray(0, body.length)))).toEqual([true, true, true, true, true]);
    expect(seen.map(({ body }) => body.length)).toEqual([524_288, 700_001, 700_001, 1, 0]);
  });

  it('of another size than announced, or none at all, are refused, and the server gets no whole request', async () => {
    const whole: number[] = [];
    const { origin } = await serve(async (request, response) => {
      whole.push((await bodyOf(request)).length);
      answer(response, 200);
    });
    const transport = nodeHttpTransport();
    const path = freshFile(patternBytes(1000));
    const bodies: BlobBody[] = [
      streamBody([patternBytes(99)], 100),
      streamBody([patternBytes(101)], 100),
      { kind: 'file', sizeBytes: 999, path },
      { kind: 'file', sizeBytes: 1001, path },
      { kind: 'file', sizeBytes: 5, path: `${path}-not-there` },
    ];
    const outcomes: string[] = [];
    for (const body of bodies) outcomes.push(await outcomeOf(transport.send(put(origin, body))));
    expect(outcomes).toEqual(['BLOB_CORRUPT', 'BLOB_CORRUPT', 'BLOB_CORRUPT', 'BLOB_CORRUPT', 'FILE_NOT_FOUND']);
    expect(whole).toEqual([]);
  });

  it('are told in progress up to their size', async () => {
    const { origin } = await serve(async (request, response) => {
      await bodyOf(request);
      answer(response, 200);
    });
    const told: number[] = [];
    const body = streamBody([patternBytes(10), patternBytes(20), patternBytes(30)]);
    await textOf(nodeHttpTransport(), put(origin, body, { onProgress: (bytes) => told.push(bytes) }));
    expect(told).toEqual([10, 30, 60]);
  });
});

describe('lending', () => {
  it('nothing of a buffer is read after an early refusal has settled', async () => {
    let foreignBytes = 0;
    let isSlow = true;
    const closed: Promise<unknown>[] = [];
    const { origin } = await serve((request, response) => {
      let bytes = 0;
      closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
      request.on('error', () => undefined);
      request.on('data', (piece: Buffer) => {
        foreignBytes += piece.filter((byte) => byte !== 7).length;
        bytes += piece.length;
        // The refusal goes out while most of the body is still to come, and reading goes on, slowly.
        if (bytes >= 100_000 && !response.headersSent) answer(response, 403, {}, '<Code>AccessDenied</Code>');
        if (!isSlow) return;
        request.pause();
        setTimeout(() => request.resume(), 2);
      });
    });
    const transport = nodeHttpTransport();
    for (let round = 0; round < 5; round += 1) {
      isSlow = true;
      const lent = new Uint8Array(524_288).fill(7);
      const reader = { next: async () => lent, close: async () => undefined };
      const request = put(origin, { kind: 'stream', sizeBytes: 40 * 524_288, open: async () => reader });
      const reply = await transport.send(request);
      lent.fill(9);
      isSlow = false;
      expect(reply.status).toBe(403);
      expect(new TextDecoder().decode(await readAll(reply.body))).toBe('<Code>AccessDenied</Code>');
      // Whatever is still on its way has arrived by then.
      await Promise.all(closed);
    }
    expect(foreignBytes).toBe(0);
  });

  it('nor after an abort in the middle of a body', async () => {
    const foreign: number[] = [];
    const { origin } = await serve((request) => {
      request.on('error', () => undefined);
      request.on('data', (piece: Buffer) => foreign.push(...piece.filter((byte) => byte !== 7)));
    });
    const transport = nodeHttpTransport();
    for (let round = 0; round < 5; round += 1) {
      const aborting = countedSignal();
      const lent = new Uint8Array(524_288).fill(7);
      let pieces = 0;
      const next = async (): Promise<Uint8Array> => {
        pieces += 1;
        if (pieces === 4) setTimeout(() => aborting.abort(), round);
        return lent;
      };
      const body: BlobBody = { kind: 'stream', sizeBytes: 400 * 524_288, open: async () => ({ next, close: async () => undefined }) };
      expect(await outcomeOf(transport.send(put(origin, body, { signal: aborting.signal })))).toBe('RangeError');
      lent.fill(9);
      expect(aborting.listeners.size).toBe(0);
      await sleep(10);
    }
    expect(foreign).toEqual([]);
  });
});

describe('aborts', () => {
  it('before the request send nothing', async () => {
    const { origin, requests } = await serve((_request, response) => answer(response, 200));
    const aborting = countedSignal();
    aborting.abort();
    expect(await outcomeOf(nodeHttpTransport().send(get(origin, { signal: aborting.signal })))).toBe('RangeError');
    expect(requests).toEqual([]);
  });

  it('while the server is silent, and while its reply is read, reject with the reason', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200, { 'content-length': '100' }).write('begin');
    });
    const transport = nodeHttpTransport();
    const first = countedSignal();
    const silent = transport.send(get(`${origin}/silent`, { signal: first.signal }));
    setTimeout(first.abort, 20);
    expect(await outcomeOf(silent)).toBe('RangeError');
    const second = countedSignal();
    const reply = await transport.send(get(`${origin}/body`, { signal: second.signal }));
    expect(new TextDecoder().decode(await reply.body.next())).toBe('begin');
    setTimeout(second.abort, 20);
    expect(await outcomeOf(reply.body.next())).toBe('RangeError');
    await reply.body.close();
    expect([first.listeners.size, second.listeners.size]).toEqual([0, 0]);
  });

  it('after the reply change nothing', async () => {
    const { origin } = await serve((_request, response) => answer(response, 200, {}, 'whole'));
    const aborting = countedSignal();
    expect(await textOf(nodeHttpTransport(), get(origin, { signal: aborting.signal }))).toBe('200 whole');
    expect(aborting.listeners.size).toBe(0);
    aborting.abort();
    expect(await textOf(nodeHttpTransport(), get(origin))).toBe('200 whole');
  });

  it('settle a request at once that still waits for a connection of its agent', async () => {
    const arrivals = new EventEmitter();
    const { origin, requests } = await serve(() => arrivals.emit('request'));
    const agent = new Agent({ maxSockets: 1, keepAlive: true });
    onTestFinished(() => agent.destroy());
    const transport = nodeHttpTransport({ httpAgent: agent });
    const holder = countedSignal();
    const held = outcomeOf(transport.send(get(origin, { signal: holder.signal })));
    await once(arrivals, 'request');
    const queued = countedSignal();
    const waiting = outcomeOf(transport.send(put(origin, bytesBody(patternBytes(1000)), { signal: queued.signal })));
    setTimeout(queued.abort, 20);
    expect(await waiting).toBe('RangeError');
    holder.abort();
    expect(await held).toBe('RangeError');
    expect(requests.map((request) => request.method)).toEqual(['GET']);
  });

  it('leave no listener on a signal that lives long', async () => {
    const { origin } = await serve(async (request, response) => {
      await bodyOf(request);
      answer(response, request.url === '/no' ? 404 : 200, {}, 'x');
    });
    const transport = nodeHttpTransport();
    const { signal, listeners } = countedSignal();
    for (let round = 0; round < 10; round += 1) {
      await textOf(transport, get(`${origin}/no`, { signal }));
      await textOf(transport, put(origin, bytesBody(patternBytes(9)), { signal }));
      const unread = await transport.send(get(origin, { signal }));
      await unread.body.close();
      await outcomeOf(transport.send(put(origin, streamBody([patternBytes(9)], 10), { signal })));
    }
    expect(listeners.size).toBe(0);
  });
});

describe('bad networks', () => {
  it('a server that stalls before or inside its reply, or stops reading, is TIMEOUT', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200, { 'content-length': '100' }).write('begin');
      if (request.url === '/deaf') request.pause();
    });
    const transport = nodeHttpTransport({ idleTimeoutMs: 150 });
    const deaf = put(`${origin}/deaf`, streamBody(Array.from({ length: 32 }, () => new Uint8Array(524_288))));
    const [silent, stopped] = await Promise.all([outcomeOf(transport.send(get(origin))), outcomeOf(transport.send(deaf))]);
    expect([silent, stopped]).toEqual(['TIMEOUT', 'TIMEOUT']);
    const reply = await transport.send(get(`${origin}/body`));
    await reply.body.next();
    expect(await outcomeOf(reply.body.next())).toBe('TIMEOUT');
  });

  it('resets, early ends, cut replies and refused connections are NETWORK', async () => {
    const reset = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const ended = await serveTcp((socket) => socket.once('data', () => socket.end()));
    const junk = await serveTcp((socket) => socket.once('data', () => socket.end('no http at all\r\n\r\n')));
    const cut = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begin', () => response.socket?.destroy());
    });
    const transport = nodeHttpTransport();
    const upload = (origin: string): HttpRequest => put(origin, bytesBody(patternBytes(524_288)));
    const outcomes: string[] = [];
    for (const { origin } of [reset, ended, junk]) {
      outcomes.push(await outcomeOf(transport.send(get(origin))), await outcomeOf(transport.send(upload(origin))));
    }
    outcomes.push(
      await outcomeOf(transport.send(upload('http://127.0.0.1:1'))),
      await outcomeOf(transport.send(get('http://127.0.0.1:1'))),
    );
    const reply = await transport.send(get(cut.origin));
    outcomes.push(await outcomeOf(readAll(reply.body)));
    expect(outcomes).toEqual(Array.from({ length: 9 }, () => 'NETWORK'));
  });

  it('a reply that is closed while a piece is awaited ends quietly', async () => {
    const { origin } = await serve((_request, response) => response.writeHead(200, { 'content-length': '1000000' }).write('begin'));
    const reply = await nodeHttpTransport().send(get(origin));
    await reply.body.next();
    const pending = reply.body.next();
    await reply.body.close();
    await reply.body.close();
    expect(await pending).toBeUndefined();
    expect(await reply.body.next()).toBeUndefined();
  });
});

describe('connections', () => {
  it('are used again behind replies that were read, closed unread, or refusals', async () => {
    const server = await serve(async (request, response) => {
      await bodyOf(request);
      const isHead = request.method === 'HEAD';
      // Of a length that is told, and in the case of GET not told.
      answer(response, request.url === '/no' ? 404 : 200, isHead ? { 'content-length': '90000000' } : {}, isHead ? '' : 'some text');
    });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const transport = nodeHttpTransport({ httpAgent: agent });
    const closeUnread = async (request: HttpRequest): Promise<void> => {
      const reply = await transport.send(request);
      await reply.body.close();
      // The connection is free once the rest of the reply is in.
      if (Object.keys(agent.freeSockets).length === 0) await once(agent, 'free');
    };
    for (let round = 0; round < 3; round += 1) {
      await textOf(transport, get(server.origin));
      await closeUnread(get(server.origin));
      await closeUnread(put(server.origin, bytesBody(patternBytes(200_000))));
      await textOf(transport, get(`${server.origin}/no`));
      await closeUnread({ id: 'k', method: 'HEAD', url: `${server.origin}/no`, headers: {} });
      await closeUnread({ id: 'k', method: 'DELETE', url: server.origin, headers: {} });
    }
    expect(server.requests.length).toBe(18);
    expect(server.connections()).toBe(1);
  });

  it('are given up behind a long reply that nobody reads', async () => {
    const closed: Promise<unknown>[] = [];
    const { origin } = await serve((_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, { 'content-length': String(50 * MIB) });
      response.write(new Uint8Array(MIB));
    });
    const reply = await nodeHttpTransport().send(get(origin));
    await reply.body.next();
    await reply.body.close();
    await Promise.all(closed);
    expect(closed.length).toBe(1);
  });

  it('redirects are told, not followed', async () => {
    const server = await serve((request, response) => {
      answer(response, request.url === '/' ? 302 : 200, { location: '/elsewhere' });
    });
    const reply = await nodeHttpTransport().send(get(`${server.origin}/`));
    await reply.body.close();
    expect([reply.status, reply.header('Location'), reply.url]).toEqual([302, '/elsewhere', `${server.origin}/`]);
    expect(server.requests.length).toBe(1);
  });

  it('long replies come in pieces of at most 524,288 bytes, and two cookies in one header', async () => {
    const bytes = patternBytes(2 * MIB);
    const { origin } = await serve((_request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      answer(response, 200, {}, bytes);
    });
    const reply = await nodeHttpTransport().send(get(origin));
    expect(reply.header('SET-COOKIE')).toBe('a=1, b=2');
    expect(reply.header('x-none')).toBeUndefined();
    const sizes: number[] = [];
    let seen = Buffer.alloc(0);
    for (let piece = await reply.body.next(); piece !== undefined; piece = await reply.body.next()) {
      sizes.push(piece.length);
      seen = Buffer.concat([seen, piece]);
    }
    expect(seen.equals(bytes)).toBe(true);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(524_288);
  });
});

describe('secrets', () => {
  it('of address and headers are in no error', async () => {
    const canary = 'CANARY-7f3a';
    const hang = await serveTcp((socket: Socket) => void socket.once('data', () => socket.end(`bad ${canary}\r\n\r\n`)));
    const transport = nodeHttpTransport({ idleTimeoutMs: 100 });
    const headers = { authorization: canary };
    const urls = [
      `http://127.0.0.1:1/?sig=${canary}`,
      `${hang.origin}/?sig=${canary}`,
      `ftp://127.0.0.1/?sig=${canary}`,
      `http://[${canary}/`,
      `http://${canary}:${canary}@127.0.0.1:1/`,
    ];
    const errors = [];
    for (const url of urls) errors.push(await rejection(transport.send(get(url, { headers }))));
    errors.push(await rejection(transport.send(get(hang.origin, { headers: { 'x-bad': `${canary}\r\nx: y` } }))));
    expect(errors.map(({ code }) => code).slice(0, 2)).toEqual(['NETWORK', 'NETWORK']);
    for (const error of errors) expect(everythingOf(error)).not.toContain(canary);
  });
});
