/** The transport over `XMLHttpRequest`, against a scripted one; a real one is tried in a browser, with the suite of S3. */
import { describe, expect, it } from 'vitest';
import { type XhrLike, xhrTransport } from '../../../adapters/http/index.js';
import { ReelwayError } from '../../../src/errors/index.js';
import type { AbortSignalLike, BlobBody, HttpRequest } from '../../../src/ports/index.js';
import { countedSignal } from '../node/http/transport-support.js';
import { bytesBody, everythingOf, outcomeOf, patternBytes, readAll, rejection, streamBody } from './support/loopback.js';

type Script = (xhr: ScriptedXhr, body: unknown) => void;

/** An XMLHttpRequest that does what its script says when it is sent. */
class ScriptedXhr implements XhrLike {
  static script: Script = () => undefined;
  static made: ScriptedXhr[] = [];
  status = 0;
  response: unknown = null;
  responseURL = '';
  responseType = '';
  upload: { onprogress: unknown } = { onprogress: null };
  onload: unknown = null;
  onerror: unknown = null;
  ontimeout: unknown = null;
  onabort: unknown = null;
  onprogress: unknown = null;
  opened: unknown[] = [];
  headers: string[] = [];
  replyHeaders: string | null = '';
  aborts = 0;

  constructor() {
    ScriptedXhr.made.push(this);
  }
  open(...opened: unknown[]): void {
    this.opened = opened;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers.push(`${name}: ${value}`);
  }
  getAllResponseHeaders(): string | null {
    return this.replyHeaders;
  }
  send(body?: unknown): void {
    ScriptedXhr.script(this, body);
  }
  abort(): void {
    this.aborts += 1;
    this.fire('onabort');
  }
  fire(name: 'onload' | 'onerror' | 'ontimeout' | 'onabort' | 'onprogress', event: unknown = {}): void {
    (this[name] as ((event: unknown) => void) | null)?.(event);
  }
  answer(status: number, response: unknown = null, replyHeaders: string | null = ''): void {
    Object.assign(this, { status, response, replyHeaders });
    this.fire('onload');
  }
}

function scripted(
  script: Script,
  more: { readonly uriBodies?: boolean } = {},
): (request: Partial<HttpRequest>) => ReturnType<ReturnType<typeof xhrTransport>['send']> {
  ScriptedXhr.script = script;
  ScriptedXhr.made = [];
  const transport = xhrTransport({ XMLHttpRequest: ScriptedXhr, ...more });
  return (request) => transport.send({ id: 'a/key', method: 'GET', url: 'https://cdn.example/a', headers: {}, ...request });
}

/** One that throws at one place, and answers 200 where it comes so far. */
function throwing(
  place: 'constructor' | 'open' | 'responseType' | 'setRequestHeader' | 'send' | 'response' | 'headers',
  error: unknown,
): new () => XhrLike {
  ScriptedXhr.script = (xhr) => xhr.answer(200);
  const fail = (): never => {
    throw error;
  };
  return class extends ScriptedXhr {
    constructor() {
      super();
      if (place === 'constructor') fail();
      if (place === 'responseType') Object.defineProperty(this, 'responseType', { set: fail });
      if (place === 'response') Object.defineProperty(this, 'response', { get: fail, set: () => undefined });
      if (place === 'headers') this.getAllResponseHeaders = fail;
      if (place === 'open' || place === 'setRequestHeader' || place === 'send') this[place] = fail;
    }
  };
}

function last(): ScriptedXhr {
  const xhr = ScriptedXhr.made[ScriptedXhr.made.length - 1];
  if (xhr === undefined) throw new TypeError('Nothing was sent');
  return xhr;
}

describe('replies', () => {
  it('have status, address, headers in any case, and their bytes', async () => {
    const text = 'ETag: "x"\r\nX-Two: a\r\nx-two: b: c\r\n\r\njunk\r\n: none\r\n';
    const send = scripted((xhr) => {
      xhr.responseURL = 'https://cdn.example/b';
      xhr.answer(206, patternBytes(600_000).buffer, text);
    });
    const reply = await send({});
    expect([reply.status, reply.url]).toEqual([206, 'https://cdn.example/b']);
    expect(['ETAG', 'x-two', 'x-none', ''].map(reply.header)).toEqual(['"x"', 'a, b: c', undefined, undefined]);
    expect(last().opened).toEqual(['GET', 'https://cdn.example/a', true]);
    expect(last().responseType).toBe('arraybuffer');
    expect(Buffer.compare(await readAll(reply.body), patternBytes(600_000))).toBe(0);
  });

  it('may have no body and no headers', async () => {
    const reply = await scripted((xhr) => xhr.answer(204, null, null))({ method: 'DELETE' });
    expect([reply.status, reply.header('etag'), (await readAll(reply.body)).length]).toEqual([204, undefined, 0]);
  });

  it('that are far longer than any question are given up before they fill the memory', async () => {
    const send = scripted((xhr) => {
      xhr.fire('onprogress', { loaded: 8_388_608 });
      xhr.fire('onprogress', { loaded: 8_388_609 });
    });
    expect(await outcomeOf(send({}))).toBe('NOT_SUPPORTED');
    expect(last().aborts).toBe(1);
  });
});

describe('requests', () => {
  const put = (body: BlobBody, more: Partial<HttpRequest> = {}): Partial<HttpRequest> => ({ method: 'PUT', body, ...more });

  it('send bytes as they are, streams as a Blob, and tell the progress', async () => {
    const bodies: unknown[] = [];
    const progress: number[] = [];
    const send = scripted((xhr, body) => {
      bodies.push(body);
      const tell = xhr.upload.onprogress as (event: { loaded: number }) => void;
      for (const loaded of [10, 100, 400]) tell({ loaded });
      xhr.answer(200);
    });
    const bytes = patternBytes(300);
    const onProgress = (sent: number): void => void progress.push(sent);
    await send(put(bytesBody(bytes), { onProgress }));
    await send(put(streamBody([bytes.slice(0, 100), bytes.slice(100)]), { onProgress }));
    expect(bodies[0]).toBe(bytes);
    expect(new Uint8Array(await (bodies[1] as Blob).arrayBuffer())).toEqual(bytes);
    expect(progress).toEqual([10, 100, 300, 300, 10, 100, 300, 300]);
  });

  it('listen to the upload only where someone wants to know', async () => {
    await scripted((xhr) => xhr.answer(200))(put(bytesBody(patternBytes(1))));
    expect(last().upload.onprogress).toBeNull();
  });

  it('copy each piece of a stream, since the next may lie in the same buffer', async () => {
    const bodies: Blob[] = [];
    const send = scripted((xhr, body) => {
      bodies.push(body as Blob);
      xhr.answer(200);
    });
    const lent = new Uint8Array(4);
    let at = 0;
    const next = async (): Promise<Uint8Array | undefined> => {
      at += 1;
      return at > 3 ? undefined : lent.fill(at);
    };
    await send(put({ kind: 'stream', sizeBytes: 12, open: async () => ({ next, close: async () => undefined }) }));
    expect([...new Uint8Array((await bodies[0]?.arrayBuffer()) ?? [])]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
  });

  it('leave the browser its own headers; on React Native there are none', async () => {
    const headers = { 'accept-encoding': 'identity', Host: 'x', 'content-type': 'video/mp4' };
    await scripted((xhr) => xhr.answer(200))({ headers });
    expect(last().headers).toEqual(['content-type: video/mp4']);
    await scripted((xhr) => xhr.answer(200), { uriBodies: true })({ headers });
    expect(last().headers).toEqual(['accept-encoding: identity', 'Host: x', 'content-type: video/mp4']);
  });

  it('send files by their address on React Native, and nowhere else', async () => {
    const bodies: unknown[] = [];
    const send = scripted(
      (xhr, body) => {
        bodies.push(body);
        xhr.answer(200);
      },
      { uriBodies: true },
    );
    for (const path of ['/data/a b#1?.mp4', 'file:///data/a%20b.mp4', 'content://media/1'])
      await send(put({ kind: 'file', sizeBytes: 1, path }));
    expect(bodies).toEqual([{ uri: 'file:///data/a%20b%231%3F.mp4' }, { uri: 'file:///data/a%20b.mp4' }, { uri: 'content://media/1' }]);
    const file = put({ kind: 'file', sizeBytes: 1, path: '/x' });
    expect(await outcomeOf(scripted((xhr) => xhr.answer(200))(file))).toBe('NOT_SUPPORTED');
    expect(await outcomeOf(send(put(streamBody([patternBytes(1)]))))).toBe('NOT_SUPPORTED');
    expect(xhrTransport({ XMLHttpRequest: ScriptedXhr }).accepts).toEqual(['bytes', 'stream']);
    expect(xhrTransport({ XMLHttpRequest: ScriptedXhr, uriBodies: true }).accepts).toEqual(['file', 'bytes']);
  });

  it('of a wrong size are not sent', async () => {
    expect(await outcomeOf(scripted((xhr) => xhr.answer(200))(put(streamBody([patternBytes(9)], 10))))).toBe('BLOB_CORRUPT');
    expect(ScriptedXhr.made).toEqual([]);
  });
});

describe('ends', () => {
  it('errors, time-outs, foreign aborts and a status of 0 are told by code', async () => {
    const outcomes: string[] = [];
    for (const name of ['onerror', 'ontimeout', 'onabort', 'onload'] as const)
      outcomes.push(await outcomeOf(scripted((xhr) => xhr.fire(name))({})));
    expect(outcomes).toEqual(['NETWORK', 'TIMEOUT', 'NETWORK', 'NETWORK']);
  });

  it('an abort ends the request with the reason, and what comes later changes nothing', async () => {
    const aborting = new AbortController();
    const send = scripted(() => undefined);
    const outcome = outcomeOf(send({ signal: aborting.signal }));
    await Promise.resolve();
    await Promise.resolve();
    aborting.abort(new RangeError('enough'));
    expect(await outcome).toBe('RangeError');
    last().answer(200);
    expect(last().aborts).toBe(1);
    expect(await outcomeOf(send({ signal: aborting.signal }))).toBe('RangeError');
    expect(ScriptedXhr.made.length).toBe(1);
  });

  it('an abort after the reply is what its reader rejects with, until the end was told', async () => {
    const send = scripted((xhr) => xhr.answer(200, patternBytes(600_000).buffer));
    const rejected: string[] = [];
    for (const piecesRead of [0, 1, 2]) {
      const aborting = new AbortController();
      const { body } = await send({ signal: aborting.signal });
      for (let piece = 0; piece < piecesRead; piece += 1) await body.next();
      aborting.abort(new RangeError('enough'));
      rejected.push(await outcomeOf(body.next()), await outcomeOf(body.next()));
      await body.close();
      expect(await body.next()).toBeUndefined();
    }
    expect(rejected).toEqual(Array.from({ length: 6 }, () => 'RangeError'));
    const late = new AbortController();
    const { body } = await send({ signal: late.signal });
    while ((await body.next()) !== undefined);
    late.abort();
    expect(await body.next()).toBeUndefined();
    expect(last().aborts).toBe(0);
  });

  it('no listener stays on the signal', async () => {
    const listeners = new Set<() => void>();
    const signal: AbortSignalLike = {
      aborted: false,
      addEventListener: (_type, listener) => listeners.add(listener),
      removeEventListener: (_type, listener) => listeners.delete(listener),
    };
    await scripted((xhr) => xhr.answer(200))({ signal });
    await outcomeOf(scripted((xhr) => xhr.fire('onerror'))({ signal }));
    expect(listeners.size).toBe(0);
  });

  it('what cannot be asked is a TypeError that shows nothing', async () => {
    const canary = 'CANARY-0c4d';
    const send = scripted((xhr) => xhr.answer(200));
    const bad: Partial<HttpRequest>[] = [
      { url: `/relative?sig=${canary}` },
      { url: `javascript:${canary}` },
      { url: `https://cdn.example:65536/?sig=${canary}` },
      { headers: { 'x-bad': `${canary}\r\nx: y` } },
      { headers: { [`x ${canary}`]: 'y' } },
    ];
    for (const request of bad) {
      const error = await rejection(send(request));
      expect(error).toBeInstanceOf(TypeError);
      expect(everythingOf(error)).not.toContain(canary);
    }
    expect(ScriptedXhr.made).toEqual([]);
  });

  it('a host that throws instead of sending is told by code, without what it says, and leaves no listener', async () => {
    const canary = 'CANARY-93d1';
    const thrown = (name: string): Error => Object.assign(new Error(`cannot load https://cdn.example/?sig=${canary}`), { name });
    const expected: readonly (readonly [unknown, string])[] = [
      [thrown('SyntaxError'), 'TypeError'],
      [thrown('NetworkError'), 'NETWORK'],
      [thrown('TimeoutError'), 'TIMEOUT'],
      [thrown('InvalidStateError'), 'NOT_SUPPORTED'],
      [thrown(`Error ${canary}`), 'NOT_SUPPORTED'],
      [`${canary}`, 'NOT_SUPPORTED'],
      [undefined, 'NOT_SUPPORTED'],
    ];
    for (const place of ['constructor', 'open', 'responseType', 'setRequestHeader', 'send', 'response', 'headers'] as const) {
      for (const [error, code] of expected) {
        const { signal, listeners } = countedSignal();
        const transport = xhrTransport({ XMLHttpRequest: throwing(place, error) });
        const request = {
          id: 'a/key',
          method: 'GET',
          url: `https://cdn.example/?sig=${canary}`,
          headers: { 'x-a': canary },
          signal,
        } as const;
        const got = await rejection(transport.send(request));
        expect([place, got.code ?? (got as Error).name]).toEqual([place, code]);
        expect(everythingOf(got)).not.toContain(canary);
        expect(listeners.size).toBe(0);
      }
    }
  });

  it('an abort beats what the host throws because of it', async () => {
    const aborting = new AbortController();
    const send = scripted(() => {
      aborting.abort(new RangeError('enough'));
      throw new Error('aborted');
    });
    expect(await outcomeOf(send({ signal: aborting.signal }))).toBe('RangeError');
  });

  it('a listener of the caller that throws does not leave the request hanging', async () => {
    const onProgress = (): void => {
      throw new ReelwayError('INTERNAL');
    };
    const send = scripted((xhr) => xhr.answer(200));
    expect(await outcomeOf(send({ method: 'PUT', body: bytesBody(patternBytes(1)), onProgress }))).toBe('INTERNAL');
  });

  it('a host without XMLHttpRequest is told at once', () => {
    expect(() => xhrTransport()).toThrow(TypeError);
  });
});
