/** The suite without a test runner: for a screen of your app on a real device, where the real adapter lives. */
import { blobStoreSuite, runSuite } from 'reelway/conformance';
import { ToyCloud } from './toy-cloud.mjs';
import { toyCloudBlobStore } from './toy-cloud-blob-store.mjs';

/**
 * @param {(line: string) => void} show
 */
export async function selfTest(show) {
  const create = async () => ({ blobStore: toyCloudBlobStore({ client: new ToyCloud() }) });
  const results = await runSuite((test) => blobStoreSuite({ name: 'toy cloud', test, create }), {
    onResult: ({ outcome, name, message }) => show(`${outcome}: ${outcome === 'failed' ? message : name}`),
  });
  return results.every(({ outcome }) => outcome !== 'failed');
}
