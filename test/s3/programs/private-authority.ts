/** What docs/s3.md shows of a private authority, as it stands there. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { nodeHttpTransport } from '../../../adapters/node/index.js';

/** Trusts one authority more than Node does. */
export function trustAlso(caPath: string) {
  // `ca` replaces the authorities that Node knows: name them too, or the public web is not trusted any more.
  const httpsAgent = new Agent({ keepAlive: true, ca: [...rootCertificates, readFileSync(caPath, 'utf8')] });
  const transport = nodeHttpTransport({ httpsAgent });
  const requestHandler = { httpsAgent };
  return { httpsAgent, transport, requestHandler };
}
