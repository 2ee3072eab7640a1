/**
 * The floor: one signed PUT a piece, bare `http.request`, over as many reused buffers as there are requests at once; with `hash`, its one hash,
 * sent along. No queue, no journal, no retry, no check of what came back but the status.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Agent, request } from 'node:http';

export async function prepare({ contender, file, urls }) {
  const { atOnce, pieceBytes, hash } = contender;
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const source = await open(file, 'r');
  let next = 0;
  const worker = async () => {
    const buffer = Buffer.allocUnsafeSlow(pieceBytes);
    for (let index = next++; index < urls.length; index = next++) {
      const { bytesRead } = await source.read(buffer, 0, pieceBytes, index * pieceBytes);
      const piece = buffer.subarray(0, bytesRead);
      const md5 = hash === undefined ? {} : { 'content-md5': createHash(hash).update(piece).digest('base64') };
      await put(agent, urls[index], piece, md5);
    }
  };
  const run = async () => {
    await Promise.all(Array.from({ length: atOnce }, worker));
    return {};
  };
  return { run, finish: () => source.close() };
}

function put(agent, url, piece, md5) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': piece.length, ...md5 };
    const outgoing = request(url, { method: 'PUT', agent, headers }, (reply) => {
      reply.resume();
      reply.on('end', () => (reply.statusCode === 200 ? resolve() : reject(new Error(`Status ${reply.statusCode}`))));
    });
    outgoing.on('error', reject);
    outgoing.end(piece);
  });
}
