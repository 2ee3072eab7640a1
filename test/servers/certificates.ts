/**
 * A certificate authority of a test's own, by the `openssl` command, in a temporary folder: no key of it outlives the test, and none is
 * in the repository.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAY_MS = 86_400_000;

/** A certificate with its private key. */
export interface Certificate {
  /** As PEM. */
  readonly cert: string;
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** Whom a certificate is for, and when. */
export interface CertificateOptions {
  /** As openssl writes them, such as `DNS:localhost`. @default `DNS:localhost,IP:127.0.0.1` */
  readonly names?: string;
  /** Days from now on which it begins and ends to be good; negative ones have passed. @default -1 and 1 */
  readonly days?: readonly [number, number];
}

/** Signs certificates until its folder is removed. */
export interface Authority {
  /** Its own certificate, as PEM: what a client must trust. */
  readonly ca: string;
  readonly caPath: string;
  issue(options?: CertificateOptions): Promise<Certificate>;
  remove(): Promise<void>;
}

/** Makes an authority that nobody trusts by itself. */
export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'reelway-ca-'));
  const at = (name: string): string => join(folder, name);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const subject = ['-subj', '/CN=Authority of one test', '-days', '2'];
    await run('openssl', ['req', '-x509', ...KEY, ...subject, '-keyout', at('ca.key'), '-out', at('ca.pem')]);
    await writeFile(at('index'), '');
    await writeFile(at('ca.conf'), configuration(folder));
    let issued = 0;
    const issue = async ({ names = 'DNS:localhost,IP:127.0.0.1', days = [-1, 1] }: CertificateOptions = {}): Promise<Certificate> => {
      issued += 1;
      const [requestPath, keyPath, certPath] = [at(`${issued}.csr`), at(`${issued}.key`), at(`${issued}.pem`)];
      const extensions = at(`${issued}.ext`);
      await writeFile(extensions, `basicConstraints = CA:FALSE\nextendedKeyUsage = serverAuth\nsubjectAltName = ${names}\n`);
      await run('openssl', ['req', '-new', ...KEY, '-subj', `/CN=Server ${issued} of one test`, '-keyout', keyPath, '-out', requestPath]);
      const dates = ['-startdate', dateOf(days[0]), '-enddate', dateOf(days[1])];
      const files = ['-in', requestPath, '-out', certPath, '-extfile', extensions];
      await run('openssl', ['ca', '-batch', '-notext', '-config', at('ca.conf'), ...dates, ...files]);
      return { cert: await readFile(certPath, 'utf8'), key: await readFile(keyPath, 'utf8'), certPath, keyPath };
    };
    return { ca: await readFile(at('ca.pem'), 'utf8'), caPath: at('ca.pem'), issue, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A moment so many days from now, as openssl takes it: YYYYMMDDHHMMSSZ. */
function dateOf(days: number): string {
  return `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
}

function configuration(folder: string): string {
  return `[ca]
default_ca = authority
[authority]
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
database = ${folder}/index
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = anybody
[anybody]
commonName = supplied
`;
}
