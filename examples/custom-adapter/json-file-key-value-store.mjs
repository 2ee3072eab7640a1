/**
 * A KeyValueStore in one JSON file: for a few hundred small records, since each change writes all of them.
 * `docs/write-an-adapter.md` walks through it.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { ReelwayError } from 'reelway';

/** @typedef {Map<string, string>} Records */

/**
 * @param {{ path: string }} options
 * @returns {import('reelway').KeyValueStore}
 */
export function jsonFileKeyValueStore({ path }) {
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();

  /** @param {(records: Records) => void} change */
  function changing(change) {
    const turn = last.then(async () => {
      const records = await load(path);
      change(records);
      await save(path, records);
    });
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    get: async (key) => (await load(path)).get(key),
    set: (key, value) => changing((records) => records.set(key, value)),
    remove: (key) => changing((records) => records.delete(key)),
    keys: async (prefix) => [...(await load(path)).keys()].filter((key) => key.startsWith(prefix)),
  };
}

/**
 * @param {string} path
 * @returns {Promise<Records>}
 */
async function load(path) {
  try {
    return new Map(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (Object(error).code === 'ENOENT') return new Map();
    throw new ReelwayError('STORAGE_UNAVAILABLE', { message: `cannot read ${path}`, context: { path }, cause: error });
  }
}

/**
 * @param {string} path
 * @param {Records} records
 */
async function save(path, records) {
  try {
    const file = await open(`${path}.tmp`, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify([...records]));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
  } catch (error) {
    const code = Object(error).code === 'ENOSPC' ? 'STORAGE_FULL' : 'STORAGE_UNAVAILABLE';
    throw new ReelwayError(code, { message: `cannot write ${path}`, context: { path }, cause: error });
  }
}
