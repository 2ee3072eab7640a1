/** Metro, in a process of its own under the Node that it wants. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../../package/world.js';
import { NODE_22 } from './app-folder.js';

/** Releases of React Native whose preset and bundler are tried: the oldest that is promised, the newest, and two between. */
export const RELEASES = ['0.79', '0.81', '0.84', '0.88'] as const;

/** What became of one entry. */
export interface Bundle {
  readonly name: string;
  /** Bytes of the whole bundle, with Metro's runtime. */
  readonly bytes: number;
  /** Paths of the modules in it. */
  readonly modules: readonly string[];
  /** Why there is none. */
  readonly error?: string;
}

/** What is to be bundled. */
export interface BundleJob {
  readonly release: string;
  /** The app's folder. */
  readonly root: string;
  /** Files of the app by the name of their bundle. */
  readonly entries: { readonly [name: string]: string };
  readonly minify: boolean;
  /** Folder for the bundles, `<name>.js`. */
  readonly out: string;
}

/** Bundles each entry, by name. */
export async function bundleAll(job: BundleJob): Promise<ReadonlyMap<string, Bundle>> {
  mkdirSync(job.out, { recursive: true });
  const program = join(import.meta.dirname, '../metro/bundle.mjs');
  const output = await must(NODE_22, [program, JSON.stringify(job)], job.root);
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return new Map(lines.map((line) => JSON.parse(line) as Bundle).map((bundle) => [bundle.name, bundle]));
}
