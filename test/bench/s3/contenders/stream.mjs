/** One PUT of the whole file, read into two reused buffers in turn: the bound that only a stream reaches. A cut costs all of it. */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { request } from 'node:http';
import { PIECE_BYTES } from '../contenders.mjs';

export async function prepare({ file, sizeBytes, urls }) {
  const source = await open(file, 'r');
  const buffers = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
  const run = async () => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': sizeBytes };
    const outgoing = request(urls[0], { method: 'PUT', headers });
    const replied = once(outgoing, 'response');
    let writing = Promise.resolve();
    for (let position = 0; position < sizeBytes; position += PIECE_BYTES) {
      const [buffer] = buffers.reverse();
      const { bytesRead } = await source.read(buffer, 0, PIECE_BYTES, position);
      await writing;
      writing = written(outgoing, buffer.subarray(0, bytesRead));
    }
    await writing;
    outgoing.end();
    const [reply] = await replied;
    if (reply.statusCode !== 200) throw new Error(`Status ${reply.statusCode}`);
    reply.resume();
    await once(reply, 'end');
    return {};
  };
  return { run, finish: () => source.close() };
}

function written(outgoing, piece) {
  return new Promise((resolve, reject) => outgoing.write(piece, (error) => (error ? reject(error) : resolve())));
}
