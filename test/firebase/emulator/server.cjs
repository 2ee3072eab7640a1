/**
 * Google's storage emulator in a process of its own: `node server.cjs <port>`. It says `ready` once it answers, and ends when its stdin does,
 * so that none outlives the suite.
 *
 * The evaluation of security rules is a program that is downloaded at run time, and cannot be had offline: in its place stands the policy below.
 * All else is Google's code. Its paths are internal, which is why the version is pinned.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const TOOLS = 'firebase-tools/lib/emulator';
const { StorageEmulator } = require(`${TOOLS}/storage`);
const { EmulatorRegistry } = require(`${TOOLS}/registry`);
const { StorageRulesIssues, StorageRulesRuntime } = require(`${TOOLS}/storage/rules/runtime`);

/** What the tests need of rules: who may do what is told by the names of folders. */
function isPermitted({ path: object, method, token }) {
  const path = `${object}/`;
  if (path.includes('/denied/')) return false;
  if (path.includes('/write-only/')) return method !== 'get' && method !== 'list';
  if (path.includes('/members/')) return token !== undefined;
  return true;
}

const runtime = StorageRulesRuntime.prototype;
runtime.start = async () => undefined;
runtime.stop = async () => undefined;
runtime.loadRuleset = async () => ({
  ruleset: { verify: async (asked) => ({ permitted: isPermitted(asked), issues: new StorageRulesIssues() }) },
  issues: new StorageRulesIssues(),
});

async function main() {
  const port = Number(process.argv[2]);
  const name = join(__dirname, 'storage.rules');
  const emulator = new StorageEmulator({
    projectId: 'reelway-test',
    host: '127.0.0.1',
    port,
    auto_download: false,
    rules: { name, content: readFileSync(name, 'utf8') },
  });
  await EmulatorRegistry.start(emulator);
  process.stdin.on('end', () => process.exit(0)).resume();
  process.stdout.write('ready\n');
}

main().catch((error) => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
