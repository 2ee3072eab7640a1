/** The core and the engines compile without any host: a global that some host lacks is a compile error. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { DOORS } from '../../.config/doors.mjs';
import { plantTree, ROOT } from './planted-tree.js';

const PHONE = join(ROOT, '.config/tsconfig.phone.json');
const CONFIG = join(ROOT, '.config/tsconfig.host-free.json');

function config(file = CONFIG): ts.ParsedCommandLine {
  const parsed = ts.getParsedCommandLineOfConfigFile(file, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
    },
  });
  if (parsed === undefined) throw new Error(`${file} cannot be read`);
  return parsed;
}

/** Compiles one file per snippet, beside the host's declarations; the names whose file has an error. */
function refused(snippets: { readonly [name: string]: string }): string[] {
  const files = Object.entries(snippets).map(([name, code]) => [`${name}.ts`, `export const planted = () => ${code};`]);
  const folder = plantTree(Object.fromEntries(files));
  const host = join(ROOT, 'src/internal/host.d.ts');
  const roots = Object.keys(snippets).map((name) => join(folder, `${name}.ts`));
  const program = ts.createProgram([host, ...roots], { ...config().options, typeRoots: [] });
  const errors = ts.getPreEmitDiagnostics(program);
  expect(errors.filter((error) => error.file === undefined)).toEqual([]);
  return [...new Set(errors.map((error) => relative(folder, error.file?.fileName ?? '').replace(/\.ts$/, '')))];
}

/** What phones, browsers, workers or Node lack; each is an expression that is fine on some host. */
const FOREIGN = {
  Buffer: 'Buffer.alloc(1)',
  window: 'window.innerWidth',
  document: 'document.title',
  navigator: 'navigator.onLine',
  process: 'process.env',
  global: 'global',
  require: "require('fs')",
  fetch: "fetch('x')",
  XMLHttpRequest: 'new XMLHttpRequest()',
  URL: "new URL('https://example.org')",
  Blob: 'new Blob([])',
  File: "new File([], 'x')",
  FileReader: 'new FileReader()',
  ReadableStream: 'new ReadableStream()',
  crypto: 'crypto.subtle',
  performance: 'performance.now()',
  structuredClone: 'structuredClone(1)',
  queueMicrotask: 'queueMicrotask(() => undefined)',
  setInterval: 'setInterval(() => undefined, 1)',
  setImmediate: 'setImmediate(() => undefined)',
  localStorage: 'localStorage.length',
  console: 'console.log(1)',
  atob: "atob('')",
  TextEncoder: 'new TextEncoder()',
  TextDecoder: 'new TextDecoder()',
  AbortController: 'new AbortController()',
  AbortSignalAny: 'AbortSignal.any([])',
  DOMException: 'new DOMException()',
  WeakRef: 'new WeakRef({})',
  WebAssembly: 'WebAssembly',
  SharedArrayBufferWait: 'Atomics.waitAsync',
  arrayAt: '[1].at(0)',
  toSorted: '[1].toSorted()',
  findLast: '[1].findLast(Boolean)',
  replaceAll: "'a'.replaceAll('a', 'b')",
  hasOwn: "Object.hasOwn({}, 'a')",
  errorCause: "new Error('a', { cause: 1 })",
  promiseAny: 'Promise.any([])',
};

const ALLOWED = {
  promise: 'Promise.allSettled([Promise.resolve(1)])',
  bytes: 'new DataView(new Uint8Array(8).buffer).getBigUint64(0)',
  timers: 'clearTimeout(setTimeout(() => undefined, 0))',
  collections: 'new Map<string, Set<number>>()',
  syntax: '(async () => { for await (const piece of [Promise.resolve(1)]) return piece ?? Symbol.iterator; return 0n; })()',
};

describe('the host-free compile', () => {
  it('refuses every global and method that some host lacks', () => {
    expect(refused(FOREIGN).sort()).toEqual(Object.keys(FOREIGN).sort());
  });

  it('lets through what every host has', () => {
    expect(refused(ALLOWED)).toEqual([]);
  });

  it('takes in all of src but the command line and the testing door', () => {
    const covered = new Set(config().fileNames.map((file) => relative(ROOT, file)));
    const all = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/^(cli|testing)\//.test(file))
      .map((file) => `src/${file}`);
    expect([...covered].sort()).toEqual(all.sort());
  });

  it('finds no error in them', { timeout: 300_000 }, () => {
    const { fileNames, options } = config();
    const errors = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    expect(errors.map((error) => `${error.file?.fileName}: ${ts.flattenDiagnosticMessageText(error.messageText, ' ')}`)).toEqual([]);
  });

  it('takes in the adapters of every door for phones, with the same library', () => {
    const { fileNames, options } = config(PHONE);
    const rooms = fileNames.map((file) => relative(ROOT, file)).filter((file) => file.startsWith('adapters/'));
    const expected = DOORS.filter(({ phone, entry }) => phone && entry.startsWith('adapters/')).map(({ entry }) => entry.split('/')[1]);
    expect([...new Set(rooms.map((file) => file.split('/')[1]))].sort()).toEqual(expected.sort());
    expect([options.lib, options.types]).toEqual([config().options.lib, []]);
  });
});
