/** What every command is given. A command that cannot do its work throws. */
import type { CliHost } from './host.js';
import type { Output } from './output/output.js';

/** The surroundings of one command. */
export interface CommandContext {
  readonly host: CliHost;
  readonly output: Output;
}
