/** All ports of a Node process but the bucket, by one call. */

import { join, resolve } from 'node:path';
import { assertOptions } from '../../src/adapter-kit/index.js';
import type { FileSystem, Hasher, KeyValueStore, Lock } from '../../src/ports/index.js';
import type { Durability } from './files/durable.js';
import { nodeFileSystem } from './files/node-file-system.js';
import { nodeKeyValueStore } from './files/node-key-value-store.js';
import { nativePath } from './files/paths.js';
import { nodeLock } from './lock/node-lock.js';
import { nodeHasher } from './node-hasher.js';

/** Options of {@link nodePorts}. */
export interface NodePortsOptions {
  /** Directory of queue and locks, plain or `file://`; made (0700) if missing. Records are in `records`, locks in `locks`. */
  readonly stateDirectory: string;
  /** As for {@link nodeFileSystem} and {@link nodeKeyValueStore}. @default 'full' */
  readonly durability?: Durability;
}

/** Result of {@link nodePorts}; spread it into an engine's options. */
export interface NodePorts {
  readonly fileSystem: FileSystem;
  readonly keyValueStore: KeyValueStore;
  readonly lock: Lock;
  readonly hasher: Hasher;
}

/** The ports of a Node process, but for the bucket: `createUploadEngine({ ...nodePorts({ stateDirectory }), blobStore, scope })`. */
export function nodePorts(options: NodePortsOptions): NodePorts {
  assertOptions('nodePorts', options, { stateDirectory: true, durability: true });
  const durability = options.durability ?? 'full';
  const state = resolve(nativePath(options.stateDirectory));
  return {
    fileSystem: nodeFileSystem({ durability }),
    keyValueStore: nodeKeyValueStore({ directory: join(state, 'records'), durability }),
    lock: nodeLock({ directory: join(state, 'locks') }),
    hasher: nodeHasher(),
  };
}
