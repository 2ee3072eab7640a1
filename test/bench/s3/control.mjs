/** How the bench speaks with a server that is a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** In the server's process: tells its port, and answers each question by the function of its name. */
export async function serve(server, answers) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', ({ verb, about }) => process.send({ value: answers[verb](about) ?? null }));
  process.on('disconnect', () => process.exit(0));
  process.send({ value: server.address().port });
}

/** In the bench: starts a server of this folder. */
export async function startServer(name) {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  const waiting = [];
  child.on('message', ({ value }) => waiting.shift().resolve(value));
  child.on('exit', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${name} ended`));
  });
  const answer = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const port = await answer();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    ask: (verb, about) => {
      child.send({ verb, about });
      return answer();
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
