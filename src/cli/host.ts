/** The process as the command line uses it, so that tests can run commands in their own process. */

/** The process around one run of the command line. */
export interface CliHost {
  readonly env: { readonly [name: string]: string | undefined };
  /** Changes {@link env}, for libraries that read it. */
  readonly setEnvironment: (name: string, value: string) => void;
  readonly platform: string;
  /** The user's home directory. */
  readonly homeDirectory: string;
  /** The base of relative paths. */
  readonly workingDirectory: string;
  readonly version: string;
  /** Results, and all output in `--json` mode. */
  readonly writeOut: (text: string) => void;
  /** Progress and failures for people. */
  readonly writeErr: (text: string) => void;
  /** The terminal of the progress bar; `undefined` if standard error is a file or a pipe. */
  readonly terminal: NodeJS.WritableStream | undefined;
  /** Calls `listener` at the first Ctrl-C; the second one ends the process. Returns the unsubscribe function. */
  readonly onInterrupt: (listener: () => void) => () => void;
  readonly nowMs: () => number;
}
