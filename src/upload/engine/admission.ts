/** How much may happen now: what the app configures at run time, and what the device is like. */
import { FRAGMENT_BYTES, type WaitingReason } from '../../core/index.js';
import type { EngineContext } from '../context.js';
import { resolveLimits, resolvePolicy } from '../options.js';
import type { UploadQueue } from '../queue/upload-queue.js';
import type { ConditionPolicy, RuntimeSettings, UploadLimits } from '../types.js';
import { DEFAULT_POLICY, judgeConditions } from './conditions.js';

/** Opens and closes the gate, and sizes what flows through it. */
export class Governor {
  private readonly context: EngineContext;
  private readonly queue: () => UploadQueue;
  private limits: Required<UploadLimits>;
  private policy: Required<ConditionPolicy> = DEFAULT_POLICY;
  private unsubscribe: () => void = () => undefined;

  /** @param queue asked for late, since queue and governor know each other */
  constructor(context: EngineContext, queue: () => UploadQueue) {
    this.context = context;
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
  gate(): WaitingReason | undefined {
    const reason = judgeConditions(this.context.settings.conditions?.current(), this.policy);
    return reason ?? (this.context.link.state() === 'down' ? 'offline' : undefined);
  }

  /** Every change is a sign of life: what is overdue is done, and a network that was given up is tried. */
  private conditionsChanged(): void {
    this.context.settings.clock.wake();
    this.context.carried.wake();
    if (!this.context.isOffline()) this.context.link.revive();
    this.apply();
  }

  private apply(): void {
    const { limits, context } = this;
    const isPressed = context.settings.conditions?.current().memoryPressure === true;
    const queue = this.queue();
    queue.activeVideos = limits.activeVideos;
    context.pool.resize(Math.floor(limits.memoryBytes / FRAGMENT_BYTES));
    if (isPressed) context.pool.trim();
    queue.concurrency = isPressed ? 1 : limits.concurrency;
  }
}
