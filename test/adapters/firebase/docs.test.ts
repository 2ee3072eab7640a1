/** The page about Firebase: its programs are run as they stand there, over fakes, and its table of errors is the adapter's. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { BlobStore } from '../../../src/ports/index.js';
import { firebasePhone } from '../../fakes/rn-firebase-package.js';
import { sdkWorld, storageError } from './fake-sdk.js';

const PAGE = readFileSync(new URL('../../../docs/firebase.md', import.meta.url), 'utf8');
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The page's programs, in their order. */
const programs = [...PAGE.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');

/** Reelway's doors are its sources, and the rest is handed in. */
function doors(handedIn: readonly string[]): Plugin {
  return {
    name: 'doors',
    setup: (pack) => {
      pack.onResolve({ filter: /^reelway\// }, ({ path }) => ({ path: `${ROOT}adapters/${path.slice('reelway/'.length)}/index.ts` }));
      pack.onResolve({ filter: /^(firebase|@react-native-firebase)\// }, ({ path }) => {
        expect(handedIn).toContain(path);
        return { path, external: true };
      });
    },
  };
}

/** Runs a program with these modules, and gives what it exports. */
async function run(
  program: string,
  modules: { readonly [name: string]: unknown },
): Promise<{ createStore(...given: unknown[]): BlobStore }> {
  const built = await build({
    stdin: { contents: program, resolveDir: ROOT, loader: 'js' },
    ...{ bundle: true, write: false, format: 'cjs', platform: 'neutral', logLevel: 'error' },
    plugins: [doors(Object.keys(modules))],
  });
  const module = { exports: {} };
  new Function('require', 'module', 'exports', built.outputFiles[0]?.text ?? '')((name: string) => modules[name], module, module.exports);
  return module.exports as { createStore(...given: unknown[]): BlobStore };
}

describe('the programs of the page', () => {
  it('are two', () => {
    expect(programs).toHaveLength(2);
  });

  it('make a store over the JavaScript SDK', async () => {
    const { lib, bucket, storage } = sdkWorld();
    const asked: unknown[] = [];
    const getStorage = (app: unknown, url: string): object => {
      asked.push(app, url);
      return storage;
    };
    const modules = { 'firebase/app': { initializeApp: (config: unknown) => config }, 'firebase/storage': { ...lib, getStorage } };
    const { createStore } = await run(programs[0] ?? '', modules);
    const config = { storageBucket: 'clips.example' };
    const store = createStore(config, 'ada');
    expect(asked).toEqual([config, 'gs://clips.example']);
    const body = { kind: 'bytes', sizeBytes: 3, bytes: new Uint8Array(3) } as const;
    await store.put('clip', body, { contentType: 'video/mp4' });
    expect([...bucket.objects.keys()]).toEqual(['users/ada/clip']);
    expect(storage.maxUploadRetryTime).toBe(0);
  });

  it("make a store over React Native's library", async () => {
    const { lib, storage, bucket, disk } = firebasePhone({ platform: 'android' });
    const { createStore } = await run(programs[1] ?? '', { '@react-native-firebase/storage': { ...lib, getStorage: () => storage } });
    const store = createStore('ada');
    disk.append('/clip', new Uint8Array(3));
    await store.put('clip', { kind: 'file', sizeBytes: 3, path: '/clip' }, { contentType: 'video/mp4' });
    expect([...bucket.objects.keys()]).toEqual(['users/ada/clip']);
    expect(store.rangeRead).toBe(true);
  });
});

describe('the table of errors of the page', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` \| `([A-Z_]+)` \| (no|yes|after a sign-in) \|$/gm)];

  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(15);
  });

  it.each(rows.map(([, word = '', code = '', again = '']) => ({ word, code, again })))('$word is $code', async ({ word, code, again }) => {
    const at = sdkWorld();
    at.script.failure = storageError(word);
    const put = at.store.put('clip', { kind: 'bytes', sizeBytes: 0, bytes: new Uint8Array(0) }, { contentType: 'video/mp4' });
    await expect(put).rejects.toMatchObject({ code, retryable: again === 'yes' });
  });
});
