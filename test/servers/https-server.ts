/** Servers of a test that speak TLS on loopback, closed behind it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificates.js';

/** A server of the test's own. */
export interface SecureServer {
  readonly port: number;
  /** By the name that most certificates have. */
  readonly origin: string;
  /** Requests that came through, in the order of their heads. */
  readonly requests: readonly IncomingMessage[];
  /** Handshakes that were finished. */
  handshakes(): number;
}

/** Starts a server with this certificate; where `handle` rejects, the connection ends. */
export async function serveSecurely(
  { cert, key }: Certificate,
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<SecureServer> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  let handshakes = 0;
  const server = createServer({ cert, key }, (request, response) => {
    requests.push(request);
    Promise.resolve(handle(request, response)).catch(() => response.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', () => {
    handshakes += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The server has no port');
  return { port: address.port, origin: `https://localhost:${address.port}`, requests, handshakes: () => handshakes };
}
