/** Deletes: in batches, singly where the server wants it, all of them before the first failure is told. */
import { describe, expect, test } from 'vitest';
import { failing, sdkError, storeOver } from './fake-client.js';

const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}`);

describe('a batch', () => {
  test('has at most 1,000 keys, each under the prefix', async () => {
    const { store, fake } = storeOver({ deleteObjects: () => ({}), deleteObject: () => ({}) });
    await store.remove(keys(2001));
    const batches = fake.of('deleteObjects').map((input) => input.Delete?.Objects.length);
    expect(batches).toEqual([1000, 1000]);
    expect(fake.of('deleteObjects')[0]?.Delete).toMatchObject({ Quiet: true });
    expect(fake.of('deleteObjects')[1]?.Delete?.Objects[0]).toEqual({ Key: 'app/k1000' });
    // A batch of one is a request of its own kind, which every server knows.
    expect(fake.of('deleteObject')).toEqual([{ Bucket: 'videos', Key: 'app/k2000' }]);
  });

  test('that fails in part rejects with the first failure after all were tried; missing is success', async () => {
    const { store, fake } = storeOver({
      deleteObjects: ({ Delete }: { Delete: { Objects: unknown[] } }) =>
        Delete.Objects.length === 1000
          ? { Errors: [{ Key: 'app/k3', Code: 'NoSuchKey' }, { Key: 'app/k4', Code: 'AccessDenied' }, { Code: 'InternalError' }] }
          : {},
    });
    await expect(store.remove(keys(1002))).rejects.toMatchObject({ code: 'FORBIDDEN', context: { key: 'k4' } });
    expect(fake.of('deleteObjects')).toHaveLength(2);
  });

  test.each([
    ['InternalError', 'UNAVAILABLE'],
    ['SlowDown', 'THROTTLED'],
    ['WhoKnows', 'UNAVAILABLE'],
  ])('whose key fails with %s rejects with %s', async (Code, code) => {
    const { store } = storeOver({ deleteObjects: () => ({ Errors: [{ Key: 'app/k0', Code }] }) });
    await expect(store.remove(keys(2))).rejects.toMatchObject({ code });
  });

  test.each([
    { name: 'MissingContentMD5', status: 400 },
    { name: 'NotImplemented', status: 501 },
  ])('that the server refuses (%j) is deleted one by one, and no batch is tried again', async (facts) => {
    const { store, fake } = storeOver({ deleteObjects: failing(facts), deleteObject: () => ({}) });
    await store.remove(keys(3));
    await store.remove(keys(2));
    expect(fake.of('deleteObjects')).toHaveLength(1);
    expect(fake.of('deleteObject').map(({ Key }) => Key)).toEqual(['app/k0', 'app/k1', 'app/k2', 'app/k0', 'app/k1']);
  });

  test('that fails for another reason stays a batch, and the next one is tried', async () => {
    const { store, fake } = storeOver({ deleteObjects: failing({ name: 'SlowDown', status: 503 }) });
    await expect(store.remove(keys(1500))).rejects.toMatchObject({ code: 'THROTTLED' });
    expect(fake.of('deleteObjects')).toHaveLength(2);
    expect(fake.of('deleteObject')).toEqual([]);
  });
});

describe('one by one', () => {
  test('goes on behind a failure, takes missing for success, and tells the first failure', async () => {
    const { store, fake } = storeOver({
      deleteObjects: failing({ name: 'NotImplemented', status: 501 }),
      deleteObject: ({ Key }: { Key: string }) => {
        if (Key === 'app/k0') throw sdkError({ name: 'NoSuchKey', status: 404 });
        if (Key === 'app/k1') throw sdkError({ name: 'AccessDenied', status: 403 });
        if (Key === 'app/k2') throw sdkError({ name: 'SlowDown', status: 503 });
        return {};
      },
    });
    await expect(store.remove(keys(4))).rejects.toMatchObject({ code: 'FORBIDDEN', context: { key: 'k1' } });
    expect(fake.of('deleteObject')).toHaveLength(4);
  });
});

test('nothing to remove asks nothing', async () => {
  const { store, fake } = storeOver({});
  await store.remove([]);
  expect(fake.calls).toEqual([]);
});

test('an abort is told before the failures that it caused, and sends no more', async () => {
  const controller = new AbortController();
  const { store, fake } = storeOver({
    deleteObjects: () => {
      controller.abort('gone');
      return { Errors: [{ Key: 'app/k0', Code: 'AccessDenied' }] };
    },
  });
  await expect(store.remove(keys(3000), controller.signal)).rejects.toBe('gone');
  expect(fake.of('deleteObjects')).toHaveLength(1);
});
