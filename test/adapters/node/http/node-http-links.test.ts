/** HTTP over real sockets that fail, stall, redirect and are used again; and what no error may tell. */
import { once } from 'node:events';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHttpTransport } from '../../../../adapters/node/index.js';
import type { HttpRequest } from '../../../../src/ports/index.js';
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
} from '../../http/support/loopback.js';
import { get, MIB, put, textOf } from './transport-support.js';

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
    errors.push(await rejection(transport.send(get(hang.origin, { headers: { [`x ${canary}`]: 'y' } }))));
    expect(errors.map(({ code }) => code).slice(0, 2)).toEqual(['NETWORK', 'NETWORK']);
    for (const error of errors.slice(2))
      expect(error).toSatisfy((it) => it instanceof TypeError || (it as { code?: unknown }).code !== undefined);
    for (const error of errors) expect(everythingOf(error)).not.toContain(canary);
  });
});
