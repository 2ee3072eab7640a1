/** A process that dies before or after its n-th operation, for every n; the next one brings the video home. */
import { describe, expect, it } from 'vitest';
import { createTestPorts, type TestPorts } from '../../src/testing/index.js';
import { type PublishRequest, rawPackaging } from '../../src/upload/index.js';
import { engineOn, isWhole, MANIFEST, scripted } from './support.js';

const SEGMENTS = 8;
const SEGMENT_BYTES = 2_000;
const BYTES = SEGMENTS * SEGMENT_BYTES - 100;
const packaging = rawPackaging({ segmentBytes: SEGMENT_BYTES });

/** The same ports, dying at the n-th operation of any of them. */
function dying(
  ports: TestPorts,
  when: 'before' | 'after',
  nth: number,
): { readonly ports: TestPorts; readonly died: Promise<void>; count(): number } {
  let count = 0;
  let isDead = false;
  let die = (): void => undefined;
  const died = new Promise<void>((resolve) => {
    die = () => {
      isDead = true;
      resolve();
    };
  });
  const never = (): Promise<never> => new Promise(() => undefined);
  const call = async (run: () => unknown): Promise<unknown> => {
    count += 1;
    const isLast = count === nth;
    if (isLast && when === 'before') die();
    if (isDead) return never();
    const answer = await run();
    if (isLast) die();
    if (isDead) return never();
    return isHandle(answer) ? wrap(answer) : answer;
  };
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): Promise<unknown> => (isDead ? never() : call(() => Reflect.apply(member, target, args)));
      },
    });
  return {
    ports: { ...ports, fileSystem: wrap(ports.fileSystem), keyValueStore: wrap(ports.keyValueStore), blobStore: wrap(ports.blobStore) },
    died,
    count: () => count,
  };
}

function isHandle(answer: unknown): answer is object {
  return typeof answer === 'object' && answer !== null && ['readInto', 'next', 'write'].some((name) => name in answer);
}

/** One upload that dies at the n-th operation and is taken up. Resolves with how many operations an undisturbed one takes. */
async function upload(
  when: 'before' | 'after',
  nth: number,
  staging: 'copy' | 'reference' = 'reference',
): Promise<{ readonly operations: number; readonly resent: number; readonly keys: Set<string> }> {
  const more = { packaging, stagingDirectory: '/own' };
  const first = createTestPorts();
  await first.addFile('/a.mp4', BYTES);
  const mortal = dying(first, when, nth);
  const published = new Set<string>();
  const publish = async ({ idempotencyKey }: PublishRequest): Promise<void> => void published.add(idempotencyKey);
  const engine = engineOn(mortal.ports, { publish, ...more });
  const life = (async () => {
    await engine.start();
    const handle = await engine.add('/a.mp4', {}, { videoId: 'a', staging });
    await handle.completed();
  })();
  await first.clock.runUntil(Promise.race([life, mortal.died]));
  const ports = first.restart();
  const stored = (await ports.blobKeys()).filter((key) => !MANIFEST.test(key)).length;
  const store = scripted(ports.blobStore, () => undefined);
  const next = engineOn(ports, { blobStore: store, publish, ...more });
  await next.start();
  if (next.list().length === 0) await next.add('/a.mp4', {}, { videoId: 'a', staging });
  await ports.clock.runUntil(next.idle());
  expect(next.list().map(({ status }) => status)).toEqual(['completed']);
  expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  for (const folder of await ports.fileSystem.list('/own')) expect(await ports.fileSystem.list(`/own/${folder}`)).toEqual([]);
  const puts = store.asked.filter(({ method, key }) => method === 'put' && !MANIFEST.test(key)).length;
  await next.stop();
  expect(ports.clock.pendingTimers()).toBe(0);
  return { operations: mortal.count(), resent: puts + stored - SEGMENTS, keys: published };
}

describe('a process that is killed', () => {
  it.each(['before', 'after'] as const)('%s its n-th operation, for every n, ends with one whole video', async (when) => {
    const { operations } = await upload(when, 1_000_000);
    expect(operations).toBeGreaterThan(40);
    for (let nth = 1; nth <= operations; nth += 1) {
      const { resent, keys } = await upload(when, nth);
      expect(resent, `operation ${nth}`).toBeLessThanOrEqual(3);
      expect(keys.size, `operation ${nth}`).toBe(1);
    }
  });

  it.each(['before', 'after'] as const)('%s its n-th operation, for every n, leaves no copy of its source behind', async (when) => {
    const { operations } = await upload(when, 1_000_000, 'copy');
    expect(operations).toBeGreaterThan(60);
    for (let nth = 1; nth <= operations; nth += 1) {
      const { resent, keys } = await upload(when, nth, 'copy');
      expect(resent, `operation ${nth}`).toBeLessThanOrEqual(3);
      expect(keys.size, `operation ${nth}`).toBe(1);
    }
  });

  it('again and again still gets there, sending at most the window anew each time', async () => {
    let ports = createTestPorts();
    await ports.addFile('/a.mp4', 20 * SEGMENT_BYTES);
    const first = engineOn(ports, { packaging });
    await first.start();
    const id = await first.addToUploadQueue('/a.mp4', {}, { videoId: 'a' });
    let puts = 0;
    let lives = 0;
    for (let isDone = false; !isDone; lives += 1) {
      ports = ports.restart();
      const mortal = dying(ports, 'after', 29 + lives);
      const store = scripted(mortal.ports.blobStore, () => undefined);
      const engine = engineOn({ ...mortal.ports, blobStore: store }, { packaging });
      const life = (async () => {
        await engine.start();
        await engine.get(id).completed();
        return true;
      })();
      isDone = await ports.clock.runUntil(Promise.race([life, mortal.died.then(() => false)]));
      puts += store.asked.filter(({ method, key }) => method === 'put' && !MANIFEST.test(key)).length;
    }
    expect(lives).toBeGreaterThan(3);
    expect(puts).toBeLessThanOrEqual(20 + 3 * lives);
    expect(await isWhole(ports, 'a', '/a.mp4')).toBe(true);
  });
});
