/**
 * What the command line of Hermes lacks of React Native: timers with delays, a clock, an AbortController. And a measure of it: how long
 * JavaScript runs before it gives the thread back, which is what a user's finger has to wait for.
 *
 * Tasks run one after the other, each with all the microtasks that follow from it, as in React Native. What native code would do in a
 * thread of its own is a task too, marked as such, so that it is not counted as JavaScript's.
 */

/** One task, and the microtasks behind it. */
export interface Stretch {
  readonly label: string;
  readonly native: boolean;
  readonly ms: number;
}

interface Task {
  readonly id: number;
  readonly dueMs: number;
  readonly label: string;
  readonly native: boolean;
  readonly run: () => void;
}

/** What is there of the engine's own: it ignores the delay. */
interface EngineGlobals {
  setTimeout(run: () => void, delayMs?: number): unknown;
  clearTimeout(id: unknown): void;
  queueMicrotask(run: () => void): void;
  print(...words: unknown[]): void;
  HermesInternal?: {
    getInstrumentedStats(): { readonly [name: string]: number };
    enablePromiseRejectionTracker(options: { allRejections: true; onUnhandled(id: number, error: unknown): void }): void;
  };
  AbortController?: unknown;
}

const engine = globalThis as unknown as EngineGlobals;
const yieldToEngine = engine.setTimeout;
const realNowMs = Date.now;

let skippedMs = 0;
let lastId = 0;
let pumping = false;
let open: { readonly label: string; readonly native: boolean; readonly begunMs: number } | undefined;
const tasks: Task[] = [];

/** Every stretch so far. */
export const stretches: Stretch[] = [];
/** Stretches between two looks at the heap. */
const HEAP_EVERY = 16;
let heapPeakBytes = 0;

const nowMs = (): number => realNowMs() + skippedMs;

/** Queues a task. */
function enqueue(run: () => void, delayMs: number, label: string, native: boolean): number {
  lastId += 1;
  const dueMs = nowMs() + Math.max(0, delayMs);
  const behind = tasks.findIndex((task) => task.dueMs > dueMs);
  tasks.splice(behind < 0 ? tasks.length : behind, 0, { id: lastId, dueMs, label, native, run });
  if (!pumping) {
    pumping = true;
    yieldToEngine(pump);
  }
  return lastId;
}

/** One turn of the engine is one task; idle time is skipped, so that a backoff costs nothing. */
function pump(): void {
  closeStretch();
  const task = tasks.shift();
  if (task === undefined) {
    pumping = false;
    return;
  }
  skippedMs += Math.max(0, task.dueMs - nowMs());
  yieldToEngine(pump);
  open = { label: task.label, native: task.native, begunMs: realNowMs() };
  task.run();
}

function closeStretch(): void {
  if (open !== undefined) stretches.push({ label: open.label, native: open.native, ms: realNowMs() - open.begunMs });
  open = undefined;
  if (stretches.length % HEAP_EVERY === 0) heapPeakBytes = Math.max(heapPeakBytes, statistics().js_allocatedBytes ?? 0);
}

/** A turn of native code's own thread, and the turn in which JavaScript gets its answer, which is counted under `label`. */
export async function natively<T>(label: string, work: () => Promise<T> | T): Promise<T> {
  await new Promise<void>((resolve) => void enqueue(resolve, 0, label, true));
  let settle: (() => T) | undefined;
  try {
    const answer = await work();
    settle = () => answer;
  } catch (error) {
    settle = () => {
      throw error;
    };
  }
  await new Promise<void>((resolve) => void enqueue(resolve, 0, label, false));
  return settle();
}

type Listener = () => void;

/** As the package abort-controller 3.0.0, which React Native has up to 0.86: a signal without a reason. */
class BareAbortController {
  private readonly listeners = new Set<Listener>();
  readonly signal = {
    aborted: false,
    addEventListener: (_type: 'abort', listener: Listener): void => void this.listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: Listener): void => void this.listeners.delete(listener),
  };

  abort(): void {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    for (const listener of [...this.listeners]) listener();
  }
}

/** Puts the host's globals in place, and runs the app as the first task. */
export function start(app: () => Promise<void>): void {
  Date.now = nowMs;
  engine.setTimeout = (run, delayMs = 0) => enqueue(run, delayMs, 'timer', false);
  engine.clearTimeout = (id) => {
    const index = tasks.findIndex((task) => task.id === id);
    if (index >= 0) tasks.splice(index, 1);
  };
  engine.queueMicrotask = (run) => void Promise.resolve().then(run);
  engine.AbortController = BareAbortController;
  const onUnhandled = (_id: number, error: unknown): void => print({ unhandled: describe(error) });
  engine.HermesInternal?.enablePromiseRejectionTracker({ allRejections: true, onUnhandled });
  enqueue(() => void app().catch((error: unknown) => print({ failed: describe(error) })), 0, 'start', false);
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.name} ${String((error as { code?: string }).code)}: ${error.message}\n${error.stack}`
    : String(error);
}

/** Prints one line of JSON. */
export function print(result: object): void {
  engine.print(JSON.stringify(result));
}

/** Real milliseconds since 1970, without those that were skipped. */
export const realMs = (): number => realNowMs();

const statistics = (): { readonly [name: string]: number } => engine.HermesInternal?.getInstrumentedStats() ?? {};

/** Bytes that were allocated in the engine's heap when it was looked at, the fakes' own included; buffers of bytes lie outside of it. */
export function heap(): { readonly peakBytes: number; readonly heldBytes: number } {
  const peakBytes = heapPeakBytes;
  heapPeakBytes = 0;
  return { peakBytes, heldBytes: statistics().js_allocatedBytes ?? 0 };
}

/** A controller as the host has it. */
export function newAbortController(): BareAbortController {
  return new BareAbortController();
}
