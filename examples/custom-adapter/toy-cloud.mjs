/**
 * The client library of a made-up storage service: what you would have from npm. It stands for the real thing, habits
 * included: base64 hashes, inclusive ranges, pages, errors with a `statusCode` of its own, and no idea of Reelway.
 */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';

const PAGE_SIZE = 5;

/** @typedef {{ bytes: Uint8Array, md5: string }} StoredObject */

/** What every method rejects with. */
export class ToyCloudError extends Error {
  /**
   * @param {number} statusCode
   * @param {string} message
   */
  constructor(statusCode, message) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** One bucket, in memory. */
export class ToyCloud {
  /** @type {Map<string, StoredObject>} */
  #objects = new Map();

  /** Begins an upload; nothing is visible before it is finished. */
  async startUpload() {
    await turn();
    return new ToyUpload(this.#objects);
  }

  /**
   * Bytes `from` to `to`, both inclusive, as HTTP has it.
   * @param {string} name
   * @param {number} from
   * @param {number} to
   */
  async getObject(name, from, to) {
    await turn();
    const { bytes } = this.#find(name);
    if (from >= bytes.length) throw new ToyCloudError(416, 'range not satisfiable');
    return bytes.slice(from, to + 1);
  }

  /** @param {string} name */
  async headObject(name) {
    await turn();
    const { bytes, md5 } = this.#find(name);
    return { name, size: bytes.length, md5 };
  }

  /** @param {string} name */
  async deleteObject(name) {
    await turn();
    this.#find(name);
    this.#objects.delete(name);
  }

  /**
   * Names in order, behind `startAfter`; `more` says whether there is another page.
   * @param {string} prefix
   * @param {string} startAfter
   */
  async listObjects(prefix, startAfter = '') {
    await turn();
    const names = [...this.#objects.keys()].filter((name) => name.startsWith(prefix) && name > startAfter).sort();
    const objects = names.slice(0, PAGE_SIZE).map((name) => ({ name, size: this.#find(name).bytes.length }));
    return { objects, more: names.length > PAGE_SIZE };
  }

  /** @param {string} name */
  #find(name) {
    const object = this.#objects.get(name);
    if (object === undefined) throw new ToyCloudError(404, 'not found');
    return object;
  }
}

class ToyUpload {
  #objects;
  /** @type {Uint8Array[]} */
  #parts = [];

  /** @param {Map<string, StoredObject>} objects */
  constructor(objects) {
    this.#objects = objects;
  }

  /**
   * Takes a copy while it runs, and is done with the bytes when it resolves.
   * @param {Uint8Array} bytes
   */
  async append(bytes) {
    await turn();
    this.#parts.push(new Uint8Array(bytes));
  }

  /**
   * @param {string} name
   * @param {{ md5: string | undefined, onlyIfAbsent: boolean }} conditions
   */
  async finish(name, { md5, onlyIfAbsent }) {
    await turn();
    const bytes = new Uint8Array(Buffer.concat(this.#parts));
    const found = createHash('md5').update(bytes).digest('base64');
    if (md5 !== undefined && md5 !== found) throw new ToyCloudError(422, 'the hash does not match');
    if (onlyIfAbsent && this.#objects.has(name)) throw new ToyCloudError(412, 'it exists');
    this.#objects.set(name, { bytes, md5: found });
    return { name, size: bytes.length, md5: found };
  }

  async discard() {
    await turn();
    this.#parts = [];
  }
}
