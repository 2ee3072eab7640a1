/** Default directories of state and cache, by the conventions of each system. */
import { join, resolve } from 'node:path';
import type { CliHost } from './host.js';

/** The state directory: `--state`, else `$XDG_STATE_HOME/reelway`, `~/.local/state/reelway`, or `%LOCALAPPDATA%\reelway\state`. */
export function stateDirectory(host: CliHost, option: string | undefined): string {
  return pick(host, option, { windows: 'state', xdg: 'XDG_STATE_HOME', home: ['.local', 'state'] });
}

/** The cache directory: `--cache`, else `$XDG_CACHE_HOME/reelway`, `~/.cache/reelway`, or `%LOCALAPPDATA%\reelway\cache`. */
export function cacheDirectory(host: CliHost, option: string | undefined): string {
  return pick(host, option, { windows: 'cache', xdg: 'XDG_CACHE_HOME', home: ['.cache'] });
}

interface Places {
  readonly windows: string;
  readonly xdg: string;
  readonly home: readonly string[];
}

function pick(host: CliHost, option: string | undefined, places: Places): string {
  if (option !== undefined) return resolve(host.workingDirectory, option);
  const local = host.env['LOCALAPPDATA'];
  if (host.platform === 'win32' && local !== undefined && local !== '') return join(local, 'reelway', places.windows);
  const base = host.env[places.xdg];
  // XDG: a relative value must be ignored.
  if (base?.startsWith('/') === true) return join(base, 'reelway');
  return join(host.homeDirectory, ...places.home, 'reelway');
}
