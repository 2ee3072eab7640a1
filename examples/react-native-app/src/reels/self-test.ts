/**
 * The adapters' contracts, tried on this very device: what no build server can. Runs the conformance suites over the app's own
 * file system, records and bucket, in folders of the test's own, and makes a report that a person can send.
 */
import type { BlobStore, Clock, FileSystem, KeyValueStore } from 'reelway';
import {
  blobStoreSuite,
  fileSystemSuite,
  type KeyValueStoreFixture,
  keyValueStoreSuite,
  runSuite,
  type SuiteResult,
  type TestFunction,
} from 'reelway/conformance';
import { type Journey, PauseMeter, runJourney } from './self-test-journey';
import { bytesInWords } from './words';

/** The app's own adapters. Records and blobs are made anew for each test, below a prefix of its own. */
export interface SelfTestTargets {
  readonly fileSystem: FileSystem;
  /** A folder of the app's own; everything below it is removed. */
  readonly directory: string;
  readonly keyValueStore: (prefix: string) => KeyValueStore;
  readonly blobStore: (prefix: string) => BlobStore;
}

export interface SelfTestOptions {
  /** What the report says of the device, such as `{ os: 'android 15', reactNative: '0.84.1' }`. Nothing personal. */
  readonly device: { readonly [name: string]: string };
  readonly onResult?: (line: SelfTestLine) => void;
  /** @default the host's own timers */
  readonly clock?: Pick<Clock, 'after' | 'wallMs'>;
}

export type SelfTestPort = 'files' | 'records' | 'bucket';

export interface SelfTestLine extends SuiteResult {
  readonly port: SelfTestPort;
}

export interface SelfTestReport {
  readonly format: 'reelway-self-test/1';
  readonly startedAt: string;
  readonly durationMs: number;
  readonly device: { readonly [name: string]: string };
  readonly counts: {
    readonly [Port in SelfTestPort]: { readonly passed: number; readonly failed: number; readonly notApplicable: number };
  };
  readonly journey: Journey;
  /** Failures only, without the names of the app's folders. */
  readonly failures: readonly { readonly port: SelfTestPort; readonly clause: string; readonly message: string }[];
}

/** Milliseconds that one clause may take: bad links are slow. */
const LIMIT_MS = 60_000;
/** Milliseconds that the journey may take. */
const JOURNEY_LIMIT_MS = 600_000;

const HOST_CLOCK: Pick<Clock, 'after' | 'wallMs'> = {
  wallMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Runs all suites, one after another. Never rejects over a broken adapter: that is what the report is for. */
export async function runSelfTest(targets: SelfTestTargets, options: SelfTestOptions): Promise<SelfTestReport> {
  const clock = options.clock ?? HOST_CLOCK;
  const startedMs = clock.wallMs();
  const lines: SelfTestLine[] = [];
  for (const [port, register] of suitesOf(targets, `${startedMs.toString(36)}`)) {
    const onResult = (result: SuiteResult): void => {
      lines.push({ ...result, port });
      options.onResult?.({ ...result, port });
    };
    await runSuite(register, { clock, limitMs: LIMIT_MS, onResult });
  }
  const journey = await inTime(clock, targets, `${startedMs.toString(36)}-journey`);
  await targets.fileSystem.remove(targets.directory);
  return {
    format: 'reelway-self-test/1',
    startedAt: new Date(startedMs).toISOString(),
    durationMs: clock.wallMs() - startedMs,
    device: options.device,
    counts: { files: countsOf(lines, 'files'), records: countsOf(lines, 'records'), bucket: countsOf(lines, 'bucket') },
    journey: journey.problem === undefined ? journey : { ...journey, problem: clean(journey.problem, targets.directory) },
    failures: lines
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ port, clause, name, message }) => ({ port, clause: clause ?? name, message: clean(message ?? '', targets.directory) })),
  };
}

/** The report as plain text: a mail that needs no attachment. */
export function reportText(report: SelfTestReport): string {
  const counts = (['files', 'records', 'bucket'] as const).map((port) => {
    const { passed, failed, notApplicable } = report.counts[port];
    return `${port}: ${passed} passed, ${failed} failed, ${notApplicable} not applicable`;
  });
  return [
    `Reelway self-test, ${report.startedAt}, ${Math.round(report.durationMs / 1000)} s`,
    ...Object.entries(report.device).map(([name, value]) => `${name}: ${value}`),
    ...counts,
    `journey: ${journeyInWords(report.journey)}`,
    ...report.failures.map(({ port, message }) => `\n[${port}] ${message}`),
    `\n${JSON.stringify(report)}`,
  ].join('\n');
}

/** `2.6 MB up in 3.1 s and back in 1.2 s, JavaScript busy for at most 18 ms`; or why not. */
export function journeyInWords({ bytes, uploadMs, fetchMs, longestPauseMs, problem }: Journey): string {
  if (problem !== undefined) return `failed: ${problem}`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `${bytesInWords(bytes)} up in ${seconds(uploadMs)} and back in ${seconds(fetchMs)}, JavaScript busy for at most ${longestPauseMs} ms`;
}

/** An adapter that never answers must not keep the report. */
function inTime(clock: Pick<Clock, 'after'>, targets: SelfTestTargets, name: string): Promise<Journey> {
  const meter = new PauseMeter();
  return new Promise((resolve) => {
    const cancel = clock.after(JOURNEY_LIMIT_MS, () => {
      const problem = `it did not end within ${JOURNEY_LIMIT_MS / 1000} s`;
      resolve({ bytes: 0, uploadMs: 0, fetchMs: 0, longestPauseMs: meter.stop(), problem });
    });
    void runJourney(targets, name, meter).then((journey) => {
      cancel();
      resolve(journey);
    });
  });
}

type Suite = readonly [SelfTestPort, (test: TestFunction) => void];

function suitesOf(targets: SelfTestTargets, run: string): readonly Suite[] {
  let count = 0;
  const next = (): string => {
    count += 1;
    return `${run}-${count}`;
  };
  return [
    ['files', (test) => fileSystemSuite({ name: 'files', test, create: () => filesFixture(targets, next()) })],
    [
      'records',
      (test) => keyValueStoreSuite({ name: 'records', test, create: () => recordsFixture(targets, next()), claims: { persistent: true } }),
    ],
    ['bucket', (test) => blobStoreSuite({ name: 'bucket', test, create: () => bucketFixture(targets, next()) })],
  ];
}

async function filesFixture({ fileSystem, directory }: SelfTestTargets, name: string) {
  const own = `${directory}/${name}`;
  await fileSystem.makeDirectory(own);
  return { fileSystem, directory: own, cleanup: () => fileSystem.remove(own) };
}

async function recordsFixture({ keyValueStore }: SelfTestTargets, name: string): Promise<KeyValueStoreFixture> {
  const prefix = `self-test/${name}/`;
  const store = keyValueStore(prefix);
  const cleanup = async (): Promise<void> => {
    for (const key of await store.keys('')) await store.remove(key);
  };
  return { keyValueStore: store, reopen: async () => keyValueStore(prefix), cleanup };
}

async function bucketFixture(targets: SelfTestTargets, name: string) {
  const blobStore = targets.blobStore(`self-test/${name}/`);
  const files = await filesFixture(targets, name);
  const cleanup = async (): Promise<void> => {
    const page = await blobStore.list?.('');
    await blobStore.remove((page?.blobs ?? []).map(({ key }) => key));
    await files.cleanup();
  };
  return { blobStore, ...(files.fileSystem.nativePaths ? { files } : {}), cleanup };
}

function countsOf(lines: readonly SelfTestLine[], port: SelfTestPort) {
  const count = (outcome: SuiteResult['outcome']): number => lines.filter((line) => line.port === port && line.outcome === outcome).length;
  return { passed: count('passed'), failed: count('failed'), notApplicable: count('not-applicable') };
}

/** Folders of a phone hold ids that belong to nobody's mail. */
function clean(message: string, directory: string): string {
  return message.split(directory).join('<folder>');
}
