/** Writes one file of the cache: under a temporary name, made durable, then renamed; or removed without a trace. */
import { MAX_SEGMENT_BYTES } from '../../core/index.js';
import type { ReelwayError } from '../../errors/index.js';
import type { FileSystem, WriteHandle } from '../../ports/index.js';
import { asReelwayError } from '../../transfer/index.js';

/** A file of the cache that is being written. */
export interface CacheWriter {
  /** Appends bytes, lent until the promise settles. @throws {ReelwayError} STORAGE_FULL */
  write(bytes: Uint8Array): Promise<void>;
  /** From empty again. */
  restart(): Promise<void>;
  /** Makes it durable and renames it. */
  commit(): Promise<void>;
  /** Removes it; harmless after `commit`. */
  discard(): Promise<void>;
}

/** What happens to the bytes that were reserved for a file. */
export interface WriterEvents {
  committed(): void;
  discarded(): void;
  lost(): void;
  warn(error: ReelwayError): void;
}

/** A {@link CacheWriter} over a file system. */
export class FileWriter implements CacheWriter {
  private readonly fileSystem: FileSystem;
  private readonly temporary: string;
  private readonly path: string;
  private readonly events: WriterEvents;
  private handle: WriteHandle | undefined;
  private isDone = false;

  constructor(fileSystem: FileSystem, temporary: string, path: string, events: WriterEvents) {
    this.fileSystem = fileSystem;
    this.temporary = temporary;
    this.path = path;
    this.events = events;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.handle ??= await this.fileSystem.create(this.temporary);
    for (let at = 0; at < bytes.length; at += MAX_SEGMENT_BYTES) await this.handle.write(bytes.subarray(at, at + MAX_SEGMENT_BYTES));
  }

  async restart(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await handle?.close();
    await this.fileSystem.remove(this.temporary);
  }

  async commit(): Promise<void> {
    this.handle ??= await this.fileSystem.create(this.temporary);
    await this.handle.close();
    await this.fileSystem.rename(this.temporary, this.path);
    this.isDone = true;
    this.events.committed();
  }

  async discard(): Promise<void> {
    if (this.isDone) return;
    this.isDone = true;
    try {
      await this.restart();
      this.events.discarded();
    } catch (error) {
      this.events.lost();
      this.events.warn(asReelwayError(error));
    }
  }
}
