/** `reelway/node`: the ports of a Node process. */
export { type DirectoryBlobStoreOptions, directoryBlobStore } from './bucket/directory-blob-store.js';
export type { Durability } from './files/durable.js';
export { type NodeFileSystemOptions, nodeFileSystem } from './files/node-file-system.js';
export { type NodeKeyValueStoreOptions, nodeKeyValueStore } from './files/node-key-value-store.js';
export { type NodeAgent, type NodeHttpTransportOptions, nodeHttpTransport } from './http/node-http-transport.js';
export { type NodeLockOptions, nodeLock } from './lock/node-lock.js';
export { nodeHasher } from './node-hasher.js';
export { type NodePorts, type NodePortsOptions, nodePorts } from './node-ports.js';
