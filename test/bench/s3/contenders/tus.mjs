/** tus-js-client with a file stream, every setting but the chunk size at its default. */
import { createReadStream } from 'node:fs';
import * as peers from '../../../s3/peers.mjs';

export async function prepare({ contender, file, endpoint }) {
  const { Upload } = await peers.tusClient();
  const run = () =>
    new Promise((resolve, reject) => {
      const upload = new Upload(createReadStream(file), {
        endpoint: `${endpoint}/files`,
        metadata: { filetype: 'video/mp4' },
        onSuccess: () => resolve({}),
        onError: reject,
        ...contender.settings,
      });
      upload.start();
    });
  return { run };
}
