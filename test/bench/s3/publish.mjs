/** Where the figures of a full run stand: as data here, and from it a picture and the tables of the page. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { plotOf } from './plot.mjs';
import { pageOf } from './report.mjs';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
export const FIGURES = pathOf('figures.json');
export const PICTURE = pathOf('../../../docs/bench-object-store.svg');
export const PAGE = pathOf('../../../docs/performance.md');
const BETWEEN = /(<!-- bench:s3 -->\n).*?(<!-- \/bench:s3 -->)/s;

/** What stands between the page's marks; empty as long as nothing was published. */
export function publishedText(page) {
  return BETWEEN.test(page) ? page.replace(/^.*<!-- bench:s3 -->\n|<!-- \/bench:s3 -->.*$/gs, '') : undefined;
}

/** What stands there once these figures are published. */
export function textOf(figures) {
  return `\n${pageOf(figures)}\n\n![The same as bars](bench-object-store.svg)\n\n`;
}

/** Writes data, picture and page. */
export async function publish(figures) {
  await writeFile(
    FIGURES,
    `${JSON.stringify(figures, (_name, value) => (typeof value === 'number' ? Number(value.toFixed(4)) : value), 2)}\n`,
  );
  const rounded = JSON.parse(await readFile(FIGURES, 'utf8'));
  await writeFile(PICTURE, plotOf(rounded));
  const page = await readFile(PAGE, 'utf8');
  await writeFile(
    PAGE,
    page.replace(BETWEEN, (_all, begin, end) => `${begin}${textOf(rounded)}${end}`),
  );
}
