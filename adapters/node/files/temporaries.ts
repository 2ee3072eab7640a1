/** Names of temporary files, and the removal of those that a killed process left. */
import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A temporary file whose last write is older than this is no longer in use. */
const ABANDONED_AFTER_MS = 3_600_000;
const TEMPORARY = /^\.t-[0-9a-f]{24}$/;

/** A random name, so that two processes never write the same file. */
export function temporaryName(): string {
  return `.t-${randomBytes(12).toString('hex')}`;
}

/** Removes abandoned temporary files of a directory. A file that cannot be removed stays for the next sweep. */
export async function sweepTemporaries(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const limit = Date.now() - ABANDONED_AFTER_MS;
  for (const name of names.filter((each) => TEMPORARY.test(each))) {
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats !== undefined && stats.mtimeMs < limit) await rm(path, { force: true }).catch(() => undefined);
  }
}
