/** Signatures by the app's backend: asked for together, a few questions at a time, kept until near their end, asked anew once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type SignedRequest, type SignRequest, signedUrlBlobStore } from '../../../adapters/http/index.js';
import { nodeHttpTransport } from '../../../adapters/node/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { BlobStore, HttpRequest } from '../../../src/ports/index.js';
import { createBucket } from './support/bucket-server.js';
import { bytesBody, everythingOf, outcomeOf, PLAIN, patternBytes, readAll, rejection, serve, streamBody } from './support/loopback.js';
import { type ScriptedReply, type ScriptedTransport, scriptedTransport } from './support/scripted-transport.js';

const LIFE_MS = 60_000;

interface World {
  readonly store: BlobStore;
  readonly transport: ScriptedTransport;
  /** Every question, by the keys that it asked for. */
  readonly questions: string[][];
  /** The most questions that were out at once. */
  mostAtOnce(): number;
  /** Counts anew. */
  forgetMost(): void;
  nowMs: number;
}

interface WorldOptions {
  readonly script?: (request: HttpRequest, index: number) => ScriptedReply;
  readonly sign?: (requests: readonly SignRequest[], question: number) => unknown;
  readonly mostInBatch?: number;
}

function createWorld(options: WorldOptions = {}): World {
  const questions: string[][] = [];
  let atOnce = 0;
  let most = 0;
  const transport = scriptedTransport(options.script ?? (() => ({ headers: { 'content-length': '0' } })));
  const answerOf = ({ method, key }: SignRequest): SignedRequest => ({
    url: `https://bucket.example/${key}?sig=${method}-${questions.length}`,
    expiresMs: world.nowMs + LIFE_MS,
  });
  const world: { nowMs: number } & World = {
    nowMs: 1_000_000,
    questions,
    transport,
    mostAtOnce: () => most,
    forgetMost: () => {
      most = 0;
    },
    store: signedUrlBlobStore({
      transport,
      wallMs: () => world.nowMs,
      maxBatchSize: options.mostInBatch ?? 20,
      sign: async (requests) => {
        questions.push(requests.map(({ method, key }) => `${method} ${key}`));
        atOnce += 1;
        most = Math.max(most, atOnce);
        await sleep(1);
        atOnce -= 1;
        return (options.sign?.(requests, questions.length - 1) ?? requests.map(answerOf)) as SignedRequest[];
      },
    }),
  };
  return world;
}

describe('questions', () => {
  it('of one turn go together, in batches that are out together', async () => {
    const world = createWorld({ mostInBatch: 3 });
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => world.store.head(key)));
    expect(world.questions).toEqual([['HEAD a', 'HEAD b', 'HEAD c'], ['HEAD d', 'HEAD e', 'HEAD f'], ['HEAD g']]);
    expect(world.mostAtOnce()).toBe(3);
  });

  it('are at most four, and the rest goes with the next', async () => {
    const world = createWorld({ mostInBatch: 1 });
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => world.store.head(key)));
    expect(world.questions.length).toBe(6);
    expect(world.mostAtOnce()).toBe(4);
  });

  it('for what was signed before go one at a time', async () => {
    const world = createWorld({ mostInBatch: 1 });
    const all = () => Promise.all(['a', 'b', 'c'].map((key) => world.store.head(key)));
    await all();
    world.nowMs += 10 * LIFE_MS;
    world.forgetMost();
    await all();
    expect(world.questions).toEqual([['HEAD a'], ['HEAD b'], ['HEAD c'], ['HEAD a'], ['HEAD b'], ['HEAD c']]);
    expect(world.mostAtOnce()).toBe(1);
  });

  it('are asked once for the same thing, and what comes meanwhile goes with another', async () => {
    const world = createWorld();
    const first = Promise.all([world.store.head('a'), world.store.head('a'), world.store.get('a')]);
    await Promise.resolve();
    await Promise.resolve();
    const second = Promise.all([world.store.head('b'), world.store.head('a'), world.store.head('c')]);
    await Promise.all([first, second]);
    expect(world.questions).toEqual([
      ['HEAD a', 'GET a'],
      ['HEAD b', 'HEAD c'],
    ]);
    expect(world.mostAtOnce()).toBe(2);
  });

  it('say what a put is: type, length and MD5, below the prefix', async () => {
    const asked: SignRequest[] = [];
    const store = signedUrlBlobStore({
      prefix: 'users/42/',
      transport: scriptedTransport(() => ({})),
      sign: async (requests) => {
        asked.push(...requests);
        return requests.map(() => ({ url: 'https://bucket.example/x', expiresMs: Date.now() + LIFE_MS }));
      },
    });
    await store.put('v/0', bytesBody(patternBytes(3)), { contentType: 'video/mp4', hashes: { md5: 'd41d8cd98f00b204e9800998ecf8427e' } });
    await store.put('v/1', streamBody([patternBytes(5)]), PLAIN);
    await store.remove(['v/2']);
    expect(asked).toEqual([
      { method: 'PUT', key: 'users/42/v/0', contentType: 'video/mp4', contentLength: 3, contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==' },
      { method: 'PUT', key: 'users/42/v/1', contentType: 'application/octet-stream', contentLength: 5 },
      { method: 'DELETE', key: 'users/42/v/2' },
    ]);
  });
});

describe('answers', () => {
  it('are used again until a fifth of their life is left, and then forgotten', async () => {
    const world = createWorld();
    for (const passedMs of [0, LIFE_MS * 0.4, LIFE_MS * 0.39, LIFE_MS * 0.02, 10 * LIFE_MS]) {
      world.nowMs += passedMs;
      await world.store.head('a');
    }
    expect(world.transport.requests.map(({ url }) => url.slice(-6))).toEqual(['HEAD-1', 'HEAD-1', 'HEAD-1', 'HEAD-2', 'HEAD-3']);
  });

  it('that are expired when they come are used once and not kept', async () => {
    const world = createWorld({ sign: (requests) => requests.map(() => ({ url: 'https://bucket.example/a', expiresMs: 1 })) });
    await world.store.head('a');
    await world.store.head('a');
    expect(world.questions.length).toBe(2);
  });

  it('are asked for anew, once, when the server refuses them, by all who were refused together', async () => {
    for (const status of [401, 403]) {
      const world = createWorld({ script: ({ url }) => (url.endsWith('-1') ? { status } : { headers: { 'content-length': '0' } }) });
      await Promise.all([world.store.head('a'), world.store.head('b'), world.store.head('c')]);
      expect(world.questions).toEqual([
        ['HEAD a', 'HEAD b', 'HEAD c'],
        ['HEAD a', 'HEAD b', 'HEAD c'],
      ]);
      expect(world.transport.requests.length).toBe(6);
    }
  });

  it('that are refused again are AUTH_REQUIRED or FORBIDDEN, by status or by what the server says', async () => {
    const replies: ScriptedReply[] = [{ status: 401 }, { status: 403 }, { status: 400, body: '<Code>ExpiredToken</Code>' }];
    const told: (string | undefined)[] = [];
    for (const reply of replies) {
      const world = createWorld({ script: () => reply });
      told.push((await rejection(world.store.put('a', bytesBody(patternBytes(1)), PLAIN))).code);
      expect([world.questions.length, world.transport.requests.length, world.transport.open()]).toEqual([2, 2, 0]);
    }
    expect(told).toEqual(['AUTH_REQUIRED', 'FORBIDDEN', 'AUTH_REQUIRED']);
  });

  it('that end while the request is on its way, twice, are TIMEOUT: the line is slow, nobody is refused', async () => {
    const world: World = createWorld({
      script: () => {
        world.nowMs += 2 * LIFE_MS;
        return { status: 403 };
      },
    });
    expect(await outcomeOf(world.store.head('a'))).toBe('TIMEOUT');
    expect(world.transport.requests.length).toBe(2);
  });

  it('a body is sent from its first byte again', async () => {
    const bucket = createBucket();
    const { origin } = await serve(bucket.handle);
    let question = 0;
    const store = signedUrlBlobStore({
      transport: nodeHttpTransport(),
      sign: async (requests) => {
        question += 1;
        return requests.map((request) => bucket.sign(origin, request, question === 1 ? 1 : Date.now() + LIFE_MS));
      },
    });
    const bytes = patternBytes(600_000);
    await store.put('v/0', streamBody([bytes.slice(0, 300_000), bytes.slice(300_000)]), PLAIN);
    expect(bucket.blobs.get('v/0')?.equals(bytes)).toBe(true);
    expect(question).toBe(2);
  });

  it('of a wrong number or shape are REQUEST_REFUSED, and the next question is asked all the same', async () => {
    const good = { url: 'https://bucket.example/a', expiresMs: 9e15 };
    const bad: unknown[] = [
      ...[[], [good, good], null, undefined, 'x', {}, { 0: good, length: 1 }, [null], [undefined], ['https://bucket.example/a']],
      ...[
        [{ ...good, url: '/a' }],
        [{ ...good, url: '//evil/a' }],
        [{ ...good, url: 'https://user:pass@bucket.example/' }],
        [{ expiresMs: 1 }],
      ],
      ...[
        [{ ...good, expiresMs: '1' }],
        [{ ...good, expiresMs: Number.NaN }],
        [{ ...good, headers: { a: 1 } }],
        [{ ...good, headers: 'a' }],
      ],
      [{ ...good, headers: null }],
    ];
    for (const [index, answers] of bad.entries()) {
      // `undefined` would mean the world's own answer.
      const world = createWorld({ sign: (_requests, question) => (question === 0 ? (answers ?? 'nothing') : [good]) });
      expect(`${index} ${await outcomeOf(world.store.head('a'))}`).toBe(`${index} REQUEST_REFUSED`);
      expect(await outcomeOf(world.store.head('a'))).toBe('resolved');
    }
  });

  it('one bad answer spoils no other of its batch', async () => {
    const good = { url: 'https://bucket.example/a', expiresMs: 9e15 };
    const world = createWorld({ sign: () => [good, { ...good, url: 'junk' }, good] });
    const outcomes = await Promise.all(['a', 'b', 'c'].map((key) => outcomeOf(world.store.head(key))));
    expect(outcomes).toEqual(['resolved', 'REQUEST_REFUSED', 'resolved']);
  });

  it('a backend that fails is AUTH_REQUIRED, or what it says in our words, for all that asked', async () => {
    const canary = 'CANARY-22ee';
    const failures = [Object.assign(new RangeError(canary), { config: { headers: canary } }), canary, undefined];
    for (const failure of failures) {
      const world = createWorld({
        sign: () => {
          throw failure;
        },
      });
      const errors = await Promise.all([rejection(world.store.head('a')), rejection(world.store.get('b'))]);
      expect(errors.map(({ code }) => code)).toEqual(['AUTH_REQUIRED', 'AUTH_REQUIRED']);
      for (const error of errors) expect(everythingOf(error)).not.toContain(canary);
    }
    const offline = createWorld({
      sign: () => {
        throw new ReelwayError('NETWORK');
      },
    });
    expect(await outcomeOf(offline.store.head('a'))).toBe('NETWORK');
  });

  it('an abort does not wait for the backend, and nothing is sent when it answers', async () => {
    const world = createWorld();
    const aborting = new AbortController();
    const outcome = outcomeOf(world.store.get('a', { signal: aborting.signal }));
    aborting.abort(new RangeError('enough'));
    expect(await outcome).toBe('RangeError');
    await world.store.head('b');
    expect(world.transport.requests.map(({ id }) => id)).toEqual(['b']);
  });

  it('headers of the backend win in any case of letters, but for host and length', async () => {
    const headers = { 'Content-Type': 'video/webm', 'X-Amz-Acl': 'private', Host: 'evil', 'Content-Length': '9' };
    const world = createWorld({ sign: () => [{ url: 'https://bucket.example/a', headers, expiresMs: 9e15 }] });
    await world.store.put('a', bytesBody(patternBytes(1)), { ...PLAIN, hashes: { md5: 'd41d8cd98f00b204e9800998ecf8427e' } });
    expect(world.transport.requests[0]?.headers).toEqual({
      ...{ 'content-type': 'video/webm', 'x-amz-acl': 'private' },
      'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==',
    });
  });

  it('at most 512 are remembered', async () => {
    const world = createWorld({ mostInBatch: 1000 });
    await Promise.all(Array.from({ length: 513 }, (_, index) => world.store.head(`k${index}`)));
    await world.store.head('k512');
    await world.store.head('k0');
    expect(world.questions.map((asked) => asked.length)).toEqual([513, 1]);
  });
});

describe('the store', () => {
  const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
  const other = '00000000000000000000000000000000';

  it('compares the ETag where it attests by MD5, and only there', async () => {
    const outcomes: string[] = [];
    const putWith = (headers: Record<string, string>, attests: readonly 'md5'[]): Promise<string> => {
      const store = signedUrlBlobStore({
        ...{ attests, transport: scriptedTransport(() => ({ headers, body: 'other bytes' })) },
        sign: async (requests) => requests.map(() => ({ url: 'https://bucket.example/a', expiresMs: 9e15 })),
      });
      const done = store.put('a', bytesBody(patternBytes(1)), { ...PLAIN, hashes: { md5 } });
      return done.then(
        ({ hashes }) => JSON.stringify(hashes),
        ({ code }) => code,
      );
    };
    outcomes.push(await putWith({ etag: `"${md5}"` }, ['md5']), await putWith({ etag: `"${other}"` }, ['md5']));
    outcomes.push(await putWith({ etag: `"${other}"` }, []), await putWith({}, ['md5']));
    outcomes.push(await putWith({ etag: `"${other}"`, 'x-amz-server-side-encryption': 'aws:kms' }, ['md5']));
    expect(outcomes).toEqual([`{"md5":"${md5}"}`, 'BLOB_CORRUPT', '{}', '{}', '{}']);
  });

  it.each([
    [['md5'] as const, { md5 }],
    [[], {}],
  ])('reports the ETag as MD5 in head only where it attests by MD5: %j', async (attests, hashes) => {
    const store = signedUrlBlobStore({
      ...{ attests, transport: scriptedTransport(() => ({ headers: { etag: `"${md5}"`, 'content-length': '0' } })) },
      sign: async (requests) => requests.map(() => ({ url: 'https://bucket.example/a', expiresMs: 9e15 })),
    });
    expect(await store.head('a')).toEqual({ key: 'a', sizeBytes: 0, hashes });
  });

  it('leaves out keys that do not begin with the prefix, from a backend that ignores it', async () => {
    const blobs = ['v/1', 'w/1', 'v/../w/1', 'v/', 'vid/1', 'x v/1', 'v/2'].map((key) => ({ key, hashes: {} }));
    const asked: unknown[] = [];
    const signal = new AbortController().signal;
    const store = signedUrlBlobStore({
      transport: scriptedTransport(() => ({})),
      sign: async () => [],
      list: async (...request) => {
        asked.push(request);
        return { blobs, cursor: 'next' };
      },
    });
    expect(await store.list?.('v/', 'here', signal)).toEqual({
      blobs: [
        { key: 'v/1', hashes: {} },
        { key: 'v/2', hashes: {} },
      ],
      cursor: 'next',
    });
    expect(asked).toEqual([['v/', 'here', signal]]);
    expect(await outcomeOf(store.list?.('v ') ?? Promise.resolve())).toBe('TypeError');
  });

  it('puts without a condition where the server has none', async () => {
    const bucket = createBucket();
    const { origin, requests } = await serve(bucket.handle);
    bucket.refuseConditions = true;
    const store = signedUrlBlobStore({
      transport: nodeHttpTransport(),
      sign: async (asked) => asked.map((request) => bucket.sign(origin, request, Date.now() + LIFE_MS)),
    });
    await store.put('a', bytesBody(patternBytes(9)), { ...PLAIN, ifAbsent: true });
    await store.put('b', bytesBody(patternBytes(9)), { ...PLAIN, ifAbsent: true });
    expect(await outcomeOf(store.put('a', bytesBody(patternBytes(9, 2)), { ...PLAIN, ifAbsent: true }))).toBe('BLOB_EXISTS');
    expect(await readAll(await store.get('a'))).toEqual(patternBytes(9));
    const conditional = requests.filter(({ headers }) => headers['if-none-match'] !== undefined);
    expect(conditional.length).toBe(1);
  });

  it('gives addresses that live long enough, afresh where the remembered one does not', async () => {
    const world = createWorld();
    const first = await world.store.urlFor?.('a', LIFE_MS / 2);
    world.nowMs += LIFE_MS * 0.7;
    const second = await world.store.urlFor?.('a', LIFE_MS / 2);
    expect([first, second]).toEqual(['https://bucket.example/a?sig=GET-1', 'https://bucket.example/a?sig=GET-2']);
    expect(await outcomeOf(world.store.urlFor?.('a', LIFE_MS * 2) ?? Promise.resolve())).toBe('NOT_SUPPORTED');
  });

  it('removes all it can before it tells of the first failure', async () => {
    const world = createWorld({ script: ({ id }) => (id === 'b' ? { status: 500 } : id === 'c' ? { status: 404 } : { status: 204 }) });
    expect(await outcomeOf(world.store.remove(['a', 'b', 'c', 'd']))).toBe('UNAVAILABLE');
    expect(world.transport.requests.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(await outcomeOf(world.store.remove(['a', '../b']))).toBe('TypeError');
    expect(world.transport.requests.length).toBe(4);
  });

  it('rejects a reply from another origin than the signed one as UNAVAILABLE', async () => {
    const world = createWorld({ script: () => ({ url: 'https://evil.example/a' }) });
    expect(await outcomeOf(world.store.get('a'))).toBe('UNAVAILABLE');
    expect(world.transport.open()).toBe(0);
  });

  it('refuses options that mean nothing', () => {
    const transport = scriptedTransport(() => ({}));
    const sign = async (): Promise<SignedRequest[]> => [];
    for (const maxBatchSize of [0, 1.5, 1001, Number.NaN])
      expect(() => signedUrlBlobStore({ sign, transport, maxBatchSize })).toThrow(TypeError);
    for (const prefix of ['a b/', 'ä/', 'a?']) expect(() => signedUrlBlobStore({ sign, transport, prefix })).toThrow(TypeError);
  });
});
