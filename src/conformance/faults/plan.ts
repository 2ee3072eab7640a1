/**
 * What goes wrong, and when: one plan for all wrapped ports of a test, decided in the order of the calls, so that the same
 * rules and the same seed give the same faults.
 */
import { type PortErrorCode, ReelwayError } from '../../errors/index.js';
import type { Clock } from '../../ports/index.js';
import { type FaultKind, FITTING, type PortOperationName } from './kinds.js';
import { createRandom } from './random.js';

/** A fault, and when it strikes: all conditions that are named must hold. Operations are counted for each rule by itself. */
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
  /** How often it strikes in all, ≥ 1. @default without end */
  readonly times?: number;
  /** Share of these operations, 0 to 1, drawn from the plan's random numbers. @default 1 */
  readonly rate?: number;
  /** Anything else; the last condition to be asked. @default holds */
  readonly when?: (operation: PortOperation) => boolean;
  /** What the operation rejects with, where the kind rejects. @default FILE_UNREADABLE, STORAGE_UNAVAILABLE, NETWORK by port; TIMEOUT for `late`; STORAGE_FULL for a torn file */
  readonly code?: PortErrorCode;
  /** Milliseconds, ≥ 0, told in the error's context. @default none */
  readonly retryAfterMs?: number;
  /** Milliseconds, ≥ 0, that `slow` waits before the operation, and `late` between the rejection and the landing. @default 1,000 */
  readonly delayMs?: number;
  /** Bytes (characters of a value), ≥ 0, that a `short-read` gives (at least 1 then), or that a `torn-write` leaves. @default half */
  readonly keep?: number;
}

/** One call of a port's method, or of a method of what a port gave out. */
export interface PortOperation {
  /** From 1, over all ports of the plan. */
  readonly index: number;
  readonly name: PortOperationName;
  /** The path or key; for `kv.keys` and `blob.list` the prefix, for several keys the first. */
  readonly target: string;
}

/** How an operation ended. */
export interface OperationOutcome {
  /** As the caller saw it. */
  readonly resolved: boolean;
  /** What struck it, if anything did. */
  readonly fault?: FaultKind;
}

/** How {@link createFaultPlan} is set up. */
export interface FaultPlanOptions {
  /** The first rule that holds strikes. @default none */
  readonly rules?: readonly FaultRule[];
  /** Seed of the numbers behind `rate`, an integer ≥ 0. @default 1 */
  readonly seed?: number;
  /** What `slow` and `late` wait by. @default none: those kinds are a TypeError */
  readonly clock?: Pick<Clock, 'after'>;
  /** Called before each operation; what it throws the operation rejects with, and a promise that never settles is a process that died here. */
  readonly beforeOperation?: (operation: PortOperation) => void | Promise<void>;
  /** Called after each operation, before its caller learns of it; as above. */
  readonly afterOperation?: (operation: PortOperation, outcome: OperationOutcome) => void | Promise<void>;
  /** Keeps every operation in `log`. @default false */
  readonly keepLog?: boolean;
}

/** A fault that strikes one operation. */
export interface Fault {
  readonly rule: FaultRule;
  readonly operation: PortOperation;
}

/** Decides what strikes; handed to the wrappers, which share it. */
export interface FaultPlan {
  /** How many operations have begun, ≥ 0. */
  readonly operationCount: number;
  /** Every operation that has ended, in the order of ending; empty unless `keepLog`. */
  readonly log: readonly (PortOperation & OperationOutcome)[];
  /** How often each kind struck. */
  struck(): { readonly [Kind in FaultKind]?: number };
  /** What came of late operations, in the order of landing: `undefined` where it succeeded, else what it rejected with. */
  readonly landings: readonly { readonly operation: PortOperation; readonly error?: unknown }[];
}

/** A plan over a list of rules. @throws {TypeError} for a rule that could never strike */
export function createFaultPlan(options: FaultPlanOptions = {}): FaultPlan {
  return new WorkingPlan(options);
}

interface Counter {
  readonly rule: FaultRule;
  seen: number;
  struck: number;
}

/** The plan as the wrappers see it. */
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

  /** Counts an operation, and draws what strikes it. In one turn with the call, so that overlapping calls draw in their order. */
  begin(name: PortOperationName, target: string): { operation: PortOperation; fault: Fault | undefined } {
    this.operationCount += 1;
    const operation = { index: this.operationCount, name, target };
    let fault: Fault | undefined;
    for (const counter of this.counters) {
      if (!concerns(counter.rule, operation)) continue;
      counter.seen += 1;
      if (fault !== undefined || !this.strikes(counter, operation)) continue;
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
    // Rules that wait are refused where there is no clock.
    return (this.options.clock as Pick<Clock, 'after'>).after(rule.delayMs ?? 1_000, run);
  }

  private strikes({ rule, seen, struck }: Counter, operation: PortOperation): boolean {
    if (struck >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
    if (rule.nth !== undefined && rule.nth !== seen) return false;
    if (seen % (rule.everyNth ?? 1) !== 0) return false;
    if (rule.rate !== undefined && this.random() >= rule.rate) return false;
    return rule.when?.(operation) ?? true;
  }
}

/** The plan behind the wrappers' door. */
export function workingPlan(plan: FaultPlan): WorkingPlan {
  if (!(plan instanceof WorkingPlan)) throw new TypeError('a plan comes from createFaultPlan');
  return plan;
}

/** What an operation that is struck rejects with. */
export function faultError({ rule, operation }: Fault, usual: PortErrorCode): ReelwayError {
  const code = rule.code ?? usual;
  const status = STATUS[code];
  const place = operation.name.startsWith('fs.') ? { path: operation.target } : { key: operation.target };
  const told = rule.retryAfterMs === undefined ? {} : { retryAfterMs: rule.retryAfterMs };
  return new ReelwayError(code, {
    message: `planned fault: ${rule.kind} at ${operation.name} ${operation.target}`,
    context: { ...place, ...told, ...(status === undefined ? {} : { status }) },
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
  if (FITTING[rule.kind] === undefined) throw new TypeError(`there is no fault of the kind ${String(rule.kind)}`);
  const misfit = namesOf(rule).find((name) => !FITTING[rule.kind].includes(name));
  if (misfit !== undefined) throw new TypeError(`a fault of the kind ${rule.kind} cannot strike ${misfit}`);
  if ((rule.kind === 'slow' || rule.kind === 'late') && !hasClock) throw new TypeError(`a fault of the kind ${rule.kind} needs a clock`);
}
