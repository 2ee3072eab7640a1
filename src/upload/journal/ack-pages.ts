/**
 * Acknowledgements on disk: pages of a few kilobytes, each rewritten only while it is the last one, so that the journal of
 * any video costs less than one percent of its bytes. Each process writes pages of its own, named by its fence and by chance:
 * two processes that both think they hold the lock never write one key, and all pages are merged as facts.
 */
import { type HashAlgorithm, isDigest } from '../../core/index.js';
import { createSerialWriter, type SerialWriter } from '../../internal/index.js';
import type { KeyValueStore } from '../../ports/index.js';
import { decodeRecord, encodeRecord, padBody } from './record-envelope.js';

/** Characters of a page's body at most. */
const PAGE_CHARACTERS = 4_000;
/** The same where objects are small and pages are rewritten for fewer bytes each. */
const SMALL_PAGE_CHARACTERS = 2_000;
const SMALL_OBJECT_BYTES = 210_000;

/** One fact: this object is in the store, with this hash. */
export interface Acknowledgement {
  /** ≥ 0. */
  readonly index: number;
  readonly hash: string;
}

interface Page {
  readonly key: string;
  body: string;
}

/** Writes the pages of one upload. */
export class AckPages {
  private readonly store: KeyValueStore;
  private readonly keyOf: (page: number) => string;
  private readonly pageCharacters: number;
  private readonly keys = new Set<string>();
  private readonly dirty = new Set<Page>();
  private readonly writer: SerialWriter;
  private last: Page | undefined;
  private pages = 0;
  private sequence = 0;

  /**
   * @param keyOf the key of this life's page with this number, from 0
   * @param meanBytes bytes of an object on average
   */
  constructor(store: KeyValueStore, keyOf: (page: number) => string, meanBytes: number) {
    this.store = store;
    this.keyOf = keyOf;
    this.pageCharacters = meanBytes < SMALL_OBJECT_BYTES ? SMALL_PAGE_CHARACTERS : PAGE_CHARACTERS;
    this.writer = createSerialWriter(() => this.writeDirty());
  }

  /** A page of an earlier process: removed with the others. */
  track(key: string): void {
    this.keys.add(key);
  }

  /** Resolves when the fact is durable; after a failure it stays on its page, and `flush` tries again. */
  add(fact: Acknowledgement): Promise<void> {
    const entry = `${fact.index.toString(36)}:${fact.hash};`;
    let page = this.last;
    if (page === undefined || page.body.length + entry.length > this.pageCharacters) page = this.newPage();
    page.body += entry;
    this.dirty.add(page);
    return this.writer.request();
  }

  /** Writes what failed before. */
  async flush(): Promise<void> {
    if (this.dirty.size > 0) await this.writer.request();
  }

  /** Waits for writes under way, then removes every page. */
  async remove(): Promise<void> {
    await this.writer.settled();
    this.dirty.clear();
    this.last = undefined;
    for (const key of [...this.keys]) {
      await this.store.remove(key);
      this.keys.delete(key);
    }
  }

  private newPage(): Page {
    const page = { key: this.keyOf(this.pages), body: '' };
    this.pages += 1;
    this.keys.add(page.key);
    this.last = page;
    return page;
  }

  private async writeDirty(): Promise<void> {
    for (const page of [...this.dirty]) {
      const { body } = page;
      this.sequence += 1;
      await this.store.set(page.key, encodeRecord(this.sequence, padBody(body)));
      if (page.body === body) this.dirty.delete(page);
    }
  }
}

/** The facts on a page; `undefined` where the page is damaged or newer than this release. */
export function readPage(text: string, algorithm: HashAlgorithm, count: number): Acknowledgement[] | undefined {
  const decoded = decodeRecord(text);
  if (decoded.kind !== 'record') return undefined;
  const facts: Acknowledgement[] = [];
  for (const entry of decoded.body.trimEnd().split(';')) {
    if (entry === '') continue;
    const [digits = '', hash = ''] = entry.split(':');
    const index = Number.parseInt(digits, 36);
    if (!(index >= 0 && index < count) || !isDigest(algorithm, hash)) return undefined;
    facts.push({ index, hash });
  }
  return facts;
}
