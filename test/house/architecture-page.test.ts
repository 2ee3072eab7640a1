/** The architecture page says what the code does. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeTransitions } from '../../src/core/index.js';

it('draws the states as the table has them', () => {
  const page = readFileSync('docs/architecture.md', 'utf8');
  expect(page).toContain(`\`\`\`mermaid\n${describeTransitions()}\n\`\`\``);
});
