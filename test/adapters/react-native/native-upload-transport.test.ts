import { describe, expect, test, vi } from 'vitest';
import { type NativeUploaderLike, nativeUploadTransport } from '../../../adapters/react-native/index.js';
import { isReelwayError } from '../../../src/errors/index.js';
import type { AbortSignalLike, HttpRequest } from '../../../src/ports/index.js';
import { createUploaderPhone, type UploaderOptions, type UploaderPhone } from '../../fakes/background-uploader.js';
import { createBucket, ORIGIN, uploaderOf } from './support.js';

const FILE = new Uint8Array(1_000).fill(7);
const PLATFORMS = ['ios', 'android'] as const;

type Answer = ReturnType<UploaderOptions['server']>;

function phoneWith(
  platform: 'ios' | 'android',
  answer: Answer | UploaderOptions['server'] = { status: 200 },
  files = new Map([['/staged/a b%', FILE]]),
) {
  const server = vi.fn(typeof answer === 'function' ? answer : () => answer);
  const phone = createUploaderPhone({ platform, server, read: async (path) => files.get(path) });
  const foreground = createBucket().transport;
  const launch = () => {
    const lib = uploaderOf(phone.launch());
    return { lib, transport: nativeUploadTransport({ lib, foreground }) };
  };
  return { phone, server, foreground, launch };
}

function request(more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    id: 'v/1/0',
    method: 'PUT',
    url: `${ORIGIN}v/1/0?signature=secret`,
    headers: { 'content-type': 'video/mp4', 'x-amz-meta-a': '1' },
    body: { kind: 'file', sizeBytes: FILE.length, path: '/staged/a b%' },
    ...more,
  };
}

/** Lets everything happen that needs no time. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends, and lets the phone carry it once it is under way. */
async function carried<T>(phone: UploaderPhone, sent: Promise<T>): Promise<T> {
  await turns();
  await vi.waitFor(() => expect(phone.underWay()).not.toEqual([]));
  await phone.carryAll();
  return sent;
}

async function textOf(reply: { readonly body: { next(): Promise<Uint8Array | undefined> } }): Promise<string> {
  let text = '';
  for (let piece = await reply.body.next(); piece !== undefined; piece = await reply.body.next()) text += String.fromCharCode(...piece);
  return text;
}

describe.each(PLATFORMS)('on %s', (platform) => {
  test('a file is put as it is, by its plain path, with its headers and its type', async () => {
    const { phone, server, launch } = phoneWith(platform);
    const { transport } = launch();
    const onProgress = vi.fn();
    const sent = transport.send(request({ body: { kind: 'file', sizeBytes: 1_000, path: 'file:///staged/a%20b%25' }, onProgress }));
    await vi.waitFor(() => expect(phone.underWay()).toEqual(['reelway:v/1/0']));
    phone.progress(400);
    phone.progress(1_200);
    await phone.carryAll();
    const reply = await sent;
    expect(reply.status).toBe(200);
    expect([reply.url, reply.header('etag')]).toEqual(['', undefined]);
    expect(onProgress.mock.calls).toEqual([[400], [1_000]]);
    const seen = server.mock.calls[0]?.[0];
    expect(seen).toMatchObject({ method: 'PUT', url: `${ORIGIN}v/1/0?signature=secret`, body: FILE });
    expect(seen?.headers).toMatchObject({ 'content-type': 'video/mp4', 'x-amz-meta-a': '1' });
  });

  test('an answer outside 2xx is a reply with its text, whichever way the platform tells it', async () => {
    const { phone, launch } = phoneWith(platform, { status: 403, text: '<Error><Code>AccessDenied</Code></Error> - and more' });
    const reply = await carried(phone, launch().transport.send(request()));
    expect(reply.status).toBe(403);
    expect(await textOf(reply)).toBe('<Error><Code>AccessDenied</Code></Error> - and more');
  });

  test.each([
    ['unreachable', 'NETWORK'],
    ['timeout', 'TIMEOUT'],
  ] as const)('a server that is %s is %s, without a word of the address', async (answer, code) => {
    const { phone, launch } = phoneWith(platform, answer);
    const failure: unknown = await carried(phone, launch().transport.send(request())).catch((error: unknown) => error);
    expect(isReelwayError(failure) && failure.code).toBe(code);
    expect(JSON.stringify(failure) + String(failure)).not.toContain('signature');
  });

  test('a file that is gone is FILE_NOT_FOUND', async () => {
    const { phone, launch } = phoneWith(platform, { status: 200 }, new Map());
    await expect(carried(phone, launch().transport.send(request()))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('an abort ends the upload natively before it settles, with its reason', async () => {
    const { phone, server, launch } = phoneWith(platform);
    const controller = new AbortController();
    const sent = launch().transport.send(request({ signal: controller.signal as AbortSignalLike }));
    await vi.waitFor(() => expect(phone.underWay()).toHaveLength(1));
    controller.abort('enough');
    await expect(sent).rejects.toBe('enough');
    expect(phone.underWay()).toEqual([]);
    await phone.carryAll();
    expect(server).not.toHaveBeenCalled();
  });

  test('an abort before it begins sends nothing', async () => {
    const { phone, launch } = phoneWith(platform);
    const signal = { aborted: true, addEventListener: () => undefined, removeEventListener: () => undefined };
    await expect(launch().transport.send(request({ signal }))).rejects.toMatchObject({ code: 'ABORTED' });
    expect(phone.underWay()).toEqual([]);
  });

  test('an abort while another upload under the same id is stopped begins none', async () => {
    const { phone, launch } = phoneWith(platform);
    const { lib, transport } = launch();
    void transport.send(request()).catch(() => undefined);
    await vi.waitFor(() => expect(phone.underWay()).toHaveLength(1));
    const begun = vi.spyOn(lib, 'createUploadTask');
    const controller = new AbortController();
    const other = { kind: 'file', sizeBytes: 10, path: '/staged/b' } as const;
    const sent = transport.send(request({ body: other, signal: controller.signal as AbortSignalLike }));
    // The other upload has been asked to stop, and has not stopped yet.
    await Promise.resolve();
    await Promise.resolve();
    controller.abort('enough');
    await expect(sent).rejects.toBe('enough');
    expect(begun).not.toHaveBeenCalled();
    expect(phone.underWay()).toEqual([]);
  });

  test('pending names what is under way here, and only ours', async () => {
    const { phone, launch } = phoneWith(platform);
    const { transport, lib } = launch();
    expect(await transport.pending?.()).toEqual([]);
    lib
      .createUploadTask({ id: 'the-apps-own', url: ORIGIN, source: '/x', method: 'PUT', headers: {}, mimeType: 'a/b', metadata: {} })
      .start();
    const sent = [transport.send(request()), transport.send(request({ id: 'v/1/1' }))];
    await vi.waitFor(() => expect(phone.underWay()).toHaveLength(3));
    expect((await transport.pending?.())?.sort()).toEqual(['v/1/0', 'v/1/1']);
    await phone.carryAll();
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await transport.pending?.()).toEqual([]);
  });
});

describe('after a kill', () => {
  test('iOS goes on: the next process names it, joins it, and hears its end', async () => {
    const { phone, server, launch } = phoneWith('ios');
    void launch().transport.send(request());
    await vi.waitFor(() => expect(phone.underWay()).toHaveLength(1));
    const { transport } = launch();
    expect(await transport.pending?.()).toEqual(['v/1/0']);
    const onProgress = vi.fn();
    const sent = transport.send(request({ onProgress }));
    await turns();
    expect(phone.underWay()).toEqual(['reelway:v/1/0']);
    phone.progress(10);
    await phone.carryAll();
    expect((await sent).status).toBe(200);
    expect(onProgress).toHaveBeenCalledWith(10);
    expect(server).toHaveBeenCalledTimes(1);
  });

  test('iOS finishes while nobody listens, and then names nothing', async () => {
    const { phone, server, launch } = phoneWith('ios');
    void launch().transport.send(request());
    await vi.waitFor(() => expect(phone.underWay()).toHaveLength(1));
    phone.kill();
    await phone.carryAll();
    expect(server).toHaveBeenCalledTimes(1);
    expect(await launch().transport.pending?.()).toEqual([]);
  });

  test('another file under the same id is no upload to join: the old one is ended', async () => {
    const files = new Map([
      ['/staged/a b%', FILE],
      ['/staged/b', FILE.subarray(0, 10)],
    ]);
    const { phone, server, launch } = phoneWith('ios', { status: 200 }, files);
    void launch().transport.send(request());
    await vi.waitFor(() => expect(phone.underWay()).toHaveLength(1));
    const { transport } = launch();
    await transport.pending?.();
    const reply = await carried(phone, transport.send(request({ body: { kind: 'file', sizeBytes: 10, path: '/staged/b' } })));
    expect(reply.status).toBe(200);
    expect(server.mock.calls.map(([{ body }]) => body.length)).toEqual([10]);
  });

  test('Android ends with the process: nothing is pending, its description is cleared away, and the file is put anew', async () => {
    const { phone, server, launch } = phoneWith('android');
    void launch().transport.send(request());
    await vi.waitFor(() => expect(phone.underWay()).toHaveLength(1));
    const { transport, lib } = launch();
    expect(phone.underWay()).toEqual([]);
    expect(await lib.getExistingUploadTasks()).toHaveLength(1);
    expect(await transport.pending?.()).toEqual([]);
    expect(await lib.getExistingUploadTasks()).toEqual([]);
    await carried(phone, transport.send(request()));
    expect(server).toHaveBeenCalledTimes(1);
  });

  test('what ended once is not joined again: the same id may hold other bytes later', async () => {
    const { phone, server, launch } = phoneWith('ios');
    const { transport } = launch();
    await carried(phone, transport.send(request()));
    await carried(phone, transport.send(request()));
    expect(server).toHaveBeenCalledTimes(2);
  });
});

describe('everything else', () => {
  test('goes through the foreground: bytes, questions, and files that are no upload', async () => {
    const { phone, launch, foreground } = phoneWith('ios');
    const { transport } = launch();
    expect(transport.accepts).toEqual(['file', 'bytes']);
    expect(transport.streamsReplies).toBe(true);
    const spy = vi.spyOn(foreground, 'send');
    const bytes = new Uint8Array(3);
    await transport.send(request({ body: { kind: 'bytes', sizeBytes: 3, bytes } }));
    const { body: _body, ...bare } = request();
    await transport.send({ ...bare, method: 'HEAD' });
    expect(spy).toHaveBeenCalledTimes(2);
    expect(phone.underWay()).toEqual([]);
  });

  test("downloads are the foreground's, where it has them", async () => {
    const { foreground, launch } = phoneWith('ios');
    expect(launch().transport.download).toBeUndefined();
    const download = vi.fn(async () => ({ status: 200, url: '', header: () => undefined }));
    const lib = launch().lib;
    const transport = nativeUploadTransport({ lib, foreground: { ...foreground, download } });
    await transport.download?.(request(), '/x');
    expect(download).toHaveBeenCalledTimes(1);
  });

  test('a listing that fails is UNAVAILABLE, and asked again', async () => {
    const { phone, launch, foreground } = phoneWith('ios');
    const { lib } = launch();
    let failures = 2;
    const flaky: NativeUploaderLike = {
      createUploadTask: (options) => lib.createUploadTask(options),
      getExistingUploadTasks: async () => {
        failures -= 1;
        if (failures >= 0) throw Object.assign(new Error('URL session could not be initialized'), { code: 'ERR_SESSION_NIL' });
        return lib.getExistingUploadTasks();
      },
    };
    const transport = nativeUploadTransport({ lib: flaky, foreground });
    await expect(transport.pending?.()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(transport.send(request())).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect((await carried(phone, transport.send(request()))).status).toBe(200);
  });

  test('a header without a value is refused, since the library would drop it from what was signed', async () => {
    const { launch } = phoneWith('ios');
    await expect(launch().transport.send(request({ headers: { 'x-amz-tagging': '' } }))).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  test('mistakes of the caller are told as such', async () => {
    const { launch, foreground } = phoneWith('ios');
    const { lib, transport } = launch();
    expect(() => nativeUploadTransport({ lib: {} as never, foreground })).toThrow(TypeError);
    expect(() => nativeUploadTransport({ lib, foreground: undefined as never })).toThrow(TypeError);
    expect(() => nativeUploadTransport({ lib, foreground, name: 'Not/This' })).toThrow(TypeError);
    await expect(transport.send(request({ url: 'file:///etc/passwd' }))).rejects.toThrow(TypeError);
  });

  test('a task without a word of its size is not joined', async () => {
    const { phone, launch } = phoneWith('ios');
    const first = launch();
    first.lib
      .createUploadTask({
        id: 'reelway:v/1/0',
        url: ORIGIN,
        source: '/staged/a b%',
        method: 'PUT',
        headers: {},
        mimeType: 'a/b',
        metadata: {},
      })
      .start();
    const reply = await carried(phone, first.transport.send(request()));
    expect(reply.status).toBe(200);
  });
});
