/** Medians, ratios to the floor, and how they are shown. */
const MIB = 1_048_576;
export const SERVERS = { discard: 'A server that discards', rgw: 'Ceph’s gateway' };

/** One server at one latency: a row for each contender, with its medians, their ratios to the floor's, and every run. */
export function summaryOf({ server, latencyMs, runs, contenders, samples, idleRssBytes }) {
  const rows = contenders.map(({ id, title }) => {
    const each = samples.get(id);
    return {
      ...{ id, title, wallMs: medianOf(each, 'wallMs'), cpuMs: medianOf(each, 'cpuMs'), peakRssBytes: medianOf(each, 'peakRssBytes') },
      runs: each,
    };
  });
  const floor = rows.find(({ id }) => id === 'floor');
  const compared = rows.map((row) => ({
    ...row,
    wallOverFloor: row.wallMs / floor.wallMs,
    rssOverFloor: row.peakRssBytes / floor.peakRssBytes,
    rssOverIdleBytes: row.peakRssBytes - idleRssBytes,
  }));
  return { server, latencyMs, runs, rows: compared };
}

function medianOf(runs, name) {
  const sorted = runs.map((each) => each[name]).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Lines for a terminal. */
export function linesOf({ server, latencyMs, runs, rows }) {
  const head = ['wall', 'slowest', '× floor', 'CPU', 'peak RSS', '× floor', 'over idle'];
  return [
    '',
    `${SERVERS[server]}, ${latencyMs} ms (medians of ${runs})`,
    line('', head),
    ...rows.map((row) => line(row.title, cellsOf(row))),
  ];
}

function cellsOf(row) {
  const slowest = Math.max(...row.runs.map(({ wallMs }) => wallMs));
  return [
    ...[ms(row.wallMs), ms(slowest), row.wallOverFloor.toFixed(2), ms(row.cpuMs)],
    ...[mib(row.peakRssBytes), row.rssOverFloor.toFixed(2), mib(row.rssOverIdleBytes)],
  ];
}

function line(name, cells) {
  return `  ${name.padEnd(40)}${cells.map((cell) => cell.padStart(11)).join('')}`;
}

export function ms(value) {
  return `${Math.round(value).toLocaleString('en-US')} ms`;
}

export function mib(bytes) {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
