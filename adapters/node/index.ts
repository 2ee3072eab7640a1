/** `reelway/node`: the ports of a Node process. */
export { type DirectoryBlobStoreOptions, directoryBlobStore } from './directory-blob-store.js';
export type { Durability } from './durable.js';
export { type NodeFileSystemOptions, nodeFileSystem } from './node-file-system.js';
export { nodeHasher } from './node-hasher.js';
export { type NodeAgent, type NodeHttpTransportOptions, nodeHttpTransport } from './node-http-transport.js';
export { type NodeKeyValueStoreOptions, nodeKeyValueStore } from './node-key-value-store.js';
export { type NodeLockOptions, nodeLock } from './node-lock.js';
export { type NodePorts, type NodePortsOptions, nodePorts } from './node-ports.js';
