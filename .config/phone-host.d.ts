/** What adapters for phones and browsers may use by name besides the core's globals: it is there on every such host. */
declare class AbortController {
  readonly signal: object;
  abort(): void;
}
