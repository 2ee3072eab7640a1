/** How much may happen now: what the app configures at run time, and what the device is like. */
import { MAX_SEGMENT_BYTES, type WaitingReason } from '../../core/index.js';
import type { BufferPool } from '../../internal/index.js';
import type { EngineContext } from '../context.js';
import { resolveLimits, resolvePolicy } from '../options.js';
import type { UploadQueue } from '../queue/upload-queue.js';
import type { ConditionPolicy, RuntimeSettings, UploadLimits } from '../types.js';
import { DEFAULT_POLICY, evaluateConditions } from './conditions.js';

/** Decides whether uploads may run, and how much at once. */
export class Admission {
  private readonly context: EngineContext;
  private readonly pool: BufferPool;
  private readonly queue: () => UploadQueue;
  private limits: Required<UploadLimits>;
  private policy: Required<ConditionPolicy> = DEFAULT_POLICY;
  private unsubscribe: () => void = () => undefined;

  /** @param queue asked for late, since queue and admission know each other */
  constructor(context: EngineContext, pool: BufferPool, queue: () => UploadQueue) {
    this.context = context;
    this.pool = pool;
    this.queue = queue;
    this.limits = context.settings.limits;
  }

  /** Listens to the device from now on. */
  watch(): void {
    const { conditions } = this.context.settings;
    if (conditions !== undefined) this.unsubscribe = conditions.subscribe(() => this.conditionsChanged());
    this.apply();
  }

  stop(): void {
    // mutation-point: unsubscribe-conditions
    this.unsubscribe();
  }

  /** @throws {ReelwayError} INVALID_CONFIG, and then nothing has changed */
  configure(change: RuntimeSettings): void {
    const limits = resolveLimits(change.limits, this.limits);
    this.policy = resolvePolicy(change.policy, this.policy);
    this.limits = limits;
    if (change.enabled !== undefined) this.queue().enabled = change.enabled;
    this.apply();
  }

  /** Why nothing may be sent now; `undefined`: go. */
  blockedReason(): WaitingReason | undefined {
    const reason = evaluateConditions(this.context.settings.conditions?.current(), this.policy);
    return reason ?? (this.context.retry.networkHealth.state() === 'down' ? 'offline' : undefined);
  }

  /** Every change is a sign of life: what is overdue is done, and a network that was given up is tried. */
  private conditionsChanged(): void {
    this.context.settings.clock.wake();
    this.context.backgroundPuts.wake();
    if (!this.context.retry.isOffline()) this.context.retry.networkHealth.probeNow();
    this.apply();
  }

  private apply(): void {
    const { limits, context, pool } = this;
    const isPressed = context.settings.conditions?.current().memoryPressure === true;
    const queue = this.queue();
    queue.activeVideos = limits.activeVideos;
    pool.resize(Math.floor(limits.memoryBytes / MAX_SEGMENT_BYTES));
    if (isPressed) pool.trim();
    queue.concurrency = isPressed ? 1 : limits.concurrency;
  }
}
