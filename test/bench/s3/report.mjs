/** Medians, ratios to the floor, and how they are shown. */
import { percent, repeatsInWords } from './environment.mjs';

const MIB = 1_048_576;
export const SERVERS = { discard: 'To a server that discards', rgw: 'To Ceph’s gateway' };

/** One server at one latency: a row for each contender, with its medians, their ratios to the floor's, and every run. */
export function summaryOf({ server, latencyMs, contenders, samples }) {
  const rows = contenders.map(({ id, title }) => {
    const each = samples.get(id);
    const [wallMs, cpuMs, peakRssBytes] = ['wallMs', 'cpuMs', 'peakRssBytes'].map((name) => medianOf(each.map((run) => run[name])));
    return { id, title, wallMs, cpuMs, peakRssBytes, runs: each };
  });
  const floor = rows.find(({ id }) => id === 'floor');
  const over = (row) => ({ wallOverFloor: row.wallMs / floor.wallMs, rssOverFloor: row.peakRssBytes / floor.peakRssBytes });
  return { server, latencyMs, rows: rows.map((row) => ({ ...row, ...over(row) })) };
}

/** The servers of some tables, in order. */
export function serversOf(tables) {
  return Object.keys(SERVERS).filter((server) => tables.some((table) => table.server === server));
}

function medianOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Lines for a terminal. */
export function linesOf({ server, latencyMs, rows }, idleRssBytes) {
  const head = ['runs', 'wall', 'slowest', '× floor', 'CPU', 'peak RSS', '× floor', 'over idle'];
  const cells = (row) => [
    ...[
      String(row.runs.length),
      ms(row.wallMs),
      ms(Math.max(...row.runs.map(({ wallMs }) => wallMs))),
      row.wallOverFloor.toFixed(2),
      ms(row.cpuMs),
    ],
    ...[mib(row.peakRssBytes), row.rssOverFloor.toFixed(2), mib(row.peakRssBytes - idleRssBytes)],
  ];
  const again = rows.flatMap(({ title, runs }) =>
    runs.flatMap(({ retries = [] }) => retries.map((code) => `  ${title} tried again after ${code}`)),
  );
  return ['', `${SERVERS[server]}, ${latencyMs} ms late`, line('', head), ...rows.map((row) => line(row.title, cells(row))), ...again];
}

function line(name, cells) {
  return `  ${name.padEnd(40)}${cells.map((cell) => cell.padStart(11)).join('')}`;
}

/** The tables of the page, in Markdown, with what they were measured on. */
export function pageOf({ about, sizeBytes, runs, idleRssBytes, tables }) {
  const versions = Object.entries(about.versions).map(([name, version]) => `${name} ${version}`);
  const paper = [
    `${sizeBytes.toLocaleString('en-US')} bytes; ${repeatsInWords(runs)}; in brackets the ratio to the floor of the same run.`,
    `Node ${about.node}, ${about.system}, ${about.processor}; ${versions.join(', ')}.`,
    `Before it began, other programs took ${percent(about.busyShare)} of the processors. An idle process of Node's holds ${mib(idleRssBytes)}.`,
  ];
  return [paper.join(' '), ...serversOf(tables).flatMap((server) => ['', ...tableOf(server, tables)])].join('\n');
}

function tableOf(server, tables) {
  const own = tables.filter((table) => table.server === server);
  const head = [SERVERS[server], ...own.map(({ latencyMs }) => `${latencyMs} ms`), 'processor, 0 ms', 'peak memory'];
  const rows = own[0].rows.map((row) => {
    const walls = own.map(({ rows: each }) => each.find(({ id }) => id === row.id)).map((found) => found && wall(found));
    return [row.title, ...walls.map((each) => each ?? '–'), ms(row.cpuMs), `${mib(row.peakRssBytes)} (${row.rssOverFloor.toFixed(2)})`];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function wall({ wallMs, wallOverFloor }) {
  return `${ms(wallMs)} (${wallOverFloor.toFixed(2)})`;
}

export function ms(value) {
  return `${Math.round(value).toLocaleString('en-US')} ms`;
}

export function mib(bytes) {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
