/** Lock files are complete for every platform: `npm ci` refuses one that leaves an optional package out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingEntries } from '../../.config/build/complete-lock.mjs';
import { ROOT } from './planted-tree.js';

type Packages = Parameters<typeof missingEntries>[0];

function locks(): string[] {
  const below = ['test', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('package-lock.json') && !file.includes('node_modules'))
      .map((file) => join(folder, file)),
  );
  return ['package-lock.json', ...below];
}

describe.each(locks())('%s', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');

  it('names no registry, so that any mirror can serve it', () => {
    expect(text).not.toMatch(/"resolved": "https?:/);
  });

  it('holds every optional package', () => {
    const { packages } = JSON.parse(text) as { packages: Packages };
    expect(missingEntries(packages)).toEqual([]);
  });
});

describe('what is missing from a lock', () => {
  const parent = (optionalDependencies: { [name: string]: string }) => ({ version: '1.0.0', dev: true, optionalDependencies });

  it('is found, with the platform that its name says', () => {
    const packages = { '': {}, 'node_modules/tool': parent({ '@tool/linux-arm64-musl': '1.0.0', 'tool-darwin-x64': '1.0.0' }) };
    expect(missingEntries(packages)).toEqual([
      [
        'node_modules/@tool/linux-arm64-musl',
        { version: '1.0.0', cpu: ['arm64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] },
      ],
      ['node_modules/tool-darwin-x64', { version: '1.0.0', cpu: ['x64'], dev: true, optional: true, os: ['darwin'] }],
    ]);
  });

  it('lies beside its nested parent, and is not missing where a folder above has it', () => {
    const nested = { 'node_modules/a/node_modules/tool': parent({ 'tool-win32-x64': '2.0.0' }) };
    expect(missingEntries(nested).map(([path]) => path)).toEqual(['node_modules/a/node_modules/tool-win32-x64']);
    expect(missingEntries({ ...nested, 'node_modules/tool-win32-x64': { version: '2.0.0' } })).toEqual([]);
  });

  it('is refused where its name or version says too little', () => {
    expect(() => missingEntries({ 'node_modules/tool': parent({ helper: '1.0.0' }) })).toThrow('names no platform');
    expect(() => missingEntries({ 'node_modules/tool': parent({ 'tool-linux-x64': '^1.0.0' }) })).toThrow('no exact version');
  });
});
