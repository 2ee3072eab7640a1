/**
 * A memory cgroup of a given size for one process, by the kernel's own files: version 1 and version 2, as root.
 *
 * It is made inside the group that the tests run in, so that whatever bounds them bounds it too.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A memory cgroup. */
export interface MemoryGroup {
  /** The command before a command that runs it inside. */
  readonly wrapper: readonly string[];
  /** The most bytes that were ever charged to it, page cache included. */
  peakBytes(): number | undefined;
  /** Whether the kernel has killed a process in it. */
  killed(): boolean;
  remove(): void;
}

/** Makes a memory cgroup of so many bytes. @throws where this machine has none or lets nobody make one */
export function makeMemoryGroup(name: string, limitBytes: number): MemoryGroup {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const v1 = lines.map((line) => /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/.exec(line)?.[1]).find((path) => path !== undefined);
  return v1 === undefined ? makeV2(name, limitBytes, lines) : makeV1(name, limitBytes, v1);
}

function makeV1(name: string, limitBytes: number, own: string): MemoryGroup {
  const root = '/sys/fs/cgroup/memory';
  const parent = existsSync(join(root, own)) ? join(root, own) : root;
  const directory = join(parent, `reelway-${name}-${process.pid}`);
  mkdirSync(directory);
  writeFileSync(join(directory, 'memory.limit_in_bytes'), String(limitBytes));
  return {
    wrapper: inside(directory),
    peakBytes: () => Number(readFileSync(join(directory, 'memory.max_usage_in_bytes'), 'utf8')),
    killed: () => /^oom_kill [1-9]/m.test(readFileSync(join(directory, 'memory.oom_control'), 'utf8')),
    remove: () => rmdirSync(directory),
  };
}

function makeV2(name: string, limitBytes: number, lines: readonly string[]): MemoryGroup {
  const root = '/sys/fs/cgroup';
  const own = lines.map((line) => /^0::(.*)$/.exec(line)?.[1]).find((path) => path !== undefined) ?? '/';
  // Version 2 allows processes only in leaves, so the new group is a sibling, unless we are at the root.
  const parent = own === '/' || !existsSync(join(root, own)) ? root : dirname(join(root, own));
  const directory = join(parent, `reelway-${name}-${process.pid}`);
  mkdirSync(directory);
  if (!existsSync(join(directory, 'memory.max'))) {
    rmdirSync(directory);
    throw new TypeError(`No memory controller in ${parent}: write +memory to its cgroup.subtree_control first`);
  }
  writeFileSync(join(directory, 'memory.max'), String(limitBytes));
  if (existsSync(join(directory, 'memory.swap.max'))) writeFileSync(join(directory, 'memory.swap.max'), '0');
  return {
    wrapper: inside(directory),
    peakBytes: () =>
      existsSync(join(directory, 'memory.peak')) ? Number(readFileSync(join(directory, 'memory.peak'), 'utf8')) : undefined,
    killed: () => /^oom_kill [1-9]/m.test(readFileSync(join(directory, 'memory.events'), 'utf8')),
    remove: () => rmdirSync(directory),
  };
}

function inside(directory: string): readonly string[] {
  return ['sh', '-c', `echo $$ > '${directory}/cgroup.procs' && exec "$@"`, 'sh'];
}
