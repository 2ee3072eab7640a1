/** Traps of native modules: each is checked on our adapter, and on a naive one that must fall into it. */
import { expect, it } from 'vitest';
import type { FileSystem } from '../../../src/ports/index.js';

/** One trap. */
export interface Trap<Phone> {
  readonly name: string;
  /** A phone on which the trap is set. */
  readonly phone: () => Phone;
  /** Rejects where somebody has fallen into it. */
  readonly check: (fileSystem: FileSystem, phone: Phone) => Promise<void>;
  /** What somebody writes who does not know of it. */
  readonly naive: (phone: Phone, good: FileSystem) => Partial<FileSystem>;
}

/** Registers two tests for each trap. */
export function registerTraps<Phone>(traps: readonly Trap<Phone>[], make: (phone: Phone) => FileSystem): void {
  it.each(traps.map((trap) => [trap.name, trap] as const))('is not caught: %s', async (_name, { phone, check }) => {
    const set = phone();
    await check(make(set), set);
  });

  it.each(traps.map((trap) => [trap.name, trap] as const))('catches a naive adapter: %s', async (_name, { phone, check, naive }) => {
    const set = phone();
    const good = make(set);
    await expect(check({ ...good, ...naive(set, good) }, set)).rejects.toThrow();
  });
}

/** A handle whose `readInto` is the given one. */
export function readingBy(readInto: (buffer: Uint8Array, position: number) => Promise<number>): Awaited<ReturnType<FileSystem['open']>> {
  return { readInto, close: async () => undefined };
}

/** A handle whose `write` is the given one. */
export function writingBy(write: (bytes: Uint8Array) => Promise<void>): Awaited<ReturnType<FileSystem['create']>> {
  return { write, close: async () => undefined };
}

/** Bytes from base64, as nobody should rely on. */
export function decoded(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** Base64 of bytes. */
export function encoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Reads a whole file through a port. */
export async function readAll(fileSystem: FileSystem, path: string, pieceBytes = 65_536): Promise<Uint8Array> {
  const handle = await fileSystem.open(path);
  const pieces: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const buffer = new Uint8Array(pieceBytes);
    const count = await handle.readInto(buffer, at);
    if (count === 0) break;
    // A count that is none would have this go on for ever.
    expect(count, 'the count of a read').toBeGreaterThan(0);
    expect(count, 'the count of a read').toBeLessThanOrEqual(pieceBytes);
    pieces.push(buffer.subarray(0, count));
    at += count;
  }
  await handle.close();
  return new Uint8Array(Buffer.concat(pieces));
}

/** Writes a whole file through a port. */
export async function writeAll(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await fileSystem.create(path);
  await handle.write(bytes);
  await handle.close();
}

/** Expects the same bytes; a runner's own comparison takes seconds for a MiB. */
export function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected), 'how the bytes compare').toBe(0);
}
