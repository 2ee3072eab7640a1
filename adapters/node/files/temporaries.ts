/** Names of files under way, and the sweep of those that a killed process left behind. */
import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Older than this by its last write, a temporary file belongs to nobody who is still alive and writing. */
const ABANDONED_AFTER_MS = 3_600_000;
const TEMPORARY = /^\.t-[0-9a-f]{24}$/;

/** A fresh name; random, so that two processes never write one file. */
export function temporaryName(): string {
  return `.t-${randomBytes(12).toString('hex')}`;
}

/** Removes abandoned temporaries of a directory. Leftovers harm nobody, so what cannot be removed stays for the next sweep. */
export async function sweepTemporaries(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const limit = Date.now() - ABANDONED_AFTER_MS;
  for (const name of names.filter((each) => TEMPORARY.test(each))) {
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats !== undefined && stats.mtimeMs < limit) await rm(path, { force: true }).catch(() => undefined);
  }
}
