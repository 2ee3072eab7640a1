/** The second act: back over the same bad link, the opening first, drawn segment by segment; one kill on the way. */
import { memoryOf } from './act-upload.mjs';
import { liveThrough } from './lives.mjs';
import { bar, megabytes, seconds } from './screen.mjs';
import { createSegmentMap, orderInWords } from './segment-map.mjs';

const COLORS = { missing: 'dim', started: 'yellow', cached: 'green' };

/** Runs the act; resolves with what happened. */
export async function fetchAct(screen, job) {
  const startedMs = performance.now();
  const map = createSegmentMap(job.segments);
  const seen = { fraction: 0, figures: {}, readyMs: undefined, tenth: 0, outages: 0 };
  const draw = () => screen.draw(linesOf(screen, job, seen, map, startedMs));
  const timer = setInterval(draw, 100);
  try {
    const end = await liveThrough({
      script: './fetch-process.mjs',
      jobOf: (life) => ({
        ...job,
        bytesPerSecond: job.fetchBytesPerSecond,
        ...(life === 0 ? { outage: { fromMs: 900, toMs: 1_900 } } : {}),
      }),
      killAt: job.segments < 24 ? [] : [0.5],
      onMessage: (message) => take(message),
      onKill: () =>
        screen.say(`${at(startedMs)}  ${screen.paint('red', 'SIGKILL')}: gone at ${percent(seen)}; starting again, the cache is kept`),
    });
    seen.fraction = 1;
    draw();
    screen.keep();
    screen.say(`${at(startedMs)}  the segments came in this order: ${orderInWords(map.order(), 5)}`);
    return {
      ...end,
      wallMs: performance.now() - startedMs,
      readyMs: seen.readyMs,
      kills: end.lives - 1,
      order: map.order(),
      outages: seen.outages,
    };
  } finally {
    clearInterval(timer);
    screen.say();
  }

  function take(message) {
    if (message.type === 'segment') map.mark(message.index, message.state);
    if (message.type === 'online') takeOnline(message.online);
    if (message.type === 'ready' && seen.readyMs === undefined) {
      seen.readyMs = message.ms;
      screen.say(`${at(startedMs)}  ${screen.paint('green', 'ready')}: a player could show the first frame`);
    }
    if (message.type === 'progress') takeProgress(message);
  }

  function takeOnline(online) {
    if (!online) seen.outages += 1;
    screen.say(
      `${at(startedMs)}  ${online ? `${screen.paint('green', 'online')} again` : `${screen.paint('yellow', 'outage')}: the network is gone`}`,
    );
  }

  function takeProgress({ fraction, figures, bytesPerSecond }) {
    Object.assign(seen, { fraction, figures, pace: bytesPerSecond });
    const tenth = Math.floor(fraction * 10);
    if (!screen.live && tenth > seen.tenth) {
      screen.say(`${at(startedMs)}  fetch ${percent(seen)}, ${memoryOf(figures)}`);
      if (tenth % 3 === 1 && tenth < 10) for (const line of map.lines()) screen.say(`  ${line}`);
    }
    seen.tenth = Math.max(tenth, seen.tenth);
  }
}

function linesOf(screen, job, seen, map, startedMs) {
  const pace = seen.pace === undefined ? '' : `, ${megabytes(seen.pace)}/s`;
  return [
    `  fetch   ${screen.paint('green', bar(seen.fraction, 44))}  ${percent(seen).padStart(5)}  ${seconds(performance.now() - startedMs)}`,
    `          ${megabytes(seen.fraction * job.sizeBytes)} of ${megabytes(job.sizeBytes)} here and checked${pace}`,
    `  order   ${orderInWords(map.order(), 6)}`,
    ...map.lines((state, text) => screen.paint(COLORS[state], text)).map((line) => `  ${line}`),
    `  memory  ${memoryOf(seen.figures)}`,
  ];
}

function percent({ fraction }) {
  return `${Math.floor(fraction * 100)} %`;
}

function at(startedMs) {
  return seconds(performance.now() - startedMs).padStart(7);
}
