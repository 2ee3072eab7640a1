/** Multipart uploads in memory: sessions, their parts, and completed blobs. */
import { throwIfAborted } from '../../src/adapter-kit/index.js';
import { createHash, type HashAlgorithm } from '../../src/core/index.js';
import { ReelwayError } from '../../src/errors/index.js';
import type { BlobInfo, BlobPart, BlobParts } from '../../src/ports/index.js';
import { checkedHashes, copyOf } from './bodies.js';
import { requireBlobKey } from './names.js';

/** Maximum bytes of a part: one array holds it. */
export const MAX_PART_BYTES = 1_073_741_824;
const MAX_PARTS = 10_000;

export interface PartsSetting {
  readonly attests: readonly HashAlgorithm[];
  readonly minPartBytes: number;
  /** Takes room, or gives it back; throws QUOTA_EXCEEDED. */
  readonly reserve: (key: string, sizeBytes: number) => void;
  readonly store: (key: string, bytes: Uint8Array) => BlobInfo;
  readonly infoOf: (key: string) => BlobInfo | undefined;
}

interface StoredPart {
  readonly part: BlobPart;
  readonly bytes: Uint8Array;
}

interface Session {
  readonly key: string;
  readonly parts: Map<number, StoredPart>;
}

/** The result of a completed session, for a repeated call. */
interface Finished {
  readonly tags: string;
  readonly info: BlobInfo;
}

/** The parts of one memory store. */
export function memoryParts(setting: PartsSetting): BlobParts {
  const sessions = new Map<string, Session>();
  const finished = new Map<string, Finished>();
  let begun = 0;
  const open = (id: string): Session => {
    const session = sessions.get(id);
    if (session === undefined) throw new ReelwayError('BLOB_NOT_FOUND', { message: 'The multipart session does not exist or has ended' });
    return session;
  };
  return {
    minPartBytes: setting.minPartBytes,
    maxPartBytes: MAX_PART_BYTES,
    maxParts: MAX_PARTS,
    async begin(key, { signal }) {
      requireBlobKey(key);
      throwIfAborted(signal);
      begun += 1;
      const id = `memory-${begun}?${key}`;
      sessions.set(id, { key, parts: new Map() });
      return id;
    },
    async putPart(id, number, body, options = {}) {
      requireNumber(number);
      throwIfAborted(options.signal);
      const { key } = open(id);
      const bytes = await copyOf(body, key, options);
      const hashes = checkedHashes(bytes, setting.attests, key, options.hashes);
      throwIfAborted(options.signal);
      const part = { number, sizeBytes: bytes.length, hashes, tag: tagOf(bytes) };
      keep(setting, open(id), { part, bytes });
      return part;
    },
    async list(id, signal) {
      throwIfAborted(signal);
      return [...open(id).parts.values()].map(({ part }) => part).sort((one, other) => one.number - other.number);
    },
    async complete(id, parts, signal) {
      requireParts(parts);
      throwIfAborted(signal);
      const tags = parts.map(({ tag }) => tag).join(' ');
      const made = finished.get(id);
      if (made?.tags === tags && isStill(setting.infoOf(made.info.key), made.info)) return made.info;
      const session = open(id);
      const bytes = composed(setting, session, parts);
      forget(setting, session);
      sessions.delete(id);
      const info = setting.store(session.key, bytes);
      finished.set(id, { tags, info });
      return info;
    },
    async abort(id, signal) {
      throwIfAborted(signal);
      const session = sessions.get(id);
      if (session !== undefined) forget(setting, session);
      sessions.delete(id);
    },
  };
}

function keep({ reserve }: PartsSetting, session: Session, stored: StoredPart): void {
  const { number } = stored.part;
  reserve(session.key, stored.bytes.length - (session.parts.get(number)?.bytes.length ?? 0));
  session.parts.set(number, stored);
}

function forget({ reserve }: PartsSetting, { key, parts }: Session): void {
  for (const { bytes } of parts.values()) reserve(key, -bytes.length);
}

/** The bytes of these parts, checked by their tags. */
function composed({ minPartBytes }: PartsSetting, { key, parts: stored }: Session, parts: readonly BlobPart[]): Uint8Array {
  const pieces = parts.map(({ number, tag }) => {
    const found = stored.get(number);
    if (found?.part.tag !== tag) {
      throw new ReelwayError('BLOB_CORRUPT', {
        message: `Part ${number} of ${key} is missing or has another tag`,
        context: { key, number },
      });
    }
    return found.bytes;
  });
  if (pieces.slice(0, -1).some((piece) => piece.length < minPartBytes)) {
    const message = `A part of ${key} other than the last has fewer than ${minPartBytes} bytes`;
    throw new ReelwayError('REQUEST_REFUSED', { message, context: { key } });
  }
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function isStill(found: BlobInfo | undefined, made: BlobInfo): boolean {
  return found !== undefined && found.modifiedMs === made.modifiedMs && found.sizeBytes === made.sizeBytes;
}

/** Always computed here, since a store may attest no hash. */
function tagOf(bytes: Uint8Array): string {
  const hash = createHash('md5');
  hash.update(bytes);
  return `${hash.digest()}-${bytes.length}`;
}

function requireNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS)
    throw new TypeError(`A part number must be from 1 to ${MAX_PARTS}: ${number}`);
}

function requireParts(parts: readonly BlobPart[]): void {
  if (parts.length === 0) throw new TypeError('A blob must have at least one part');
  parts.forEach(({ number }, index) => {
    if (number !== index + 1) throw new TypeError(`Parts must be numbered from 1 without gaps: expected ${index + 1}, got ${number}`);
  });
}
