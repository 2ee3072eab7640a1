/** Jobs that the tests run in processes of their own, to kill them, to limit them, or to let them race. */
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { directoryBlobStore, nodeFileSystem, nodeKeyValueStore, nodeLock } from '../../../adapters/node/index.js';
import type { Lease } from '../../../src/ports/index.js';

const [job = '', directory = '', ...more] = process.argv.slice(2);
const KIB = 1_024;

/** Values and blobs of one letter each, so that a mixture shows. */
function letterOf(round: number): string {
  return String.fromCharCode(97 + (round % 26));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

/** Whether nobody else is inside for a while, by a file that only one can make. */
async function alone(lease: Lease, guard: string): Promise<string> {
  const entered = await codeOf(Promise.resolve().then(() => closeSync(openSync(guard, 'wx'))));
  await new Promise((resolve) => setTimeout(resolve, 3));
  const held = lease.isHeld();
  if (entered === 'resolved') unlinkSync(guard);
  return `${held ? 'held' : 'lost'} ${entered}`;
}

const jobs: { readonly [name: string]: () => Promise<void> } = {
  /** Sets one record and puts one blob without end, in ever other letters. */
  async write() {
    const keyValueStore = nodeKeyValueStore({ directory: `${directory}/records` });
    const blobStore = directoryBlobStore({ directory: `${directory}/bucket` });
    const records = async (): Promise<void> => {
      for (let round = 0; ; round += 1) await keyValueStore.set('record', letterOf(round).repeat(60_000 + (round % 26)));
    };
    const blobs = async (): Promise<void> => {
      for (let round = 0; ; round += 1) {
        const bytes = new Uint8Array(400_000 + (round % 26)).fill(letterOf(round).charCodeAt(0));
        await blobStore.put('v/manifest.json', { kind: 'bytes', sizeBytes: bytes.length, bytes }, { contentType: 'x' });
        if ((await keyValueStore.get('record')) !== undefined) say('both are there');
      }
    };
    await Promise.all([records(), blobs()]);
  },

  /** Writes more than its limit lets it. */
  async overfill() {
    const fileSystem = nodeFileSystem();
    const handle = await fileSystem.create(`${directory}/file`);
    const large = new Uint8Array(64 * KIB).fill(120);
    say(`write ${await codeOf(handle.write(large))}`);
    await handle.close();
    const keyValueStore = nodeKeyValueStore({ directory: `${directory}/records` });
    say(`set ${await codeOf(keyValueStore.set('record', 'y'.repeat(60_000)))}`);
    say(`value ${await keyValueStore.get('record')}`);
    const blobStore = directoryBlobStore({ directory: `${directory}/bucket` });
    const put = blobStore.put('a', { kind: 'bytes', sizeBytes: large.length, bytes: large }, { contentType: 'x' });
    say(`put ${await codeOf(put)}`);
  },

  /** Tries what another user's modes forbid. */
  async forbidden() {
    // Here, not at the start: the package itself may lie where only root can read.
    if (more[0] !== undefined) process.setuid?.(Number(more[0]));
    const fileSystem = nodeFileSystem();
    say(`open ${await codeOf(fileSystem.open(`${directory}/closed/file`))}`);
    say(`stat ${await codeOf(fileSystem.stat(`${directory}/closed/file`))}`);
    say(`list ${await codeOf(fileSystem.list(`${directory}/closed`))}`);
    say(`create ${await codeOf(fileSystem.create(`${directory}/closed/new`))}`);
    const keyValueStore = nodeKeyValueStore({ directory: `${directory}/closed/records` });
    say(`get ${await codeOf(keyValueStore.get('record'))}`);
    say(`set ${await codeOf(keyValueStore.set('record', 'x'))}`);
    say(`keys ${await codeOf(keyValueStore.keys(''))}`);
    const blobStore = directoryBlobStore({ directory: `${directory}/closed/bucket` });
    say(`head ${await codeOf(blobStore.head('a'))}`);
    say(`put ${await codeOf(blobStore.put('a', { kind: 'bytes', sizeBytes: 0, bytes: new Uint8Array(0) }, { contentType: 'x' }))}`);
  },

  /** Holds the lock until it is killed; says at each line whether it still does. */
  async hold() {
    const [staleMs = 10_000] = more.map(Number);
    const lease = await nodeLock({ directory, staleMs }).acquire('queue', { waitMs: 5_000 });
    say(lease?.isHeld() === true ? 'held' : 'refused');
    for await (const _ of createInterface({ input: process.stdin })) say(lease?.isHeld() === true ? 'held' : 'lost');
  },

  /** At each line, `waitMs name`: takes the lock of that name, looks whether somebody else is inside, leaves. */
  async thief() {
    const lock = nodeLock({ directory });
    say('ready');
    for await (const line of createInterface({ input: process.stdin })) {
      const [waitMs = '', name = ''] = line.split(' ');
      const lease = await lock.acquire(name, { waitMs: Number(waitMs) });
      say(lease === undefined ? 'refused' : await alone(lease, `${directory}/inside-${name}`));
      await lease?.release();
    }
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await jobs[job]?.();
