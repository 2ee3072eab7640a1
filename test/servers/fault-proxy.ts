/**
 * A TCP proxy on loopback that makes a network as bad as a test wants it: slow, late, cut, stalled, refusing, flipping a byte.
 *
 * Faults are chosen anew for each connection, in the order in which connections arrive, so a seeded choice is repeatable.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to one connection; offsets count its bytes from 0, and each fault happens once. */
export interface ConnectionFault {
  /** Closes with a reset as soon as it is accepted. */
  readonly refuse?: boolean;
  /** Resets both sides after this many bytes from the client. */
  readonly resetAfterUpBytes?: number;
  /** Resets both sides after this many bytes from the server. */
  readonly resetAfterDownBytes?: number;
  /** Ends the connection in good order after this many bytes from the server, as if that were all. */
  readonly finAfterDownBytes?: number;
  /** Forwards nothing more in either direction after this many bytes from the client. */
  readonly stallAfterUpBytes?: number;
  /** Forwards nothing more in either direction after this many bytes from the server. */
  readonly stallAfterDownBytes?: number;
  /** Inverts the lowest bit of this byte from the client. */
  readonly flipUpAt?: number;
  /** Inverts the lowest bit of this byte from the server. */
  readonly flipDownAt?: number;
}

/** The link as a whole. */
export interface LinkShape {
  /** Bytes a second over all connections, in each direction. @default unlimited */
  readonly bytesPerSecond?: number;
  /** Milliseconds that each piece is late, in each direction. @default 0 */
  readonly latencyMs?: number;
}

/** How a proxy is made. */
export interface FaultProxyOptions extends LinkShape {
  readonly targetPort: number;
  /** The fault of the n-th connection, from 0. @default none */
  readonly faultOf?: (connection: number) => ConnectionFault | undefined;
  /** Told of everything that the n-th connection's client has sent, before any fault. The bytes are lent for the call. @default nobody */
  readonly observeUp?: (connection: number, bytes: Buffer) => void;
}

/** A running proxy. */
export interface FaultProxy {
  readonly port: number;
  readonly endpoint: string;
  /** Counted since the start; `faults` are those that really happened, `kinds` the same by the field that asked for them. */
  readonly stats: {
    connections: number;
    upBytes: number;
    downBytes: number;
    faults: number;
    kinds: Partial<Record<keyof ConnectionFault, number>>;
  };
  /** True: every connection is reset, old and new, until false. */
  setOutage(down: boolean): void;
  stop(): Promise<void>;
}

const MOST_WAITING_BYTES = 4 * 1024 * 1024;

type Direction = 'up' | 'down';

/** Starts a proxy in front of a loopback port. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const stats: FaultProxy['stats'] = { connections: 0, upBytes: 0, downBytes: 0, faults: 0, kinds: {} };
  const open = new Set<Socket>();
  const state = { outage: false };
  const shapers = { up: createShaper(options), down: createShaper(options) };
  const server = createServer({ noDelay: true }, (client) => {
    const connection = stats.connections;
    const fault = options.faultOf?.(connection) ?? {};
    stats.connections += 1;
    if (state.outage || fault.refuse) {
      if (fault.refuse) count(stats, 'refuse');
      client.on('error', ignore);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: options.targetPort, host: '127.0.0.1', noDelay: true });
    const link = createLink(client, upstream, stats, (bytes) => options.observeUp?.(connection, bytes));
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => link.reset());
    }
    void pump('up', client, upstream, fault, shapers.up, link).catch(() => link.reset());
    void pump('down', upstream, client, fault, shapers.down, link).catch(() => link.reset());
  });
  const port = await listen(server);
  const resetAll = (): void => {
    for (const socket of [...open]) socket.resetAndDestroy();
  };
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    stats,
    setOutage: (down) => {
      state.outage = down;
      if (down) resetAll();
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      resetAll();
      await closed;
    },
  };
}

interface Link {
  readonly stats: FaultProxy['stats'];
  /** A stalled link forwards nothing more. */
  stalled: boolean;
  observeUp(bytes: Buffer): void;
  reset(): void;
  end(): void;
}

function createLink(client: Socket, upstream: Socket, stats: FaultProxy['stats'], observeUp: Link['observeUp']): Link {
  return {
    stats,
    stalled: false,
    observeUp,
    reset: () => {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    },
    end: () => {
      client.end();
      upstream.destroy();
    },
  };
}

async function pump(direction: Direction, from: Socket, to: Socket, fault: ConnectionFault, shape: Shaper, link: Link): Promise<void> {
  let position = 0;
  let waitingBytes = 0;
  // Pieces travel behind one another, so a late link is late but not slow; only what is under way is bounded.
  let lastPiece: Promise<void> = Promise.resolve();
  for await (const data of from as AsyncIterable<Buffer>) {
    if (direction === 'up') link.observeUp(data);
    const plan = planPiece(direction, position, data.length, fault);
    const bytes = Buffer.from(data.subarray(0, plan.keepBytes));
    position += bytes.length;
    if (plan.flipAt !== undefined) {
      bytes.writeUInt8(bytes.readUInt8(plan.flipAt) ^ 1, plan.flipAt);
      count(link.stats, direction === 'up' ? 'flipUpAt' : 'flipDownAt');
    }
    waitingBytes += bytes.length;
    const ready = shape(bytes.length);
    lastPiece = lastPiece.then(async () => {
      await ready;
      await forward(direction, bytes, to, link);
      waitingBytes -= bytes.length;
      finish(plan.outcome, direction, link);
    });
    if (plan.outcome !== 'go on' || waitingBytes > MOST_WAITING_BYTES) await lastPiece;
  }
  await lastPiece;
  if (!link.stalled) to.end();
}

async function forward(direction: Direction, bytes: Buffer, to: Socket, link: Link): Promise<void> {
  if (link.stalled || to.destroyed) return;
  link.stats[direction === 'up' ? 'upBytes' : 'downBytes'] += bytes.length;
  if (!to.write(bytes)) await drained(to);
}

function finish(outcome: PiecePlan['outcome'], direction: Direction, link: Link): void {
  if (outcome === 'go on' || link.stalled) return;
  const up = direction === 'up';
  if (outcome === 'stall') count(link.stats, up ? 'stallAfterUpBytes' : 'stallAfterDownBytes');
  else if (outcome === 'reset') count(link.stats, up ? 'resetAfterUpBytes' : 'resetAfterDownBytes');
  else count(link.stats, 'finAfterDownBytes');
  if (outcome === 'stall') link.stalled = true;
  else if (outcome === 'reset') link.reset();
  else link.end();
}

function count(stats: FaultProxy['stats'], kind: keyof ConnectionFault): void {
  stats.faults += 1;
  stats.kinds[kind] = (stats.kinds[kind] ?? 0) + 1;
}

interface PiecePlan {
  readonly keepBytes: number;
  readonly flipAt?: number;
  readonly outcome: 'go on' | 'reset' | 'end' | 'stall';
}

function planPiece(direction: Direction, position: number, sizeBytes: number, fault: ConnectionFault): PiecePlan {
  const up = direction === 'up';
  const flip = up ? fault.flipUpAt : fault.flipDownAt;
  const cuts = [
    { at: up ? fault.resetAfterUpBytes : fault.resetAfterDownBytes, outcome: 'reset' },
    { at: up ? undefined : fault.finAfterDownBytes, outcome: 'end' },
    { at: up ? fault.stallAfterUpBytes : fault.stallAfterDownBytes, outcome: 'stall' },
  ] as const;
  const cut = cuts.find(({ at }) => at !== undefined && at <= position + sizeBytes);
  const keepBytes = cut?.at === undefined ? sizeBytes : Math.max(0, cut.at - position);
  const flipAt = flip !== undefined && flip >= position && flip < position + keepBytes ? flip - position : undefined;
  return { keepBytes, outcome: cut?.outcome ?? 'go on', ...(flipAt === undefined ? {} : { flipAt }) };
}

type Shaper = (sizeBytes: number) => Promise<void>;

/** One queue for all connections of a direction: a piece leaves when the link has carried all before it. */
function createShaper({ bytesPerSecond, latencyMs = 0 }: LinkShape): Shaper {
  let freeAtMs = 0;
  return async (sizeBytes) => {
    const nowMs = performance.now();
    const carryMs = bytesPerSecond === undefined ? 0 : (sizeBytes / bytesPerSecond) * 1000;
    freeAtMs = Math.max(freeAtMs, nowMs) + carryMs;
    const waitMs = freeAtMs - nowMs + latencyMs;
    if (waitMs > 0) await sleep(waitMs);
  };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return address.port;
}

/** A refused client's own error is what the test wants to see at the other end. */
function ignore(): void {}
