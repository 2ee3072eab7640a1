/** Servers of a test, on loopback, closed behind it; and what its checks share. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { onTestFinished } from 'vitest';
import type { BytesBody, PieceReader, PutOptions, StreamBody } from '../../../../src/ports/index.js';

export const PLAIN: PutOptions = { contentType: 'application/octet-stream' };

/** A server of the test's own. */
export interface Loopback {
  readonly origin: string;
  readonly port: number;
  /** Connections accepted so far. */
  connections(): number;
  /** Requests, in the order of their heads. */
  readonly requests: readonly IncomingMessage[];
}

/** Starts a server; where `handle` rejects (a request that is cut short), the connection ends. */
export async function serve(handle: (...of: Parameters<RequestListener>) => unknown): Promise<Loopback> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    Promise.resolve(handle(request, response)).catch(() => response.destroy());
  });
  const sockets = await listen(server);
  const port = portOf(server);
  return { origin: `http://127.0.0.1:${port}`, port, requests, connections: () => sockets.count };
}

/** Starts a server that is given the bare connection. */
export async function serveTcp(onConnection: (socket: Socket) => void): Promise<{ readonly origin: string }> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  await listen(server as Server);
  return { origin: `http://127.0.0.1:${portOf(server as Server)}` };
}

async function listen(server: Server): Promise<{ count: number }> {
  const sockets = new Set<Socket>();
  const seen = { count: 0 };
  server.on('connection', (socket: Socket) => {
    seen.count += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return seen;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The server has no port');
  return address.port;
}

/** Answers in one go. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: string | Uint8Array = '',
): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** Bytes that differ from seed to seed and place to place. */
export function patternBytes(sizeBytes: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8) * 17 + seed * 101) & 0xff);
}

export function bytesBody(bytes: Uint8Array): BytesBody {
  return { kind: 'bytes', sizeBytes: bytes.length, bytes };
}

/** A stream of these pieces, announced as `sizeBytes`. */
export function streamBody(pieces: readonly Uint8Array[], sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)): StreamBody {
  return {
    kind: 'stream',
    sizeBytes,
    open: async (): Promise<PieceReader> => {
      const left = [...pieces];
      return { next: async () => left.shift(), close: async () => undefined };
    },
  };
}

export async function readAll(reader: PieceReader): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) pieces.push(new Uint8Array(piece));
  await reader.close();
  return new Uint8Array(Buffer.concat(pieces));
}

/** All of a request's body. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What a promise rejected with: the code of ours, the name of others, or `resolved`. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: { readonly code?: string; readonly name?: string }) => error.code ?? error.name ?? String(error),
  );
}

/** What a promise rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<{
  readonly code?: string;
  readonly message?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}> {
  return promise.then(
    (value) => {
      throw new TypeError(`resolved with ${String(value)}, where it should have rejected`);
    },
    (error: unknown) => error as object,
  );
}

/** Everything that an error shows, hidden properties and causes too. */
export function everythingOf(error: unknown): string {
  return inspect(error, { showHidden: true, depth: 20 });
}
