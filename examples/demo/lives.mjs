/** A process that is killed without a word at given points, and started again until it is done. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs `script` with `job` until it tells `completed`. Each of `killAt` (fractions of the whole, rising) is a SIGKILL.
 * Resolves with the last message and the sum of the figures of all lives.
 */
export async function liveThrough({ script, jobOf, killAt, onMessage, onKill }) {
  const sums = {};
  const kills = [...killAt];
  for (let life = 0; ; life += 1) {
    const end = await oneLife({ script, job: jobOf(life), killAt: kills[0], onMessage });
    addUp(sums, end.figures);
    if (end.completed !== undefined) return { ...end.completed, sums, lives: life + 1 };
    if (!end.killedByUs) throw new Error(`The process ended by itself (${end.how})`);
    kills.shift();
    onKill(life + 1);
  }
}

function addUp(sums, figures = {}) {
  for (const [name, value] of Object.entries(figures)) {
    if (name === 'rssBytes') continue;
    const before = sums[name] ?? 0;
    sums[name] = name.startsWith('peak') ? Math.max(before, value) : before + value;
  }
}

function oneLife({ script, job, killAt, onMessage }) {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [JSON.stringify(job)]);
  let figures = {};
  let completed;
  let killedByUs = false;
  child.on('message', (message) => {
    if (killedByUs) return;
    if (message.figures !== undefined) {
      const peakRssBytes = Math.max(figures.peakRssBytes ?? 0, message.figures.rssBytes);
      figures = { ...message.figures, peakRssBytes };
    }
    if (message.type === 'completed') completed = message;
    if (message.type === 'progress' && killAt !== undefined && message.fraction >= killAt && message.fraction < 1) {
      killedByUs = child.kill('SIGKILL');
    }
    onMessage(message);
  });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('exit', stop);
      resolve({ completed: code === 0 ? completed : undefined, figures, killedByUs, how: signal ?? `exit code ${code}` });
    });
  });
}
