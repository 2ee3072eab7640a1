/**
 * A phone's disk, below the native modules: what the operating system does, in memory and without Node, so that the same fakes
 * run in Hermes. Large sources are made up as they are read, so that a test of 3 GiB needs no room.
 */

/** What the operating system refuses with. */
export class DiskError extends Error {
  readonly errno: string;

  constructor(errno: string, message: string) {
    super(`${message}: ${errno}`);
    this.errno = errno;
  }
}

/** Fills `into` with the bytes at `position` of a file that nobody has written. */
export type MadeUp = (into: Uint8Array, position: number) => void;

/** Bytes that differ by position up to 2^53, so that a read at the wrong place is seen. */
export const positionBytes: MadeUp = (into, position) => {
  for (let index = 0; index < into.length; index += 1) {
    const at = position + index;
    into[index] = (at ^ (at / 251) ^ (at / 65_537) ^ (at / 16_777_259)) & 255;
  }
};

interface FileNode {
  readonly kind: 'file';
  bytes: Uint8Array;
  sizeBytes: number;
  modifiedMs: number;
  readonly madeUp?: MadeUp;
}

interface FolderNode {
  readonly kind: 'directory';
  readonly children: Map<string, Node>;
  modifiedMs: number;
}

type Node = FileNode | FolderNode;

/** What `lstat` tells. */
export interface DiskInfo {
  readonly kind: 'file' | 'directory';
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** How {@link NativeDisk} is made. */
export interface DiskOptions {
  /** Bytes that all files together may hold. @default 2^40 */
  readonly capacityBytes?: number;
}

/** The disk. */
export class NativeDisk {
  readonly capacityBytes: number;
  private readonly root: FolderNode = { kind: 'directory', children: new Map(), modifiedMs: 1_700_000_000_000 };
  private nowMs = 1_700_000_000_000;

  constructor(options: DiskOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? 2 ** 40;
  }

  stat(path: string): DiskInfo | undefined {
    const node = this.find(path);
    if (node === undefined) return undefined;
    return { kind: node.kind, sizeBytes: node.kind === 'file' ? node.sizeBytes : 64, modifiedMs: node.modifiedMs };
  }

  /** A file that is read but never written, and takes no room. */
  makeUp(path: string, sizeBytes: number, madeUp: MadeUp = positionBytes): void {
    this.put(path, { kind: 'file', bytes: new Uint8Array(0), sizeBytes, modifiedMs: this.tick(), madeUp });
  }

  /** At most `into.length` bytes; 0 at the end and beyond it. */
  read(path: string, into: Uint8Array, position: number): number {
    const node = this.file(path);
    const length = Math.max(0, Math.min(into.length, node.sizeBytes - position));
    if (length === 0) return 0;
    if (node.madeUp === undefined) into.set(node.bytes.subarray(position, position + length));
    else node.madeUp(into.subarray(0, length), position);
    return length;
  }

  /** Makes the file or empties it. */
  truncate(path: string): void {
    if (this.find(path) === undefined) this.put(path, { kind: 'file', bytes: new Uint8Array(0), sizeBytes: 0, modifiedMs: 0 });
    const file = this.file(path);
    file.bytes = new Uint8Array(0);
    file.sizeBytes = 0;
    file.modifiedMs = this.tick();
  }

  append(path: string, bytes: Uint8Array): void {
    if (this.find(path) === undefined) this.truncate(path);
    this.write(path, bytes, this.file(path).sizeBytes);
  }

  /** Writes what fits, as a full disk does, and only then complains. A gap before `position` is filled with zeros. */
  write(path: string, bytes: Uint8Array, position: number): void {
    const node = this.file(path);
    const room = Math.max(0, this.freeBytes() + Math.max(0, node.sizeBytes - position));
    const length = Math.min(bytes.length, room);
    const end = Math.max(node.sizeBytes, position + length);
    if (end > node.bytes.length) {
      const larger = new Uint8Array(Math.max(end, Math.min(node.bytes.length * 2, node.bytes.length + 8_388_608)));
      larger.set(node.bytes.subarray(0, node.sizeBytes));
      node.bytes = larger;
    }
    node.bytes.set(bytes.subarray(0, length), position);
    node.sizeBytes = end;
    node.modifiedMs = this.tick();
    if (length < bytes.length) throw new DiskError('ENOSPC', 'write failed: ENOSPC (No space left on device)');
  }

  /** As rename(2): a file replaces a file, and nothing replaces a directory. */
  rename(from: string, to: string): void {
    const node = this.find(from);
    if (node === undefined) throw new DiskError('ENOENT', from);
    if (this.find(to)?.kind === 'directory') throw new DiskError('EISDIR', to);
    this.put(to, node);
    if (from !== to) this.remove(from);
  }

  /** With all below it. */
  remove(path: string): void {
    const { parent, name } = this.parent(path);
    if (!parent.children.delete(name)) throw new DiskError('ENOENT', path);
  }

  list(path: string): string[] {
    const node = this.find(path);
    if (node === undefined) throw new DiskError('ENOENT', path);
    if (node.kind !== 'directory') throw new DiskError('ENOTDIR', path);
    return [...node.children.keys()];
  }

  /** With its parents; one that is there is no error. */
  makeDirectory(path: string): void {
    let folder = this.root;
    for (const name of this.names(path)) {
      const next = folder.children.get(name);
      if (next === undefined) {
        const made: FolderNode = { kind: 'directory', children: new Map(), modifiedMs: this.tick() };
        folder.children.set(name, made);
        folder = made;
      } else if (next.kind === 'directory') folder = next;
      else throw new DiskError('EEXIST', path);
    }
  }

  freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.usedBytes(this.root));
  }

  /** Sets a file's time, as a test wants it. */
  touch(path: string, modifiedMs: number): void {
    this.file(path).modifiedMs = modifiedMs;
  }

  private usedBytes(folder: FolderNode): number {
    let sum = 0;
    for (const node of folder.children.values()) {
      if (node.kind === 'directory') sum += this.usedBytes(node);
      else if (node.madeUp === undefined) sum += node.sizeBytes;
    }
    return sum;
  }

  private file(path: string): FileNode {
    const node = this.find(path);
    if (node === undefined) throw new DiskError('ENOENT', path);
    if (node.kind !== 'file') throw new DiskError('EISDIR', path);
    return node;
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of this.names(path)) {
      if (node?.kind !== 'directory') return undefined;
      node = node.children.get(name);
    }
    return node;
  }

  private put(path: string, node: Node): void {
    const { parent, name } = this.parent(path);
    parent.children.set(name, node);
  }

  private parent(path: string): { readonly parent: FolderNode; readonly name: string } {
    const names = this.names(path);
    const name = names.pop();
    const parent = this.find(`/${names.join('/')}`);
    if (name === undefined || parent === undefined) throw new DiskError('ENOENT', path);
    if (parent.kind !== 'directory') throw new DiskError('ENOTDIR', path);
    return { parent, name };
  }

  private names(path: string): string[] {
    return path.split('/').filter((name) => name !== '');
  }

  private tick(): number {
    this.nowMs += 1_000;
    return this.nowMs;
  }
}
