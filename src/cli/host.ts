/** What the command line asks of its process, so that tests can run it inside theirs. */

/** The process around one run of the command line. */
export interface CliHost {
  readonly env: { readonly [name: string]: string | undefined };
  /** Changes {@link env}, for libraries that read it. */
  readonly setEnvironment: (name: string, value: string) => void;
  readonly platform: string;
  /** The user's home directory. */
  readonly homeDirectory: string;
  /** Where relative paths start. */
  readonly workingDirectory: string;
  readonly version: string;
  /** Results, and everything in `--json` mode. */
  readonly writeOut: (text: string) => void;
  /** Progress and failures for people. */
  readonly writeErr: (text: string) => void;
  /** The terminal to draw a bar on; `undefined` where progress goes to a file or a pipe. */
  readonly terminal: NodeJS.WritableStream | undefined;
  /** Calls `listener` at the first wish to stop (Ctrl-C); the second one ends the process. Returns its unsubscribe. */
  readonly onInterrupt: (listener: () => void) => () => void;
  readonly nowMs: () => number;
}
