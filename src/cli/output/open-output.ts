/** How a command's words look is decided once: JSON lines, plain lines, or a bar. */
import type { CliHost } from '../host.js';
import type { Output } from './output.js';
import { jsonOutput } from './output-json.js';
import { textOutput } from './output-text.js';

/** The output that suits the command and its process. */
export function openOutput(host: CliHost, json: boolean): Output {
  return json ? jsonOutput(host) : textOutput(host);
}
