/** The figures as a picture: for each server a panel for each latency with bars of wall time, and one with bars of memory. */
import { mib, ms, SERVERS, serversOf } from './report.mjs';

const WIDTH = 980;
const LABEL_WIDTH = 250;
const PANEL_WIDTH = 180;
const VALUE_WIDTH = 72;
const ROW = 20;
const COLOURS = { floor: '#6b7280', reelway: '#2563eb', 'lib-storage': '#d97706', tus: '#059669', stream: '#a3a3a3' };

/** An SVG of everything that was measured. */
export function plotOf({ tables, idleRssBytes }) {
  let top = 10;
  const parts = serversOf(tables).map((server) => {
    const block = blockOf(server, tables, idleRssBytes, top);
    top += block.height;
    return block.text;
  });
  const frame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif" font-size="12">`;
  return `${[frame, '<title>Wall time and memory of uploads to an object store</title>', `<rect width="${WIDTH}" height="${top}" fill="#ffffff"/>`, ...parts, '</svg>'].join('\n')}\n`;
}

function blockOf(server, tables, idleRssBytes, top) {
  const own = tables.filter((table) => table.server === server);
  const [first] = own;
  const panels = [
    ...own.map((table) => ({
      title: `wall time, ${table.latencyMs} ms late`,
      bars: table.rows.map(({ id, wallMs }) => ({ id, value: wallMs, label: ms(wallMs) })),
    })),
    {
      title: 'peak memory over an idle Node',
      bars: first.rows.map(({ id, peakRssBytes }) => ({ id, value: peakRssBytes - idleRssBytes, label: mib(peakRssBytes - idleRssBytes) })),
    },
  ];
  const labels = first.rows.map(({ title }, row) => text(10, top + 62 + row * ROW, title));
  const drawn = panels.map((panel, column) => panelOf(panel, first.rows, LABEL_WIDTH + column * PANEL_WIDTH, top));
  const heading = `<g font-weight="bold">${text(10, top + 18, SERVERS[server])}</g>`;
  return { text: [heading, ...labels, ...drawn].join('\n'), height: 70 + first.rows.length * ROW };
}

function panelOf({ title, bars }, rows, left, top) {
  const most = Math.max(...bars.map(({ value }) => value));
  const drawn = rows.map(({ id }, row) => {
    const bar = bars.find((each) => each.id === id);
    const y = top + 50 + row * ROW;
    if (bar === undefined) return text(left, y + 12, '–');
    const width = Math.max(1, (Math.max(0, bar.value) / most) * (PANEL_WIDTH - VALUE_WIDTH - 10)).toFixed(1);
    return `<rect x="${left}" y="${y}" width="${width}" height="14" fill="${colourOf(id)}"/>${text(left + Number(width) + 4, y + 11, bar.label)}`;
  });
  return [`<g fill="#374151" font-size="11">${text(left, top + 40, title)}</g>`, ...drawn].join('\n');
}

function colourOf(id) {
  return Object.entries(COLOURS).find(([name]) => id.startsWith(name))?.[1] ?? '#000000';
}

function text(x, y, words) {
  const safe = words.replace(/[&<>]/g, (sign) => `&#${sign.codePointAt(0)};`);
  return `<text x="${typeof x === 'number' ? Number(x.toFixed(1)) : x}" y="${y}">${safe}</text>`;
}
