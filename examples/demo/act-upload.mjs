/** The first act: into the bucket, with two kills and an outage on the way. */
import { liveThrough } from './lives.mjs';
import { bar, grouped, mebibytes, megabytes, seconds } from './screen.mjs';

const WORDS = {
  pending: 'waiting for its turn',
  processing: 'uploading, 3 segments at once',
  publishing: 'telling the backend that the video is there',
  completed: 'done',
  offline: 'the network is gone: waiting, nothing is lost',
  backoff: 'waiting a moment before the next attempt',
};

/** Runs the act; resolves with what happened. */
export async function uploadAct(screen, job) {
  const startedMs = performance.now();
  const seen = { fraction: 0, acknowledgedBytes: 0, words: 'starting', figures: {}, offlineMs: 0, offlineSinceMs: undefined, tenth: 0 };
  const draw = () => screen.draw(linesOf(screen, job, seen, startedMs));
  const timer = setInterval(draw, 100);
  try {
    const end = await liveThrough({
      script: './upload-process.mjs',
      jobOf: (life) => ({
        ...job,
        bytesPerSecond: job.uploadBytesPerSecond,
        ...(life === 0 ? { outage: { fromMs: 1_200, toMs: 2_700 } } : {}),
      }),
      killAt: job.segments < 24 ? [] : [0.34, 0.71],
      onMessage: (message) => take(screen, seen, message),
      onKill: (kills) => {
        noteOffline(seen, false);
        seen.words = 'killed; starting again';
        screen.say(
          `${at(startedMs)}  ${screen.paint('red', 'SIGKILL')}: the process is gone at ${percent(seen)}; kill ${kills}; starting it again`,
        );
      },
    });
    noteOffline(seen, false);
    seen.words = WORDS.completed;
    draw();
    screen.keep();
    return { ...end, wallMs: performance.now() - startedMs, offlineMs: seen.offlineMs, kills: end.lives - 1 };
  } finally {
    clearInterval(timer);
    screen.say();
  }

  function take(to, state, message) {
    if (message.type === 'begun') state.words = WORDS.processing;
    if (message.type === 'begun' && message.acknowledgedBytes > 0) {
      const left = grouped(message.totalSegments - message.acknowledgedSegments);
      to.say(
        `${at(startedMs)}  ${to.paint('green', 'goes on')} with ${message.acknowledgedSegments} segments that the bucket has; ${left} to go`,
      );
    }
    if (message.type === 'status') takeStatus(to, state, message);
    if (message.type === 'progress') takeProgress(to, state, message);
  }

  function takeStatus(to, state, { status, reason }) {
    const offline = status === 'waiting' && reason === 'offline';
    if (offline && state.offlineSinceMs === undefined) to.say(`${at(startedMs)}  ${to.paint('yellow', 'outage')}: ${WORDS.offline}`);
    if (!offline && state.offlineSinceMs !== undefined)
      to.say(`${at(startedMs)}  ${to.paint('green', 'online')} again after ${seconds(performance.now() - state.offlineSinceMs)}`);
    noteOffline(state, offline);
    state.words = WORDS[reason] ?? WORDS[status] ?? status;
  }

  function takeProgress(to, state, message) {
    Object.assign(state, { fraction: message.fraction, acknowledgedBytes: message.acknowledgedBytes, figures: message.figures });
    state.pace = message.bytesPerSecond;
    state.remainingMs = message.remainingMs;
    const tenth = Math.floor(message.fraction * 10);
    if (!to.live && tenth > state.tenth) to.say(`${at(startedMs)}  upload ${percent(state)}, ${memoryOf(state.figures)}`);
    state.tenth = Math.max(tenth, state.tenth);
  }
}

function noteOffline(seen, offline) {
  const nowMs = performance.now();
  if (offline) seen.offlineSinceMs ??= nowMs;
  else if (seen.offlineSinceMs !== undefined) {
    seen.offlineMs += nowMs - seen.offlineSinceMs;
    seen.offlineSinceMs = undefined;
  }
}

function linesOf(screen, job, seen, startedMs) {
  const pace = seen.pace === undefined ? '' : `, ${megabytes(seen.pace)}/s`;
  const left = seen.remainingMs === undefined || seen.fraction === 1 ? '' : `, about ${Math.ceil(seen.remainingMs / 1000)} s left`;
  return [
    `  upload  ${screen.paint('green', bar(seen.fraction, 44))}  ${percent(seen).padStart(5)}  ${seconds(performance.now() - startedMs)}`,
    `          ${megabytes(seen.acknowledgedBytes)} of ${megabytes(job.sizeBytes)} acknowledged${pace}${left}`,
    `  state   ${screen.paint('cyan', seen.words)}`,
    `  memory  ${memoryOf(seen.figures)}`,
  ];
}

/** The gauge: buffers against their bound, and the whole process. */
export function memoryOf({ peakBufferBytes = 0, rssBytes = 0 }) {
  const bound = 3 * 524_288;
  return `buffers ${bar(peakBufferBytes / bound, 12)} ${mebibytes(peakBufferBytes)} of ${mebibytes(bound)}, process ${megabytes(rssBytes)}`;
}

function percent({ fraction }) {
  return `${Math.floor(fraction * 100)} %`;
}

function at(startedMs) {
  return seconds(performance.now() - startedMs).padStart(7);
}
