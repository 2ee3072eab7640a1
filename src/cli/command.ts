/** Input of every command. A command that fails throws. */
import type { CliHost } from './host.js';
import type { Output } from './output/output.js';

/** The surroundings of one command. */
export interface CommandContext {
  readonly host: CliHost;
  readonly output: Output;
}
