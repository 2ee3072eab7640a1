/**
 * The only globals that the core and the engines may use: every host has them (Node, browsers, React Native, workers).
 * Anything else (`Buffer`, `process`, `fetch`, `window`, `crypto`, `structuredClone`) is a compile error.
 */
declare function setTimeout(run: () => void, delayMs?: number): unknown;
declare function clearTimeout(handle: unknown): void;
