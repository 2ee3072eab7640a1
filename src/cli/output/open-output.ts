/** Selects the form of the output: JSON lines, plain lines, or a progress bar. */
import type { CliHost } from '../host.js';
import type { Output } from './output.js';
import { jsonOutput } from './output-json.js';
import { textOutput } from './output-text.js';

export function openOutput(host: CliHost, json: boolean): Output {
  return json ? jsonOutput(host) : textOutput(host);
}
