/** `reelway/testing`: a virtual clock and ports in memory, for an app's own tests. */
export type { LinkFault, LinkFaultKind, LinkOperation, LinkOutage } from './link-script.js';
export { createSeededRandom } from './random.js';
export type { LinkReport, ScriptedLink, ScriptedLinkOptions } from './scripted-link.js';
export { createScriptedLink } from './scripted-link.js';
export type { TestConditions } from './test-conditions.js';
export { createTestConditions } from './test-conditions.js';
export type { TestPorts, TestPortsOptions } from './test-ports.js';
export { createTestPorts } from './test-ports.js';
export type { DriveOptions, SuspendOptions, VirtualClock, VirtualClockOptions } from './virtual-clock.js';
export { createVirtualClock } from './virtual-clock.js';
