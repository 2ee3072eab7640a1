/**
 * Plans faults: one plan for all wrapped ports of a test, evaluated in the order of calls, so that the same
 * rules and the same seed give the same faults.
 */
import { type PortErrorCode, ReelwayError } from '../../errors/index.js';
import type { Clock } from '../../ports/index.js';
import { type FaultKind, FITTING, type PortOperationName } from './kinds.js';
import { createRandom } from './random.js';

/** A fault and its conditions: all given conditions must hold. Each rule counts operations separately. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** @default each operation that the kind fits */
  readonly operation?: PortOperationName | readonly PortOperationName[];
  /** Only where the path or key contains this. @default any */
  readonly target?: string;
  /** Only the n-th of these operations, from 1. @default any */
  readonly nth?: number;
  /** Only each n-th of these operations, ≥ 1. @default each */
  readonly everyNth?: number;
  /** Maximum number of injections, ≥ 1. @default unlimited */
  readonly times?: number;
  /** Share of these operations, 0 to 1, drawn from the plan's random numbers. @default 1 */
  readonly rate?: number;
  /** Any other condition; evaluated last. @default true */
  readonly when?: (operation: PortOperation) => boolean;
  /** Error code of a kind that rejects. @default FILE_UNREADABLE, STORAGE_UNAVAILABLE, NETWORK by port; TIMEOUT for `late`; STORAGE_FULL for a torn file */
  readonly code?: PortErrorCode;
  /** Milliseconds, ≥ 0, in the error's context. @default none */
  readonly retryAfterMs?: number;
  /** Milliseconds, ≥ 0, that `slow` waits before the operation, and `late` between the rejection and the landing. @default 1,000 */
  readonly delayMs?: number;
  /** Bytes (characters of a value), ≥ 0, that a `short-read` gives (at least 1 then), or that a `torn-write` leaves. @default half */
  readonly keep?: number;
}

/** One call of a port's method, or of a method of its handles and readers. */
export interface PortOperation {
  /** From 1, over all ports of the plan. */
  readonly index: number;
  readonly name: PortOperationName;
  /** The path or key; for `kv.keys` and `blob.list` the prefix, for several keys the first. */
  readonly target: string;
}

/** How an operation ended. */
export interface OperationOutcome {
  /** Whether the caller's promise resolved. */
  readonly resolved: boolean;
  /** The injected fault, if any. */
  readonly fault?: FaultKind;
}

/** Options of {@link createFaultPlan}. */
export interface FaultPlanOptions {
  /** The first rule whose conditions hold applies. @default none */
  readonly rules?: readonly FaultRule[];
  /** Seed of the numbers behind `rate`, an integer ≥ 0. @default 1 */
  readonly seed?: number;
  /** Timers of `slow` and `late`. @default none: those kinds are a TypeError */
  readonly clock?: Pick<Clock, 'after'>;
  /** Called before each operation. The operation rejects with its error; a promise that never settles simulates the end of the process. */
  readonly beforeOperation?: (operation: PortOperation) => void | Promise<void>;
  /** Called after each operation, before its promise settles; as above. */
  readonly afterOperation?: (operation: PortOperation, outcome: OperationOutcome) => void | Promise<void>;
  /** Keeps every operation in `log`. @default false */
  readonly keepLog?: boolean;
}

/** A fault of one operation. */
export interface Fault {
  readonly rule: FaultRule;
  readonly operation: PortOperation;
}

/** Selects faults; shared by all wrappers. */
export interface FaultPlan {
  /** How many operations have begun, ≥ 0. */
  readonly operationCount: number;
  /** Every operation that has ended, in the order of ending; empty unless `keepLog`. */
  readonly log: readonly (PortOperation & OperationOutcome)[];
  /** Number of injected faults by kind. */
  struck(): { readonly [Kind in FaultKind]?: number };
  /** Results of late operations, in the order of their ends: `undefined` for success, else the error. */
  readonly landings: readonly { readonly operation: PortOperation; readonly error?: unknown }[];
}

/** A plan over a list of rules. @throws {TypeError} for a rule that can never apply */
export function createFaultPlan(options: FaultPlanOptions = {}): FaultPlan {
  return new WorkingPlan(options);
}

interface Counter {
  readonly rule: FaultRule;
  seen: number;
  struck: number;
}

export class WorkingPlan implements FaultPlan {
  operationCount = 0;
  readonly log: (PortOperation & OperationOutcome)[] = [];
  readonly landings: { operation: PortOperation; error?: unknown }[] = [];
  private readonly options: FaultPlanOptions;
  private readonly counters: readonly Counter[];
  private readonly random: () => number;

  constructor(options: FaultPlanOptions) {
    const rules = options.rules ?? [];
    for (const rule of rules) requireRule(rule, options.clock !== undefined);
    this.options = options;
    this.counters = rules.map((rule) => ({ rule, seen: 0, struck: 0 }));
    this.random = createRandom(options.seed ?? 1);
  }

  struck(): { [Kind in FaultKind]?: number } {
    const sums: { [Kind in FaultKind]?: number } = {};
    for (const { rule, struck } of this.counters) if (struck > 0) sums[rule.kind] = (sums[rule.kind] ?? 0) + struck;
    return sums;
  }

  /** Counts an operation, and selects its fault. Synchronous with the call, so that overlapping calls keep their order. */
  begin(name: PortOperationName, target: string): { operation: PortOperation; fault: Fault | undefined } {
    this.operationCount += 1;
    const operation = { index: this.operationCount, name, target };
    let fault: Fault | undefined;
    for (const counter of this.counters) {
      if (!concerns(counter.rule, operation)) continue;
      counter.seen += 1;
      if (fault !== undefined || !this.applies(counter, operation)) continue;
      counter.struck += 1;
      fault = { rule: counter.rule, operation };
    }
    return { operation, fault };
  }

  async before(operation: PortOperation): Promise<void> {
    await this.options.beforeOperation?.(operation);
  }

  async after(operation: PortOperation, outcome: OperationOutcome): Promise<void> {
    if (this.options.keepLog === true) this.log.push({ ...operation, ...outcome });
    await this.options.afterOperation?.(operation, outcome);
  }

  /** Runs something after the rule's delay. */
  later(rule: FaultRule, run: () => void): () => void {
    // Without a clock, rules with delays were refused.
    return (this.options.clock as Pick<Clock, 'after'>).after(rule.delayMs ?? 1_000, run);
  }

  private applies({ rule, seen, struck }: Counter, operation: PortOperation): boolean {
    if (struck >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
    if (rule.nth !== undefined && rule.nth !== seen) return false;
    if (seen % (rule.everyNth ?? 1) !== 0) return false;
    if (rule.rate !== undefined && this.random() >= rule.rate) return false;
    return rule.when?.(operation) ?? true;
  }
}

export function workingPlan(plan: FaultPlan): WorkingPlan {
  if (!(plan instanceof WorkingPlan)) throw new TypeError('The plan must come from createFaultPlan');
  return plan;
}

export function faultError({ rule, operation }: Fault, usual: PortErrorCode): ReelwayError {
  const code = rule.code ?? usual;
  const status = STATUS[code];
  const place = operation.name.startsWith('fs.') ? { path: operation.target } : { key: operation.target };
  const delay = rule.retryAfterMs === undefined ? {} : { retryAfterMs: rule.retryAfterMs };
  return new ReelwayError(code, {
    message: `planned fault: ${rule.kind} at ${operation.name} ${operation.target}`,
    context: { ...place, ...delay, ...(status === undefined ? {} : { status }) },
  });
}

const STATUS: { readonly [Code in PortErrorCode]?: number } = { THROTTLED: 429, UNAVAILABLE: 503, AUTH_REQUIRED: 401, FORBIDDEN: 403 };

function namesOf({ kind, operation }: FaultRule): readonly PortOperationName[] {
  if (operation === undefined) return FITTING[kind];
  return typeof operation === 'string' ? [operation] : operation;
}

function concerns(rule: FaultRule, { name, target }: PortOperation): boolean {
  return namesOf(rule).includes(name) && target.includes(rule.target ?? '');
}

function requireRule(rule: FaultRule, hasClock: boolean): void {
  if (FITTING[rule.kind] === undefined) throw new TypeError(`Unknown kind of fault: ${String(rule.kind)}`);
  const misfit = namesOf(rule).find((name) => !FITTING[rule.kind].includes(name));
  if (misfit !== undefined) throw new TypeError(`A fault of kind ${rule.kind} does not apply to ${misfit}`);
  if ((rule.kind === 'slow' || rule.kind === 'late') && !hasClock)
    throw new TypeError(`A fault of kind ${rule.kind} needs the option clock`);
}
