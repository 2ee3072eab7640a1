/** The file that is uploaded, and how it is recognized after a kill. */
import { createHash } from '../../core/index.js';
import { ReelwayError, type ReelwayErrorCode } from '../../errors/index.js';
import { joinPath, readFully, splitPath } from '../../internal/index.js';
import type { Clock, FileInfo, FileSystem, ReadHandle } from '../../ports/index.js';
import { recode, wrapError } from '../../transfer/index.js';
import type { SourceIdentity } from '../journal/index.js';

/** Slices of the content that are compared on every resume, and bytes of each. */
const SAMPLES = 8;
const SAMPLE_BYTES = 4_096;
/** Milliseconds between two checks of a source that is being sent. */
const RECHECK_MS = 5_000;

export interface SourceHost {
  readonly fileSystem: FileSystem;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** A source that is open and has the expected identity. */
export interface OpenSource {
  readonly handle: ReadHandle;
  readonly identity: SourceIdentity;
  /** Looks at size, time and samples of the content. @throws {ReelwayError} SOURCE_CHANGED, SOURCE_NOT_FOUND, SOURCE_NOT_A_FILE, FILE_UNREADABLE */
  recheck(): Promise<void>;
  /** Looks at size and time, at most every few seconds: a file that is still being written is noticed before all of it was sent. */
  recheckNowAndThen(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file that an app has just named. @throws {ReelwayError} SOURCE_NOT_FOUND, SOURCE_NOT_A_FILE, SOURCE_UNREADABLE, FILE_TOO_LARGE_FOR_ADAPTER */
export async function openNew(host: SourceHost, path: string): Promise<OpenSource> {
  const { fileSystem } = host;
  try {
    const info = await statFile(fileSystem, path);
    const handle = await openHandle(fileSystem, path);
    try {
      const identity: SourceIdentity = {
        path: splitPath(fileSystem, path),
        sizeBytes: info.sizeBytes,
        ...(info.modifiedMs === undefined ? {} : { modifiedMs: info.modifiedMs }),
        samples: await sample(handle, info.sizeBytes),
      };
      return openSource(host, handle, identity);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw asSourceError(error);
  }
}

/** Opens the source of an earlier process. A failed read stays FILE_UNREADABLE, since it may be temporary. @throws {ReelwayError} as `recheck` */
export async function openKnown(host: SourceHost, identity: SourceIdentity): Promise<OpenSource> {
  const { fileSystem } = host;
  const path = joinPath(fileSystem, identity.path);
  requireSame(identity, await statFile(fileSystem, path));
  const handle = await openHandle(fileSystem, path);
  try {
    const found = await sample(handle, identity.sizeBytes);
    // mutation-point: compare-samples-on-open
    if (found !== identity.samples) throw changed('its content differs');
    return openSource(host, handle, identity);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A final failure of a file under the code of the source. */
export function asSourceError(error: unknown): ReelwayError {
  const typed = wrapError(error, 'FILE_UNREADABLE', 'Reading the source failed');
  const codes: { readonly [Code in ReelwayErrorCode]?: ReelwayErrorCode } = {
    FILE_NOT_FOUND: 'SOURCE_NOT_FOUND',
    FILE_UNREADABLE: 'SOURCE_UNREADABLE',
  };
  const code = codes[typed.code];
  return code === undefined ? typed : recode(typed, code);
}

function openSource(host: SourceHost, handle: ReadHandle, identity: SourceIdentity): OpenSource {
  const { fileSystem, clock } = host;
  const path = joinPath(fileSystem, identity.path);
  let checkedMs = clock.monotonicMs();
  const glance = async (): Promise<void> => {
    checkedMs = clock.monotonicMs();
    requireSame(identity, await statFile(fileSystem, path));
  };
  const recheck = async (): Promise<void> => {
    await glance();
    const beyond = await handle.readInto(new Uint8Array(1), identity.sizeBytes);
    if (beyond > 0) throw changed('it has grown');
    // mutation-point: compare-samples-on-recheck
    if ((await sample(handle, identity.sizeBytes)) !== identity.samples) throw changed('its content differs');
  };
  return {
    handle,
    identity,
    recheck,
    recheckNowAndThen: async () => {
      if (clock.monotonicMs() - checkedMs >= RECHECK_MS) await glance();
    },
    close: () => handle.close(),
  };
}

async function statFile(fileSystem: FileSystem, path: string): Promise<FileInfo> {
  const info = await fileSystem.stat(path);
  if (info === undefined) throw new ReelwayError('SOURCE_NOT_FOUND', { context: { path } });
  if (info.kind !== 'file') throw new ReelwayError('SOURCE_NOT_A_FILE', { context: { path } });
  return info;
}

async function openHandle(fileSystem: FileSystem, path: string): Promise<ReadHandle> {
  try {
    return await fileSystem.open(path);
  } catch (error) {
    const typed = wrapError(error, 'FILE_UNREADABLE', 'Opening the source failed');
    throw typed.code === 'FILE_NOT_FOUND' ? recode(typed, 'SOURCE_NOT_FOUND') : typed;
  }
}

function requireSame(identity: SourceIdentity, info: FileInfo): void {
  // mutation-point: compare-source-size
  if (info.sizeBytes !== identity.sizeBytes) throw changed(`expected ${identity.sizeBytes} bytes, got ${info.sizeBytes}`);
  const { modifiedMs } = identity;
  // mutation-point: compare-source-time
  if (modifiedMs !== undefined && info.modifiedMs !== undefined && info.modifiedMs !== modifiedMs) {
    throw changed('its modification time differs');
  }
}

function changed(message: string): ReelwayError {
  return new ReelwayError('SOURCE_CHANGED', { message: `The source has changed: ${message}` });
}

/** CRC-32C over slices from first to last byte: cheap, and enough to meet most changes early. All bytes are hashed before the manifest. */
async function sample(handle: ReadHandle, sizeBytes: number): Promise<string> {
  const hash = createHash('crc32c');
  const buffer = new Uint8Array(SAMPLE_BYTES);
  const whole = sizeBytes <= SAMPLES * SAMPLE_BYTES;
  const count = whole ? Math.ceil(sizeBytes / SAMPLE_BYTES) : SAMPLES;
  for (let index = 0; index < count; index += 1) {
    const start = whole ? index * SAMPLE_BYTES : Math.floor((index * (sizeBytes - SAMPLE_BYTES)) / (SAMPLES - 1));
    const length = Math.min(SAMPLE_BYTES, sizeBytes - start);
    const read = await readFully(handle, buffer.subarray(0, length), start);
    if (read < length) throw changed(`It ends at byte ${start + read}`);
    hash.update(buffer.subarray(0, length));
  }
  return hash.digest();
}
