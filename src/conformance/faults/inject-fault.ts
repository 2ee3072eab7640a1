/** One operation under a plan. */
import { copyBytes } from '../../core/index.js';
import { type PortErrorCode, ReelwayError } from '../../errors/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { settled } from '../kit/check.js';
import type { FaultKind, PortOperationName } from './kinds.js';
import { type Fault, faultError, type WorkingPlan } from './plan.js';

/** A call that a wrapper hands on. */
export interface Call<T> {
  readonly name: PortOperationName;
  readonly target: string;
  readonly signal?: AbortSignalLike | undefined;
  /** The call of the wrapped port. */
  readonly run: () => Promise<T>;
  /** Implementations of kinds that apply to this operation only. */
  readonly special?: { readonly [Kind in FaultKind]?: (fault: Fault) => Promise<T> };
  /** Copies lent data, and returns a call that can be made later. @default run itself */
  readonly prepareLate?: () => Promise<() => Promise<unknown>>;
}

/** Makes the call as the plan wants it. */
export async function injectFault<T>(plan: WorkingPlan, call: Call<T>): Promise<T> {
  const { operation, fault } = plan.begin(call.name, call.target);
  await plan.before(operation);
  const outcome = await settled(fault === undefined ? call.run() : struck(plan, call, fault));
  await plan.after(operation, { resolved: outcome.ok, ...(fault === undefined ? {} : { fault: fault.rule.kind }) });
  if (!outcome.ok) throw outcome.thrown;
  return outcome.value;
}

async function struck<T>(plan: WorkingPlan, call: Call<T>, fault: Fault): Promise<T> {
  const special = call.special?.[fault.rule.kind];
  if (special !== undefined) return special(fault);
  switch (fault.rule.kind) {
    case 'fails':
      throw faultError(fault, usualCode(call.name));
    case 'answer-lost':
      await letGo(await call.run());
      throw faultError(fault, usualCode(call.name));
    case 'slow':
      await waited<void>(call.signal, (wake) => plan.later(fault.rule, () => wake()));
      return call.run();
    case 'hangs':
      return waited(call.signal, () => () => undefined);
    case 'late':
      await landLater(plan, call, fault);
      throw faultError(fault, 'TIMEOUT');
    default:
      // The kind applies to this operation, but not to this call (a flipped body that is a file, for example).
      return call.run();
  }
}

/** What an operation rejects with where a rule names no code. */
function usualCode(name: PortOperationName): PortErrorCode {
  if (name.startsWith('fs.')) return 'FILE_UNREADABLE';
  return name.startsWith('kv.') ? 'STORAGE_UNAVAILABLE' : 'NETWORK';
}

async function landLater<T>(plan: WorkingPlan, call: Call<T>, fault: Fault): Promise<void> {
  const land = (await call.prepareLate?.()) ?? call.run;
  plan.later(fault.rule, () => {
    land().then(
      () => plan.landings.push({ operation: fault.operation }),
      (error: unknown) => plan.landings.push({ operation: fault.operation, error }),
    );
  });
}

/** Closes a handle or reader that is not returned. */
async function letGo(answer: unknown): Promise<void> {
  const close = (answer as { close?: unknown } | null | undefined)?.close;
  if (typeof close === 'function') await close.call(answer);
}

/** Waits until it is woken, or rejects once the signal aborts. */
function waited<T>(signal: AbortSignalLike | undefined, begin: (wake: (value: T) => void) => () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancel = (): void => undefined;
    const aborted = (): void => {
      cancel();
      signal?.removeEventListener('abort', aborted);
      reject(signal?.reason ?? new ReelwayError('ABORTED'));
    };
    if (signal?.aborted) return aborted();
    signal?.addEventListener('abort', aborted);
    cancel = begin((value) => {
      signal?.removeEventListener('abort', aborted);
      resolve(value);
    });
  });
}

/** A copy with one bit flipped in its middle. */
export function flippedBytes(bytes: Uint8Array): Uint8Array {
  const copy = copyBytes(bytes);
  const middle = copy.length >> 1;
  if (copy.length > 0) copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

/** How much of `size` a rule leaves. */
export function kept({ rule }: Fault, size: number): number {
  return Math.min(rule.keep ?? size >> 1, size);
}
