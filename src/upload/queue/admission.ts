/** How much may be sent now: the app's settings at run time, and the conditions of the device. */
import { MAX_SEGMENT_BYTES, type WaitingReason } from '../../core/index.js';
import type { BufferPool } from '../../internal/index.js';
import type { EngineContext } from '../context.js';
import { resolveLimits, resolvePolicy } from '../options.js';
import type { ConditionPolicy, RuntimeSettings, UploadLimits } from '../types.js';
import { DEFAULT_POLICY, evaluateConditions } from './conditions.js';
import type { UploadRegistry } from './upload-registry.js';

/** Decides whether uploads may run, and how much at once. */
export class Admission {
  /** False: no run and no segment begins. */
  enabled = true;
  /** Uploads that may run at once, ≥ 1. */
  activeVideos: number;
  /** Segments that may be in flight at once, ≥ 1. */
  concurrency: number;
  private readonly context: EngineContext;
  private readonly pool: BufferPool;
  private readonly registry: UploadRegistry;
  private limits: Required<UploadLimits>;
  private policy: Required<ConditionPolicy> = DEFAULT_POLICY;
  private unsubscribe: () => void = () => undefined;

  constructor(context: EngineContext, pool: BufferPool, registry: UploadRegistry) {
    this.context = context;
    this.pool = pool;
    this.registry = registry;
    this.limits = context.settings.limits;
    this.activeVideos = this.limits.activeVideos;
    this.concurrency = this.limits.concurrency;
  }

  /** Follows the conditions of the device from now on. */
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
    if (change.enabled !== undefined) this.enabled = change.enabled;
    this.apply();
  }

  /** Why nothing may be sent now; `undefined`: go. */
  blockedReason(): WaitingReason | undefined {
    const reason = evaluateConditions(this.context.settings.conditions?.current(), this.policy);
    return reason ?? (this.context.retry.networkHealth.state() === 'down' ? 'offline' : undefined);
  }

  /** The device is awake: overdue timers fire, and a network that is down is probed. */
  private conditionsChanged(): void {
    this.context.settings.clock.wake();
    this.context.backgroundPuts.wake();
    if (!this.context.retry.isOffline()) this.context.retry.networkHealth.probeNow();
    this.apply();
  }

  private apply(): void {
    const { limits, context, pool } = this;
    const isPressed = context.settings.conditions?.current().memoryPressure === true;
    this.activeVideos = limits.activeVideos;
    pool.resize(Math.floor(limits.memoryBytes / MAX_SEGMENT_BYTES));
    if (isPressed) pool.trim();
    this.concurrency = isPressed ? 1 : limits.concurrency;
    this.registry.wake();
  }
}
