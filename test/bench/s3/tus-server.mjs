/** The reference server of tus over a store that keeps counts alone; each request is handed to it late by the latency. */
import { createServer } from 'node:http';
import { tusServer } from '../../s3/peers.mjs';
import { serve } from './control.mjs';

const { DataStore, Server, Upload } = await tusServer();
let latencyMs = 0;
const uploads = new Map();

class DiscardStore extends DataStore {
  constructor() {
    super();
    this.extensions = ['creation'];
  }
  async create(upload) {
    uploads.set(upload.id, upload);
    return upload;
  }
  async write(stream, id, offset) {
    let sizeBytes = offset;
    for await (const data of stream) sizeBytes += data.length;
    const upload = uploads.get(id);
    upload.offset = sizeBytes;
    return sizeBytes;
  }
  async getUpload(id) {
    const upload = uploads.get(id);
    return new Upload({ ...upload, id });
  }
}

const tus = new Server({ path: '/files', datastore: new DiscardStore() });
const server = createServer((request, response) => {
  if (latencyMs === 0) tus.handle(request, response);
  else setTimeout(() => tus.handle(request, response), latencyMs);
});
await serve(server, {
  reset: (about) => {
    latencyMs = about.latencyMs;
    uploads.clear();
  },
  stored: () => [...uploads.values()].map(({ id, offset }) => ({ path: id, sizeBytes: offset })),
});
