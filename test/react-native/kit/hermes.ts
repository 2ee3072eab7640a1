/**
 * Hermes where it can be had for Linux: the command line of 0.12, the last that was published, whose bytecode and language are those
 * of the legacy engine; and the compiler of the newest React Native, which has no engine beside it.
 */
import { join } from 'node:path';
import { must } from '../../package/world.js';
import { PACKAGES } from './app-folder.js';

const LEGACY = join(PACKAGES, 'hermes-engine-cli/linux64-bin');

const COMPILERS = {
  /** `hermesc` of React Native 0.88: Hermes V1. */
  newest: join(PACKAGES, 'hermes-compiler/hermesc/linux64-bin/hermesc'),
  /** `hermesc` 0.12. */
  legacy: join(LEGACY, 'hermesc'),
} as const;

/** Compiles a bundle as a release build does; rejects with what the compiler says of code that it does not know. */
export async function compileToBytecode(compiler: keyof typeof COMPILERS, file: string, bytecode: string): Promise<void> {
  await must(COMPILERS[compiler], ['-w', '-O', '-emit-binary', '-out', bytecode, file], PACKAGES);
}

/** Runs bytecode of the legacy compiler; what it printed. */
export function runBytecode(bytecode: string, options: readonly string[] = []): Promise<string> {
  return must(join(LEGACY, 'hermes'), ['-b', '-Xmicrotask-queue', ...options, bytecode], PACKAGES);
}
