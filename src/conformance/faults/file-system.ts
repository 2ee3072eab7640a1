/** A file system that fails by plan. */
import type { FileSystem, ReadHandle, WriteHandle } from '../../ports/index.js';
import { flippedBytes, injectFault, kept } from './inject-fault.js';
import { type FaultPlan, faultError, type WorkingPlan, workingPlan } from './plan.js';

/** The same file system, failing as the plan says. Optional methods are there where the wrapped one has them. */
export function faultyFileSystem(fileSystem: FileSystem, plan: FaultPlan): FileSystem {
  const work = workingPlan(plan);
  return {
    nativePaths: fileSystem.nativePaths,
    ...(fileSystem.roots === undefined ? {} : { roots: fileSystem.roots }),
    stat: (path) => injectFault(work, { name: 'fs.stat', target: path, run: () => fileSystem.stat(path) }),
    open: async (path) => {
      const handle = await injectFault(work, { name: 'fs.open', target: path, run: () => fileSystem.open(path) });
      return faultyReadHandle(handle, path, work);
    },
    create: async (path, options) => {
      const handle = await injectFault(work, { name: 'fs.create', target: path, run: () => fileSystem.create(path, options) });
      return faultyWriteHandle(handle, path, work);
    },
    rename: (from, to) => injectFault(work, { name: 'fs.rename', target: from, run: () => fileSystem.rename(from, to) }),
    remove: (path) => injectFault(work, { name: 'fs.remove', target: path, run: () => fileSystem.remove(path) }),
    list: (directory) => injectFault(work, { name: 'fs.list', target: directory, run: () => fileSystem.list(directory) }),
    makeDirectory: (path) => injectFault(work, { name: 'fs.makeDirectory', target: path, run: () => fileSystem.makeDirectory(path) }),
    ...optionalMethods(fileSystem, work),
  };
}

function optionalMethods(
  fileSystem: FileSystem,
  work: WorkingPlan,
): Pick<FileSystem, 'freeBytes' | 'sliceToFile' | 'hashFile' | 'importFile' | 'absolutePath' | 'linkTarget'> {
  const freeBytes = fileSystem.freeBytes?.bind(fileSystem);
  const sliceToFile = fileSystem.sliceToFile?.bind(fileSystem);
  const hashFile = fileSystem.hashFile?.bind(fileSystem);
  const importFile = fileSystem.importFile?.bind(fileSystem);
  const absolutePath = fileSystem.absolutePath?.bind(fileSystem);
  const linkTarget = fileSystem.linkTarget?.bind(fileSystem);
  return {
    ...(absolutePath && {
      absolutePath: (path: string) => injectFault(work, { name: 'fs.absolutePath', target: path, run: () => absolutePath(path) }),
    }),
    ...(linkTarget && {
      linkTarget: (path: string) => injectFault(work, { name: 'fs.linkTarget', target: path, run: () => linkTarget(path) }),
    }),
    ...(freeBytes && {
      freeBytes: (directory: string) => injectFault(work, { name: 'fs.freeBytes', target: directory, run: () => freeBytes(directory) }),
    }),
    ...(sliceToFile && {
      sliceToFile: (...args: Parameters<typeof sliceToFile>) =>
        injectFault(work, { name: 'fs.sliceToFile', target: args[0], run: () => sliceToFile(...args) }),
    }),
    ...(hashFile && {
      hashFile: (...args: Parameters<typeof hashFile>) =>
        injectFault(work, { name: 'fs.hashFile', target: args[0], run: () => hashFile(...args) }),
    }),
    ...(importFile && {
      importFile: (...args: Parameters<typeof importFile>) =>
        injectFault(work, { name: 'fs.importFile', target: args[0], signal: args[2], run: () => importFile(...args) }),
    }),
  };
}

function faultyReadHandle(handle: ReadHandle, path: string, work: WorkingPlan): ReadHandle {
  return {
    readInto: (buffer, position) =>
      injectFault(work, {
        name: 'fs.readInto',
        target: path,
        run: () => handle.readInto(buffer, position),
        special: {
          'short-read': (fault) => handle.readInto(buffer.subarray(0, Math.max(1, kept(fault, buffer.length))), position),
          flipped: async () => {
            const count = await handle.readInto(buffer, position);
            buffer.set(flippedBytes(buffer.subarray(0, count)));
            return count;
          },
        },
      }),
    close: () => injectFault(work, { name: 'fs.closeRead', target: path, run: () => handle.close() }),
  };
}

function faultyWriteHandle(handle: WriteHandle, path: string, work: WorkingPlan): WriteHandle {
  return {
    write: (bytes) =>
      injectFault(work, {
        name: 'fs.write',
        target: path,
        run: () => handle.write(bytes),
        special: {
          'torn-write': async (fault) => {
            await handle.write(bytes.subarray(0, kept(fault, bytes.length)));
            throw faultError(fault, 'STORAGE_FULL');
          },
          'lost-write': async () => undefined,
          flipped: () => handle.write(flippedBytes(bytes)),
        },
      }),
    close: () => injectFault(work, { name: 'fs.closeWrite', target: path, run: () => handle.close() }),
  };
}
