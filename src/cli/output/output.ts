/** The output of commands. */
import type { ReelwayError } from '../../index.js';

/** Facts of one line of `--json`. */
export interface Facts {
  readonly [name: string]: string | number | boolean | undefined | readonly (string | number)[] | Facts;
}

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

export interface Output {
  /** Sets the verb of the progress: `Uploading`. */
  begin(verb: string): void;
  progress(progress: Progress): void;
  /** Reports an event such as a retry or a wait. */
  note(type: string, facts: Facts, sentence: string): void;
  warning(error: ReelwayError): void;
  /** One line of a result. */
  item(type: string, facts: Facts, line: string): void;
  /** The last line after success. */
  completed(facts: Facts, sentence: string): void;
  /** The last line after a failure. */
  failed(code: string, message: string, userMessage: string): void;
}
