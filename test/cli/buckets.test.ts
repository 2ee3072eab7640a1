/** What a state directory remembers of buckets, by releases of every age. */
import { describe, expect, it } from 'vitest';
import { memoryKeyValueStore } from '../../adapters/memory/index.js';
import { type BucketLocation, bucketName, scopeOf } from '../../src/cli/buckets/bucket-location.js';
import { knownBuckets, rememberBucket } from '../../src/cli/buckets/known-buckets.js';

const DIRECTORY: BucketLocation = { url: 'file:///clips/bucket' };
const SERVER: BucketLocation = {
  url: 's3://videos/app/',
  endpoint: 'http://127.0.0.1:7480',
  pathStyle: true,
  region: 'eu-west-1',
  profile: 'team',
};

async function remembering(...places: readonly BucketLocation[]) {
  const store = memoryKeyValueStore();
  for (const place of places) await rememberBucket(store, place);
  return { store, known: (await knownBuckets(store)).places };
}

describe('the buckets of a state directory', () => {
  it('are found again with the way there', async () => {
    expect((await remembering(SERVER, DIRECTORY)).known).toEqual([DIRECTORY, SERVER]);
  });

  it('are the same ones by another way, of which the last is kept', async () => {
    const { url, endpoint = '' } = SERVER;
    expect((await remembering(SERVER, { url, endpoint, region: 'us-east-1' })).known).toEqual([{ url, endpoint, region: 'us-east-1' }]);
  });

  it('are others on another server', async () => {
    const { url } = SERVER;
    const amazon: BucketLocation = { url, region: 'eu-west-1' };
    const { known } = await remembering(SERVER, amazon, { ...SERVER, endpoint: 'http://127.0.0.1:7481' });
    expect(known.map(bucketName)).toEqual([url, `${url} at http://127.0.0.1:7480`, `${url} at http://127.0.0.1:7481`]);
  });

  it('of directories are written as they always were', async () => {
    const { store } = await remembering(DIRECTORY);
    const [key = ''] = await store.keys('');
    expect(key).toBe(`cli/bucket/${scopeOf(DIRECTORY)}`);
    expect(await store.get(key)).toBe('{"version":1,"url":"file:///clips/bucket"}');
  });

  it.each([
    '',
    'null',
    '7',
    '{"version":3,"url":"s3://videos/"}',
    '{"version":2,"url":7}',
    '{"version":2,"url":"s3://others/"}',
    JSON.stringify({ version: 2, ...SERVER, endpoint: 'http://127.0.0.1:7481' }),
  ])('that cannot be read are told, and left alone: %s', async (record) => {
    const { store } = await remembering(DIRECTORY);
    const key = `cli/bucket/${scopeOf(SERVER)}`;
    await store.set(key, record);
    const { places, damaged } = await knownBuckets(store);
    expect(places).toEqual([DIRECTORY]);
    expect(damaged.map(({ code, context }) => [code, context.key])).toEqual([['QUEUE_RECORD_CORRUPT', key]]);
    expect(await store.get(key)).toBe(record);
  });
});
