/** Why the JavaScript SDK is no adapter for React Native: the SDK itself, where `Blob` is React Native's. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('programs/rn-blob.ts', import.meta.url));

test('the SDK rejects, or hangs for ever, over a Blob that cannot be made of bytes', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAM, String(inject('firebasePort'))]);
  const notMade = "Error: Creating blobs from 'ArrayBuffer' and 'ArrayBufferView' are not supported";
  expect(JSON.parse(stdout)).toEqual({
    uploadBytes: 'rejects',
    uploadBytesResumable: 'never settles',
    // Sent in pieces, none of which is made a Blob: so it seems to work, until a video's last segment.
    longUploadBytesResumable: 'resolves',
    unhandled: [notMade],
  });
});
