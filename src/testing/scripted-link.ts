/**
 * A bad link before any blob store, by script: latency, bandwidth shared among requests, outages, faults. On a virtual clock
 * for tests, on the system's clock for demos.
 */
import type { BlobReader, BlobSource, BlobStore, Clock, Conditions, GetOptions, PutOptions } from '../index.js';
import { createLinkPipe, type LinkPipe } from './link-pipe.js';
import {
  createLinkScript,
  errorOf,
  type LinkFault,
  type LinkFaultKind,
  type LinkOperation,
  type LinkOutage,
  type LinkScript,
} from './link-script.js';

/** How a scripted link behaves. */
export interface ScriptedLinkOptions {
  readonly clock: Clock;
  /** Milliseconds, ≥ 0, that every request takes before its first byte. @default 0 */
  readonly latencyMs?: number;
  /** Bytes a second of all requests together, > 0. @default unbounded */
  readonly bytesPerSecond?: number;
  /** Times without connection: requests under way and new ones reject with NETWORK. @default none */
  readonly outages?: readonly LinkOutage[];
  /** The first one whose conditions hold applies. @default none */
  readonly faults?: readonly LinkFault[];
}

/** Traffic of a link. */
export interface LinkReport {
  /** Requests so far, by operation. */
  readonly requests: { readonly [Operation in LinkOperation]: number };
  /** Bodies' bytes that moved towards the store, those of failed requests too. */
  readonly bytesUp: number;
  /** Bodies' bytes that moved from the store. */
  readonly bytesDown: number;
  /** The most requests that were ever under way at once; a `get` is until its reader ends. */
  readonly peakRequests: number;
  /** Injected faults by kind. */
  readonly faults: { readonly [Kind in LinkFaultKind]?: number };
}

/** A store behind a scripted link. */
export interface ScriptedLink<Store extends BlobSource> {
  /** The store as seen through the link. */
  readonly store: Store;
  /** Reports `online` according to the script. */
  readonly conditions: Conditions;
  /** Whether bytes pass now. */
  online(): boolean;
  /** Cuts the link or joins it, beside its scheduled outages. */
  setOnline(online: boolean): void;
  /** Changes the bandwidth, > 0. */
  setBytesPerSecond(bytesPerSecond: number): void;
  /** Figures of the link so far. */
  report(): LinkReport;
}

interface Wire {
  readonly pipe: LinkPipe;
  readonly script: LinkScript;
  readonly clock: Clock;
  readonly latencyMs: number;
  readonly tally: {
    requests: { [Operation in LinkOperation]: number };
    bytesUp: number;
    bytesDown: number;
    open: number;
    peakRequests: number;
  };
}

/** Puts a bad link before a store. Bodies that fail at `refused`, `reset` or an outage leave nothing behind. */
export function createScriptedLink(store: BlobStore, options: ScriptedLinkOptions): ScriptedLink<BlobStore>;
/** Puts a bad link before a source. */
export function createScriptedLink(store: BlobSource, options: ScriptedLinkOptions): ScriptedLink<BlobSource>;
export function createScriptedLink(store: BlobSource | BlobStore, options: ScriptedLinkOptions): ScriptedLink<BlobSource | BlobStore> {
  const { clock, latencyMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY, outages = [], faults = [] } = options;
  const wire: Wire = {
    pipe: createLinkPipe(clock, bytesPerSecond, outages),
    script: createLinkScript(faults, clock),
    clock,
    latencyMs,
    tally: { requests: { put: 0, get: 0, head: 0, remove: 0, list: 0 }, bytesUp: 0, bytesDown: 0, open: 0, peakRequests: 0 },
  };
  const source = linkedSource(store, wire);
  return {
    store: isStore(store) ? { ...source, ...linkedStore(store, wire) } : source,
    conditions: { current: () => ({ online: wire.pipe.online() }), subscribe: (listener) => wire.pipe.subscribe(listener) },
    online: () => wire.pipe.online(),
    setOnline: (online) => wire.pipe.setOnline(online),
    setBytesPerSecond: (value) => wire.pipe.setBytesPerSecond(value),
    report: () => ({
      requests: { ...wire.tally.requests },
      bytesUp: wire.tally.bytesUp,
      bytesDown: wire.tally.bytesDown,
      peakRequests: wire.tally.peakRequests,
      faults: wire.script.struck(),
    }),
  };
}

function isStore(store: BlobSource | BlobStore): store is BlobStore {
  return 'put' in store;
}

function linkedSource(source: BlobSource, wire: Wire): BlobSource {
  const { getToFile, urlFor } = source;
  return {
    rangeRead: source.rangeRead,
    get: (key, options = {}) => linkedGet(source, wire, key, options),
    head: (key, signal) => small(wire, 'head', key, signal, () => source.head(key, signal)),
    ...(urlFor === undefined ? {} : { urlFor: urlFor.bind(source) }),
    ...(getToFile === undefined ? {} : { getToFile: (key, path, options) => linkedGetToFile(source, wire, key, path, options ?? {}) }),
  };
}

function linkedStore(store: BlobStore, wire: Wire): Omit<BlobStore, keyof BlobSource> {
  const { list, pending, announce } = store;
  return {
    accepts: store.accepts,
    attests: store.attests,
    put: (key, body, options) =>
      request(wire, 'put', key, options.signal, async (fault) => {
        await moveUp(wire, key, body.sizeBytes, options, fault);
        const { onProgress: _dropped, ...rest } = options;
        const info = await store.put(key, body, rest);
        if (fault?.kind === 'lost-response') throw errorOf(fault, 'put', key);
        return info;
      }),
    remove: (keys, signal) => small(wire, 'remove', keys[0] ?? '', signal, () => store.remove(keys, signal)),
    ...(list === undefined
      ? {}
      : { list: (prefix, cursor, signal) => small(wire, 'list', prefix, signal, () => list.call(store, prefix, cursor, signal)) }),
    ...(pending === undefined ? {} : { pending: pending.bind(store) }),
    ...(announce === undefined ? {} : { announce: announce.bind(store) }),
  };
}

/** The frame of every request: counts it, draws its fault, waits for the latency, fails early where the fault says so. */
async function request<T>(
  wire: Wire,
  operation: LinkOperation,
  key: string,
  signal: PutOptions['signal'],
  run: (fault: LinkFault | undefined) => Promise<T>,
): Promise<T> {
  const { tally, pipe } = wire;
  tally.requests[operation] += 1;
  tally.open += 1;
  tally.peakRequests = Math.max(tally.peakRequests, tally.open);
  try {
    const fault = wire.script.draw(operation, pipe.nowMs());
    await pipe.wait(wire.latencyMs, signal);
    if (fault?.kind === 'stall') await pipe.wait(Number.POSITIVE_INFINITY, signal);
    if (fault !== undefined && fault.kind !== 'reset' && fault.kind !== 'lost-response') throw errorOf(fault, operation, key);
    return await run(fault);
  } finally {
    tally.open -= 1;
  }
}

/** A request without a body worth counting: cut in its middle is cut before it began. */
function small<T>(wire: Wire, operation: LinkOperation, key: string, signal: PutOptions['signal'], run: () => Promise<T>): Promise<T> {
  return request(wire, operation, key, signal, async (fault) => {
    if (fault?.kind === 'reset') throw errorOf(fault, operation, key);
    const answer = await run();
    if (fault?.kind === 'lost-response') throw errorOf(fault, operation, key);
    return answer;
  });
}

async function moveUp(wire: Wire, key: string, sizeBytes: number, options: PutOptions, fault: LinkFault | undefined): Promise<void> {
  const cut = fault?.kind === 'reset';
  let moved = 0;
  await wire.pipe.move(cut ? Math.floor(sizeBytes * wire.clock.random()) : sizeBytes, options.signal, (now) => {
    wire.tally.bytesUp += now - moved;
    moved = now;
    options.onProgress?.(now);
  });
  if (cut) throw errorOf(fault, 'put', key);
}

async function linkedGet(source: BlobSource, wire: Wire, key: string, options: GetOptions): Promise<BlobReader> {
  return request(wire, 'get', key, options.signal, async (fault) => {
    const reader = await source.get(key, options);
    const length = options.range === undefined ? (reader.sizeBytes ?? 0) : options.range.end - options.range.start;
    // A lost response of a read is a read cut short.
    const cut = fault?.kind === 'reset' || fault?.kind === 'lost-response';
    const error = cut ? errorOf(fault, 'get', key) : undefined;
    return linkedReader(reader, wire, options, error && { at: Math.floor(length * wire.clock.random()), error });
  });
}

function linkedReader(reader: BlobReader, wire: Wire, options: GetOptions, cut: { at: number; error: Error } | undefined): BlobReader {
  const { tally } = wire;
  let moved = 0;
  let open = true;
  tally.open += 1;
  const done = (): void => {
    if (open) tally.open -= 1;
    open = false;
  };
  const pull = async (): Promise<Uint8Array | undefined> => {
    const piece = await reader.next();
    if (piece === undefined) return undefined;
    if (cut !== undefined && moved + piece.length >= cut.at) throw cut.error;
    await wire.pipe.move(piece.length, options.signal);
    moved += piece.length;
    tally.bytesDown += piece.length;
    return piece;
  };
  return {
    ...(reader.sizeBytes === undefined ? {} : { sizeBytes: reader.sizeBytes }),
    next: async () => {
      let ended = true;
      try {
        const piece = await pull();
        ended = piece === undefined;
        return piece;
      } finally {
        if (ended) done();
      }
    },
    close: () => {
      done();
      return reader.close();
    },
  };
}

function linkedGetToFile(source: BlobSource, wire: Wire, key: string, path: string, options: GetOptions): Promise<void> {
  return request(wire, 'get', key, options.signal, async (fault) => {
    if (fault?.kind === 'reset') throw errorOf(fault, 'get', key);
    const range = options.range;
    const bytes = range === undefined ? ((await source.head(key, options.signal))?.sizeBytes ?? 0) : range.end - range.start;
    await wire.pipe.move(bytes, options.signal);
    wire.tally.bytesDown += bytes;
    await source.getToFile?.(key, path, options);
    if (fault?.kind === 'lost-response') throw errorOf(fault, 'get', key);
  });
}
