/** What the tests of the wrappers share. */
import { expect } from 'vitest';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } from '../../../adapters/memory/index.js';
import { createFaultPlan, type FaultRule, faultyBlobStore, faultyFileSystem, faultyKeyValueStore } from '../../../src/conformance/index.js';
import type { BlobStore, Clock } from '../../../src/ports/index.js';
import { gathered } from '../plants/good-blob-store.js';
import { turns } from '../plants/plant.js';

export const PLAIN = { contentType: 'application/octet-stream' };
export const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);

/** A clock that is moved by hand. */
function handClock(): Pick<Clock, 'after'> & { pass(): Promise<void>; readonly waits: number[] } {
  let due: { delayMs: number; run: () => void }[] = [];
  return {
    get waits() {
      return due.map(({ delayMs }) => delayMs);
    },
    after(delayMs, run) {
      const wait = { delayMs, run };
      due.push(wait);
      return () => {
        due = due.filter((other) => other !== wait);
      };
    },
    async pass() {
      for (const { run } of due.splice(0)) run();
      await turns(50);
    },
  };
}

/** A signal that is pulled by hand. */
export function handSignal() {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_type: 'abort', listener: () => void) => listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: () => void) => listeners.delete(listener),
  };
  return {
    signal,
    listeners,
    abort: (reason: unknown) => {
      signal.aborted = true;
      signal.reason = reason;
      for (const listener of [...listeners]) listener();
    },
  };
}

export function keyValueStore(...rules: FaultRule[]) {
  const inner = memoryKeyValueStore();
  const clock = handClock();
  const plan = createFaultPlan({ rules, clock, keepLog: true });
  return { inner, clock, plan, store: faultyKeyValueStore(inner, plan) };
}

export function blobStore(...rules: FaultRule[]) {
  const inner = memoryBlobStore();
  const clock = handClock();
  const plan = createFaultPlan({ rules, clock, keepLog: true });
  return { inner, clock, plan, store: faultyBlobStore(inner, plan) };
}

export async function fileSystem(...rules: FaultRule[]) {
  const inner = memoryFileSystem();
  await inner.makeDirectory('/d');
  const seed = await inner.create('/d/file');
  await seed.write(BYTES);
  await seed.close();
  const plan = createFaultPlan({ rules, keepLog: true });
  return { inner, plan, store: faultyFileSystem(inner, plan) };
}

export async function readBlob(store: BlobStore, key: string): Promise<Uint8Array> {
  return gathered(await store.get(key));
}

export const rejection = (code: string): object => ({ name: 'ReelwayError', code });

export function bitsApart(one: Uint8Array, two: Uint8Array): number {
  expect(one).toHaveLength(two.length);
  return one.reduce((sum, byte, index) => sum + ((byte ^ (two[index] ?? 0)).toString(2).match(/1/g)?.length ?? 0), 0);
}
