/** Requests, files and signals for the tests of Node's HTTP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AbortSignalLike, BlobBody, HttpRequest, HttpTransport } from '../../../../src/ports/index.js';
import { readAll } from '../../http/support/loopback.js';

export const MIB = 1_048_576;

export function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { id: 'a/key', method: 'GET', url, headers: {}, ...more };
}

export function put(url: string, body: BlobBody, more: Partial<HttpRequest> = {}): HttpRequest {
  return { id: 'a/key', method: 'PUT', url, headers: {}, body, ...more };
}

export async function textOf(transport: HttpTransport, request: HttpRequest): Promise<string> {
  const reply = await transport.send(request);
  return `${reply.status} ${new TextDecoder().decode(await readAll(reply.body))}`;
}

export function freshFile(bytes: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'reelway-transport-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a file');
  writeFileSync(path, bytes);
  return path;
}

/** A signal that counts who listens. */
export function countedSignal(): { readonly signal: AbortSignalLike; abort(): void; readonly listeners: Set<() => void> } {
  const listeners = new Set<() => void>();
  const state = { aborted: false, reason: undefined as unknown };
  return {
    listeners,
    abort: () => {
      state.aborted = true;
      state.reason = new RangeError('enough');
      for (const listener of [...listeners]) listener();
    },
    signal: {
      get aborted() {
        return state.aborted;
      },
      get reason() {
        return state.reason;
      },
      addEventListener: (_type, listener) => listeners.add(listener),
      removeEventListener: (_type, listener) => listeners.delete(listener),
    },
  };
}
