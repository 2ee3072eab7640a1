/** HTTP over a real socket: what the server sees of bytes that are lent, and what an abort does. */
import { EventEmitter, once } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHttpTransport } from '../../../../adapters/node/index.js';
import type { BlobBody } from '../../../../src/ports/index.js';
import { lendingBody } from '../../../fakes/lent-buffer.js';
import { answer, bodyOf, bytesBody, outcomeOf, patternBytes, readAll, serve, streamBody } from '../../http/support/loopback.js';
import { countedSignal, freshFile, get, put, textOf } from './transport-support.js';

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

  it('the last byte is sent as it was lent, from a body that fills one Buffer again and again', async () => {
    let seen: Buffer | undefined;
    const { origin } = await serve(async (request, response) => {
      seen = await bodyOf(request);
      answer(response, 200);
    });
    const bytes = patternBytes(1_000);
    await textOf(nodeHttpTransport(), put(origin, lendingBody(bytes, 300)));
    expect(seen?.equals(bytes)).toBe(true);
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

  it('after the end was told leave the reader at its end', async () => {
    const { origin } = await serve((_request, response) => answer(response, 200, {}, 'whole'));
    const aborting = countedSignal();
    const { body } = await nodeHttpTransport().send(get(origin, { signal: aborting.signal }));
    while ((await body.next()) !== undefined);
    aborting.abort();
    expect(await body.next()).toBeUndefined();
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
