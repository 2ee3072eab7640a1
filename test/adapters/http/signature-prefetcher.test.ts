/** Puts that are announced: signed in one question ahead, by as many as are of use, and never at the cost of a put. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SignedRequest, type SignedUrlBlobStoreOptions, type SignRequest, signedUrlBlobStore } from '../../../adapters/http/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { AnnouncedPut, BlobStore, HttpRequest, PutOptions } from '../../../src/ports/index.js';
import { bytesBody, PLAIN, patternBytes } from './support/loopback.js';
import { type ScriptedReply, type ScriptedTransport, scriptedTransport } from './support/scripted-transport.js';

const LIFE_MS = 900_000;
const SIZE = 10;

interface World {
  readonly store: BlobStore;
  readonly transport: ScriptedTransport;
  /** Every question, request by request. */
  readonly questions: SignRequest[][];
  /** The most questions at once that asked for a key again. */
  mostRefreshes(): number;
  /** Resolves the questions that wait, when they are held. */
  release(): void;
  nowMs: number;
}

interface WorldOptions extends Partial<SignedUrlBlobStoreOptions> {
  readonly lifeMs?: number;
  readonly script?: (request: HttpRequest) => ScriptedReply;
  /** What a question fails of. */
  readonly fails?: (requests: readonly SignRequest[], question: number) => unknown;
  /** Whether a question waits for `release`. */
  readonly holds?: (requests: readonly SignRequest[]) => boolean;
}

function createWorld({ lifeMs = LIFE_MS, script, fails, holds, ...options }: WorldOptions = {}): World {
  const questions: SignRequest[][] = [];
  const held: (() => void)[] = [];
  const known = new Set<string>();
  let refreshing = 0;
  let most = 0;
  const transport = scriptedTransport(script ?? (() => ({})));
  const answerOf = ({ key, contentMd5 }: SignRequest): SignedRequest => ({
    url: `https://bucket.example/${key}?by=${questions.length}${contentMd5 === undefined ? '' : '&md5'}`,
    expiresMs: world.nowMs + lifeMs,
  });
  const sign = async (requests: readonly SignRequest[]): Promise<readonly SignedRequest[]> => {
    const isAgain = requests.some(({ key }) => known.has(key));
    for (const { key } of requests) known.add(key);
    questions.push([...requests]);
    const nth = questions.length - 1;
    if (isAgain) refreshing += 1;
    most = Math.max(most, refreshing);
    if (holds?.(requests) === true) await new Promise<void>((resolve) => held.push(resolve));
    else await Promise.resolve();
    if (isAgain) refreshing -= 1;
    const failure = fails?.(requests, nth);
    if (failure !== undefined) throw failure;
    return requests.map(answerOf);
  };
  const world: { nowMs: number } & World = {
    ...{ nowMs: 1_000_000, questions, transport, mostRefreshes: () => most },
    store: signedUrlBlobStore({ transport, wallMs: () => world.nowMs, sign, ...options }),
    release: () => {
      for (const go of held.splice(0)) go();
    },
  };
  return world;
}

function keyOf(index: number): string {
  return `v/${index}`;
}

function announced(from: number, count: number): readonly AnnouncedPut[] {
  return Array.from({ length: count }, (_, index) => ({ key: keyOf(from + index), contentType: PLAIN.contentType, sizeBytes: SIZE }));
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function put(world: World, index: number, options: Partial<PutOptions> = {}) {
  return world.store.put(keyOf(index), bytesBody(patternBytes(SIZE)), { ...PLAIN, ...options });
}

/** Puts `count` objects as an engine does: `atOnce` of them, each announced with what follows, each taking a while. */
async function carry(world: World, count: number, options: { readonly atOnce?: number; readonly putMs?: number } = {}): Promise<void> {
  const { atOnce = 3, putMs = 100 } = options;
  for (let index = 0; index < count; index += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - index) }, (_, nth) => index + nth);
    await Promise.all(
      some.map((each) => {
        world.store.announce?.(announced(each, Math.min(40, count - each)));
        return put(world, each);
      }),
    );
    await settle();
    world.nowMs += putMs;
  }
}

describe('announced puts', () => {
  it('are signed twenty in a question, and no put asks for itself', async () => {
    const world = createWorld();
    await carry(world, 219);
    expect(world.questions.map((each) => each.length)).toEqual([20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 19]);
    expect(world.questions.flat().map(({ key }) => key)).toEqual(announced(0, 219).map(({ key }) => key));
    expect(world.questions[0]?.[0]).toEqual({ method: 'PUT', key: 'v/0', contentType: 'application/octet-stream', contentLength: SIZE });
    expect(world.transport.requests.length).toBe(219);
  });

  it('are asked for while as many again are in hand', async () => {
    const world = createWorld({ holds: () => world.questions.length > 1 });
    world.store.announce?.(announced(0, 40));
    await settle();
    for (let index = 0; index < 20; index += 1) {
      world.store.announce?.(announced(index, 40));
      await put(world, index);
    }
    expect(world.questions.map((each) => each.length)).toEqual([20, 20]);
    const late = put(world, 20);
    await settle();
    expect(world.transport.requests.length).toBe(20);
    world.release();
    await late;
    expect(world.questions.length).toBe(2);
  });

  it('stay within maxBatchSize and signAhead', async () => {
    for (const [options, most] of [
      [{ mostInBatch: 5 }, 5],
      [{ signAhead: 7 }, 7],
      [{ signAhead: 30, mostInBatch: 40 }, 20],
    ] as const) {
      const world = createWorld(options);
      await carry(world, 60);
      expect(Math.max(...world.questions.map((each) => each.length))).toBe(most);
    }
  });

  it('are signed one by one where signAhead is 0', async () => {
    const world = createWorld({ signAhead: 0 });
    await carry(world, 9);
    expect(world.questions.map((each) => each.length)).toEqual([3, 3, 3]);
  });

  it('that never come, as those of canceled uploads, are forgotten', async () => {
    const world = createWorld();
    for (let upload = 0; upload < 60; upload += 1) {
      world.store.announce?.(announced(upload * 1_000, 40));
      await settle();
    }
    await carry(world, 40);
    expect(world.questions.slice(60).map((each) => each.length)).toEqual([20, 20]);
  });

  it('with an MD5 are sent by the signature without one, and compared with the ETag', async () => {
    const etag = (md5: string): ScriptedReply => ({ headers: { etag: `"${md5}"` } });
    const right = createHash('md5').update(patternBytes(SIZE)).digest('hex');
    const world = createWorld({ script: ({ id }) => etag(id === 'v/1' ? '0'.repeat(32) : right) });
    world.store.announce?.(announced(0, 2));
    expect(await put(world, 0, { hashes: { md5: right } })).toMatchObject({ hashes: { md5: right } });
    const wrong = put(world, 1, { hashes: { md5: right } });
    await expect(wrong).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    await put(world, 2, { hashes: { md5: right } });
    const puts = world.transport.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ url, headers }) => [url.slice(-3), headers['content-md5'] !== undefined])).toEqual([
      ['y=1', false],
      ['md5', true],
      ['md5', true],
    ]);
  });

  it('with an MD5 are signed with it again once a reply has told no MD5', async () => {
    const md5 = createHash('md5').update(patternBytes(SIZE)).digest('hex');
    const world = createWorld({ script: () => ({ headers: { etag: '"of-a-key-1"' } }) });
    world.store.announce?.(announced(0, 40));
    for (const index of [0, 1]) expect(await put(world, index, { hashes: { md5 } })).toMatchObject({ hashes: {} });
    world.store.announce?.(announced(2, 80));
    await settle();
    expect(world.questions.map((each) => each.map(({ contentMd5 }) => contentMd5 !== undefined))).toEqual([Array(20).fill(false), [true]]);
    expect(world.transport.requests.map(({ headers }) => headers['content-md5'] !== undefined)).toEqual([false, true]);
  });

  it('with an MD5 are signed with it, and nothing ahead any more, where no ETag attests it', async () => {
    const world = createWorld({ attests: [] });
    const md5 = createHash('md5').update(patternBytes(SIZE)).digest('hex');
    world.store.announce?.(announced(0, 40));
    await put(world, 0, { hashes: { md5 } });
    world.store.announce?.(announced(1, 80));
    await settle();
    expect(world.questions.map((each) => each.map(({ contentMd5 }) => contentMd5 !== undefined))).toEqual([Array(20).fill(false), [true]]);
  });
});

describe('a question ahead that fails', () => {
  it('fails no put, and nothing is asked ahead for a minute', async () => {
    const world = createWorld({ fails: (requests) => (requests.length > 1 ? new ReelwayError('FORBIDDEN') : undefined) });
    world.store.announce?.(announced(0, 40));
    await put(world, 0);
    world.store.announce?.(announced(1, 40));
    await put(world, 1);
    expect(world.questions.map((each) => each.length)).toEqual([20, 1, 1]);
    world.nowMs += 60_000;
    world.store.announce?.(announced(2, 40));
    await put(world, 2);
    expect(world.questions.map((each) => each.length)).toEqual([20, 1, 1, 20, 1]);
  });

  it('may be one that throws at once, or answers with something else', async () => {
    for (const answer of [undefined, [], 'no', [{ url: 'nonsense', expiresMs: 1 }]] as never[]) {
      const world = createWorld();
      let asked = 0;
      const store = signedUrlBlobStore({
        transport: world.transport,
        wallMs: () => world.nowMs,
        sign: (requests) => {
          asked += 1;
          if (asked > 1)
            return Promise.resolve(requests.map(() => ({ url: 'https://bucket.example/good', expiresMs: world.nowMs + LIFE_MS })));
          if (answer === undefined) throw new RangeError('no backend');
          return Promise.resolve(answer);
        },
      });
      expect(store.announce?.(announced(0, 1))).toBeUndefined();
      await store.put(keyOf(0), bytesBody(patternBytes(SIZE)), PLAIN);
      expect([asked, world.transport.requests[0]?.url]).toEqual([2, 'https://bucket.example/good']);
    }
  });

  it('holds an aborted put no longer', async () => {
    const world = createWorld({ holds: () => true });
    world.store.announce?.(announced(0, 40));
    const controller = new AbortController();
    const late = put(world, 0, { signal: controller.signal });
    await settle();
    const reason = new ReelwayError('ABORTED');
    controller.abort(reason);
    await expect(late).rejects.toBe(reason);
    world.release();
    await settle();
    expect(world.transport.requests.length).toBe(0);
  });
});

describe('signatures that end before they are used', () => {
  it('are asked for anew one question at a time, and fewer of them ahead', async () => {
    const world = createWorld({ lifeMs: 2_000 });
    await carry(world, 200, { atOnce: 1, putMs: 330 });
    expect(world.mostRefreshes()).toBe(1);
    // All of the first forty but a few were in vain; then only as many as come soon.
    const signatures = world.questions.flat().length;
    expect(signatures).toBeLessThan(200 + 60);
    expect(Math.max(...world.questions.slice(15).map((each) => each.length))).toBeLessThanOrEqual(5);
    expect(world.transport.requests.length).toBe(200);
  });

  it('are many again once they live long enough', async () => {
    let lifeMs = 2_000;
    const world = createWorld();
    const store = signedUrlBlobStore({
      transport: world.transport,
      wallMs: () => world.nowMs,
      sign: async (requests) => {
        world.questions.push([...requests]);
        return requests.map(() => ({ url: 'https://bucket.example/x', expiresMs: world.nowMs + lifeMs }));
      },
    });
    const slow = { ...world, store };
    Object.defineProperty(slow, 'nowMs', {
      get: () => world.nowMs,
      set: (ms: number) => {
        world.nowMs = ms;
      },
    });
    await carry(slow, 100, { putMs: 1_000 });
    expect(world.questions.at(-1)?.length).toBeLessThanOrEqual(5);
    lifeMs = LIFE_MS;
    await carry({ ...slow, store } as World, 400, { putMs: 0 });
    expect(Math.max(...world.questions.slice(-20).map((each) => each.length))).toBe(20);
  });

  it('are renewed once where the server refuses them, as any', async () => {
    const world = createWorld({ script: ({ url }) => (url.endsWith('=1') ? { status: 403 } : {}) });
    world.store.announce?.(announced(0, 40));
    await put(world, 0);
    expect(world.questions.map((each) => each.map(({ key }) => key).slice(0, 2))).toEqual([['v/0', 'v/1'], ['v/0']]);
  });
});

describe('a backend that never answers', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('holds a request for signTimeoutMs, and none that comes after', async () => {
    let asked = 0;
    const world = createWorld({
      signTimeoutMs: 5_000,
      sign: (requests) => {
        asked += 1;
        if (asked <= 4) return new Promise(() => undefined);
        return Promise.resolve(requests.map(() => ({ url: 'https://bucket.example/x', expiresMs: world.nowMs + LIFE_MS })));
      },
    });
    const outcomes = ['a', 'b', 'c', 'd'].map(async (key) => {
      await settle();
      return world.store.head(key).catch((error: ReelwayError) => error.code);
    });
    // Each in a question of its own, so that all four that may be out at once are lost.
    await vi.advanceTimersByTimeAsync(4_999);
    const last = world.store.head('a').catch((error: ReelwayError) => error.code);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all(outcomes)).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect(await last).toBe('TIMEOUT');
    asked = 4;
    expect(await world.store.head('a')).toMatchObject({ key: 'a' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('holds an announced put for signTimeoutMs, which then asks for itself', async () => {
    let asked = 0;
    const world = createWorld({
      sign: (requests) => {
        asked += 1;
        if (asked === 1) return new Promise(() => undefined);
        return Promise.resolve(requests.map(() => ({ url: 'https://bucket.example/x', expiresMs: world.nowMs + LIFE_MS })));
      },
    });
    world.store.announce?.(announced(0, 40));
    const late = put(world, 0);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await late).toMatchObject({ key: 'v/0' });
    expect(asked).toBe(2);
  });
});

describe('a question without an answer', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const silent = { signTimeoutMs: 60_000, sign: () => new Promise<never>(() => undefined) };

  it('keeps the process from ending only while a request waits', async () => {
    const before = timers();
    const world = createWorld(silent);
    const aborting = new AbortController();
    const outcome = world.store.head('a', aborting.signal).catch((error: unknown) => error);
    await settle();
    expect(timers()).toBe(before + 1);
    aborting.abort('enough');
    expect(await outcome).toBe('enough');
    expect(timers()).toBe(before);
  });

  it('does not keep the process from ending where it was asked ahead', async () => {
    const before = timers();
    createWorld(silent).store.announce?.(announced(0, 40));
    await settle();
    expect(timers()).toBe(before);
  });
});

it('refuses options that are no counts', () => {
  const transport = scriptedTransport(() => ({}));
  const sign = async () => [];
  for (const options of [{ signAhead: -1 }, { signAhead: 41 }, { signAhead: 1.5 }, { signTimeoutMs: 0 }, { signTimeoutMs: Number.NaN }])
    expect(() => signedUrlBlobStore({ sign, transport, ...options })).toThrow(TypeError);
});
