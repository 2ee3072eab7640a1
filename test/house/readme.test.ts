/** The README shows the very programs that are run, names every door, and links to pages that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOORS } from '../../.config/doors.mjs';

const README = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it.each(['examples/node-upload/upload.mjs', 'examples/node-upload/feed.mjs'])('shows %s as it is', (file) => {
    expect(README).toContain(`<!-- ${file} -->\n\`\`\`js\n${readFileSync(file, 'utf8').trimEnd()}\n\`\`\``);
  });

  it('names every adapter in its table', () => {
    const engines = ['.', './upload', './fetch'];
    const adapters = DOORS.map(({ subpath }) => subpath).filter((subpath) => !engines.includes(subpath));
    const named = [...README.matchAll(/^\| `reelway\/([a-z0-9-]+)` \|/gm)].map(([, name]) => `./${name}`);
    expect(named.sort()).toEqual(adapters.sort());
  });

  it.each(['README.md', 'docs/getting-started.md', 'docs/architecture.md', 'docs/contributing.md'])(
    '%s links to pages that exist',
    (page) => {
      const folder = page.includes('/') ? `${page.slice(0, page.lastIndexOf('/'))}/` : '';
      const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => folder + link);
      expect(links.filter((link) => !existsSync(link))).toEqual([]);
    },
  );
});
