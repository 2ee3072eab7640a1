/** The screen that tries the app's own adapters: good ones pass, and a bad one is named by the clause that it breaks. */
import { fireEvent, screen } from '@testing-library/react-native';
import type { KeyValueStore, ReadHandle } from 'reelway';
import { memoryBlobStore, memoryFileSystem, memoryKeyValueStore } from 'reelway/memory';
import { reportText, runSelfTest, type SelfTestReport, type SelfTestTargets } from '../src/reels/self-test';
import { createPhone, openApp, press } from './support';

const DEVICE = { os: 'test', reactNative: '0.84.1' };

/** Stores by prefix, as one database and one bucket have them. */
function kept<T>(make: () => T): (prefix: string) => T {
  const known = new Map<string, T>();
  return (prefix) => {
    const store = known.get(prefix) ?? make();
    known.set(prefix, store);
    return store;
  };
}

function goodTargets(): SelfTestTargets {
  return {
    fileSystem: memoryFileSystem(),
    directory: '/data/containers/1B2C/self-test',
    keyValueStore: kept(() => memoryKeyValueStore()),
    blobStore: kept(() => memoryBlobStore()),
  };
}

/** Gives out records of other prefixes too. */
function careless(store: KeyValueStore): KeyValueStore {
  return { ...store, keys: () => store.keys('') };
}

describe('the self-test', () => {
  it('passes over good adapters, and leaves nothing behind', async () => {
    const targets = goodTargets();
    const report = await runSelfTest(targets, { device: DEVICE });
    expect(report.failures).toEqual([]);
    expect(report.counts.files.passed).toBeGreaterThan(30);
    expect(report.counts.records.passed).toBeGreaterThan(15);
    expect(report.counts.bucket.passed).toBeGreaterThan(40);
    expect(report.journey).toEqual({
      bytes: 2_625_761,
      uploadMs: expect.any(Number),
      fetchMs: expect.any(Number),
      longestPauseMs: expect.any(Number),
    });
    expect(reportText(report)).toMatch(/journey: 2\.6 MB up in \d+\.\d s and back in \d+\.\d s, JavaScript busy for at most \d+ ms/);
    expect(await targets.fileSystem.stat(targets.directory)).toBeUndefined();
  });

  it('names the clause that a bad adapter breaks, and no folder of the device', async () => {
    const targets = goodTargets();
    const report = await runSelfTest(
      {
        ...targets,
        keyValueStore: (prefix) => careless(targets.keyValueStore(prefix)),
        fileSystem: { ...targets.fileSystem, rename: async () => undefined },
      },
      { device: DEVICE },
    );
    expect(report.failures.filter(({ port }) => port === 'records').map(({ clause }) => clause)).toContain('kv.keys.prefix');
    expect(report.counts.files.failed).toBeGreaterThan(0);
    expect(report.counts.bucket.failed).toBe(0);
    expect(JSON.stringify(report)).not.toContain('1B2C');
  });

  it('gives up a test that never ends', async () => {
    const targets = goodTargets();
    const hanging = { ...targets.keyValueStore('x'), get: () => new Promise<string>(() => undefined) };
    const clock = { wallMs: () => 0, after: (_ms: number, run: () => void) => hostSoon(run) };
    const report = await runSelfTest({ ...targets, keyValueStore: () => hanging }, { device: DEVICE, clock });
    expect(report.counts.records.failed).toBeGreaterThan(0);
    expect(report.failures[0]?.message).toContain('did not settle');
    expect(report.journey.problem).toBe('it did not end within 600 s');
  });

  it('notices that another video comes back than went up', async () => {
    const targets = goodTargets();
    const { open } = targets.fileSystem;
    // A file system that gives wrong bytes of the made-up video, always the same ones, so that no hash shows it.
    const lying = {
      ...targets.fileSystem,
      open: async (path: string) => (path.endsWith('back.mp4') ? wrong(await open(path)) : open(path)),
    };
    const report = await runSelfTest({ ...targets, fileSystem: lying }, { device: DEVICE });
    expect(report.journey.problem).toContain('differs at byte 0');
  });

  it('shows and shares what it found', async () => {
    const phone = await createPhone();
    const shared: string[] = [];
    const targets = goodTargets();
    const bad = { ...targets, keyValueStore: (prefix: string) => careless(targets.keyValueStore(prefix)) };
    const share = async (text: string): Promise<void> => void shared.push(text);
    await openApp(phone, { selfTest: { targets: bad, device: DEVICE, share } });
    await press(phone, 'Self-test');
    fireEvent.press(screen.getByRole('button', { name: 'Start the test' }));
    await screen.findByText(/of \d+ tests failed/, {}, { timeout: 30_000 });
    expect(screen.getByText(/records: kv\.keys\.prefix/)).toBeTruthy();
    await press(phone, 'Share the report');
    expect(shared[0]).toContain('os: test');
    const json = JSON.parse(shared[0]?.slice(shared[0].lastIndexOf('\n{')) ?? '') as SelfTestReport;
    expect(json.format).toBe('reelway-self-test/1');
    expect(shared[0]).toBe(reportText(json));
  });
});

function wrong(handle: ReadHandle): ReadHandle {
  return { close: () => handle.close(), readInto: async (buffer, position) => flip(buffer, await handle.readInto(buffer, position)) };
}

function flip(buffer: Uint8Array, count: number): number {
  buffer[0] = 255 - (buffer[0] ?? 0);
  return count;
}

/** After all that is due has settled. */
function hostSoon(run: () => void): () => void {
  const timer = setTimeout(run, 50);
  return () => clearTimeout(timer);
}
