/** Installs two tarballs of the package, each into a folder of its own, with the programs that run there. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Installs both, one after the other; the folder of each. */
export async function installBoth(directory, tarballs, programs) {
  const folders = {};
  for (const [name, tarball] of Object.entries(tarballs)) folders[name] = await install(join(directory, name), tarball, programs);
  return folders;
}

async function install(folder, tarball, programs) {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'tarball', private: true, type: 'module' }));
  await execute('npm', ['install', '--no-audit', '--no-fund', '--no-save', '--prefer-offline', tarball], { cwd: folder });
  for (const program of programs) await copyFile(fileURLToPath(new URL(program, import.meta.url)), join(folder, program));
  return folder;
}

/** Runs a program of a folder with a job; the last line that it printed, parsed, or undefined where it was killed. */
export async function runProgram(folder, program, job) {
  try {
    const { stdout } = await execute(process.execPath, [join(folder, program), JSON.stringify(job)], { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout.trim().split('\n').at(-1));
  } catch (error) {
    if (error.signal === 'SIGKILL') return undefined;
    throw error;
  }
}
