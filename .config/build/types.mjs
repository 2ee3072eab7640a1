/** Gives CommonJS types of its own: the same declarations under `.d.cts`, leading to each other. Twice the bundling would say no more. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const declarations = readdirSync(dist).filter((file) => file.endsWith('.d.ts'));
if (declarations.length === 0) throw new Error('There are no types to copy');
for (const file of declarations) {
  const text = readFileSync(join(dist, file), 'utf8').replace(/((?:from|import)\s*\(?\s*['"]\.\/[^'"]+)\.js(['"])/g, '$1.cjs$2');
  writeFileSync(join(dist, file.replace(/\.ts$/, '.cts')), text);
}
console.log(`Types of ${declarations.length} files for both formats.`);
