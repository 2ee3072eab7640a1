/** What root may and others may not: commands that give privileges up, small disks, read-only places. */
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';

const NOBODY = 65_534;

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The command before a command that runs it as a user whom file modes bind. */
export function unprivileged(): readonly string[] {
  return isRoot() ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
}

/** Gives files to the user of {@link unprivileged}. */
export function giveAway(...paths: string[]): void {
  if (isRoot()) for (const path of paths) chownSync(path, NOBODY, NOBODY);
}

/** Runs a command to its end. @throws where it fails */
export function must(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new TypeError(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A disk of so many bytes at a directory, made as root. */
export function mountDisk(directory: string, sizeBytes: number) {
  mkdirSync(directory, { recursive: true });
  must('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0700`, 'tmpfs', directory);
  return {
    resize: (bytes: number) => must('mount', '-o', `remount,size=${bytes}`, directory),
    readOnly: () => must('mount', '-o', 'remount,ro', directory),
    writable: () => must('mount', '-o', 'remount,rw', directory),
    unmount: () => must('umount', directory),
  };
}
