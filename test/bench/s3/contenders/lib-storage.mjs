/** The AWS SDK's own uploader, as its documents show it: a file stream, every setting but part and queue size at its default. */
import { createReadStream } from 'node:fs';
import * as peers from '../../../s3/peers.mjs';

export async function prepare({ contender, file, client, bucket, prefix }) {
  const { S3 } = await peers.client();
  const { Upload } = await peers.libStorage();
  const s3 = new S3(client);
  const run = async () => {
    const params = { Bucket: bucket, Key: `${prefix}video`, Body: createReadStream(file), ContentType: 'video/mp4' };
    await new Upload({ client: s3, params, ...contender.settings }).done();
    return {};
  };
  return { run };
}
