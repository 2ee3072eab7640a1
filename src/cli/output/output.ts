/** What a command may say. */
import type { ReelwayError } from '../../index.js';

/** Facts of one line of `--json`. */
export interface Facts {
  readonly [name: string]: string | number | boolean | undefined | readonly (string | number)[] | Facts;
}

/** How far a command is. */
export interface Progress {
  readonly videoId: string;
  readonly uploadId?: string | undefined;
  /** Bytes that are done, ≤ `totalBytes`. */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly segments?: number | undefined;
  readonly totalSegments?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  readonly remainingMs?: number | undefined;
}

/** Where a command's words go. */
export interface Output {
  /** What the bar is about: `Uploading`. */
  begin(verb: string): void;
  progress(progress: Progress): void;
  /** Something happened that a person wants to know: a retry, a wait. */
  note(type: string, facts: Facts, sentence: string): void;
  warning(error: ReelwayError): void;
  /** One line of a result. */
  item(type: string, facts: Facts, line: string): void;
  /** The last word of a command that did its work. */
  completed(facts: Facts, sentence: string): void;
  /** The last word of one that did not. */
  failed(code: string, message: string, userMessage: string): void;
}
