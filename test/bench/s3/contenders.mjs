/** Who takes part, with what settings, and how long it may take them: `parts` requests with a body, `atOnce` of them at a time. */
export const PIECE_BYTES = 524_288;
const PART_BYTES = 5_242_880;
/** Whom the small run tries late, too. */
const FEW = ['floor', 'reelway-s3', 'reelway-http', 'tus-5'];

/**
 * `module` is the file in `contenders/` that carries the video; `on` the servers that it can carry it to; `pieceBytes` what it cuts the video
 * into (0: nothing), of which its objects' ETags are made.
 */
export const CONTENDERS = [
  {
    ...{ id: 'floor', title: 'Floor: bare requests, 3 × 512 KiB', module: 'pieces' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PIECE_BYTES, atOnce: 3 },
  },
  {
    ...{ id: 'floor-md5', title: 'Floor with the one hash (MD5)', module: 'pieces' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PIECE_BYTES, atOnce: 3, hash: 'md5' },
  },
  {
    ...{ id: 'reelway-s3', title: 'Reelway, reelway/s3', module: 'reelway' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PIECE_BYTES, atOnce: 3, over: 's3' },
  },
  {
    ...{ id: 'reelway-s3-12', title: 'Reelway, reelway/s3, 12 at once', module: 'reelway' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PIECE_BYTES, atOnce: 12, over: 's3' },
  },
  {
    ...{ id: 'reelway-http', title: 'Reelway, reelway/http', module: 'reelway' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PIECE_BYTES, atOnce: 3, over: 'http' },
  },
  {
    ...{ id: 'reelway-http-12', title: 'Reelway, reelway/http, 12 at once', module: 'reelway' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PIECE_BYTES, atOnce: 12, over: 'http' },
  },
  {
    ...{ id: 'lib-storage', title: 'lib-storage, 4 × 5 MiB (its default)', module: 'lib-storage' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PART_BYTES, atOnce: 4 },
  },
  {
    ...{ id: 'lib-storage-8', title: 'lib-storage, 8 × 5 MiB', module: 'lib-storage' },
    ...{ on: ['discard', 'rgw'], pieceBytes: PART_BYTES, atOnce: 8, settings: { partSize: PART_BYTES, queueSize: 8 } },
  },
  {
    ...{ id: 'tus', title: 'tus-js-client, one PATCH (its default)', module: 'tus' },
    ...{ on: ['discard'], pieceBytes: 0, atOnce: 1 },
  },
  {
    ...{ id: 'tus-5', title: 'tus-js-client, 1 × 5 MiB', module: 'tus' },
    ...{ on: ['discard'], pieceBytes: PART_BYTES, atOnce: 1, settings: { chunkSize: PART_BYTES } },
  },
  {
    ...{ id: 'stream', title: 'One streamed PUT of the whole file', module: 'stream' },
    ...{ on: ['discard', 'rgw'], pieceBytes: 0, atOnce: 1 },
  },
];

/** Each latency, and who is measured there. Where requests wait, a hash is hidden by the waiting. */
export function planOf({ smoke }) {
  const waiting = CONTENDERS.filter(({ id }) => (smoke ? FEW.includes(id) : id !== 'floor-md5'));
  return [{ latencyMs: 0, contenders: CONTENDERS }, ...(smoke ? [20] : [50, 200]).map((latencyMs) => ({ latencyMs, contenders: waiting }))];
}

/** Those of a step that can carry to this server. */
export function takingPart(server, { contenders }) {
  return contenders.filter(({ on }) => on.includes(server));
}

/** Seconds that the whole plan takes on these servers, roughly. */
export function planSeconds(servers, plan, { runs, sizeBytes }) {
  const each = servers.flatMap((server) => [
    ...plan.flatMap((step) => takingPart(server, step).map((contender) => runs * runSeconds(contender, server, step.latencyMs, sizeBytes))),
    // Starting, and what is run but not counted.
    plan.length * (server === 'rgw' ? 30 : 10),
  ]);
  return each.reduce((sum, seconds) => sum + seconds, 0);
}

/** One run: starting, bytes, and waiting. */
function runSeconds({ pieceBytes, atOnce, module }, server, latencyMs, sizeBytes) {
  const parts = pieceBytes === 0 ? 1 : Math.ceil(sizeBytes / pieceBytes);
  const extra = { pieces: 0, stream: 0, tus: 1, 'lib-storage': 2, reelway: 8 }[module];
  const waits = Math.ceil(parts / atOnce) + extra;
  return 0.4 + sizeBytes / (server === 'rgw' ? 70e6 : 200e6) + (waits * latencyMs) / 1_000;
}
