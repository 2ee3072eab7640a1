/**
 * The clock of one engine. All timers of the engine come from it, so it can run those that are overdue and cancel all of them.
 *
 * Hosts freeze timers while an app is in the background and may run them hours late: a change of the device's conditions runs what
 * is due. A timer that an engine leaves behind keeps its process from ending: the end of the engine cancels what is left.
 */
import type { Clock } from '../ports/index.js';

/** A {@link Clock} that can be woken and ended. */
export interface WakingClock extends Clock {
  /** Runs every timer whose time has come by either clock. */
  wake(): void;
  /** Cancels every timer. From now on none is made. */
  end(): void;
}

interface Alarm {
  readonly wallMs: number;
  readonly monotonicMs: number;
  ring(): void;
  cancel(): void;
}

/** The same clock, with `wake` and `end`. */
export function createWakingClock(clock: Clock): WakingClock {
  const alarms = new Set<Alarm>();
  let hasEnded = false;
  return {
    wallMs: () => clock.wallMs(),
    monotonicMs: () => clock.monotonicMs(),
    random: () => clock.random(),
    after: (delayMs, run) => {
      if (hasEnded) return () => undefined;
      const ring = (): void => {
        if (!alarms.has(alarm)) return;
        cancel();
        run();
      };
      const cancel = (): void => {
        alarms.delete(alarm);
        cancelTimer();
      };
      const alarm: Alarm = { wallMs: clock.wallMs() + delayMs, monotonicMs: clock.monotonicMs() + delayMs, ring, cancel };
      alarms.add(alarm);
      const cancelTimer = clock.after(delayMs, ring);
      return cancel;
    },
    wake: () => {
      const wallMs = clock.wallMs();
      const monotonicMs = clock.monotonicMs();
      for (const alarm of [...alarms]) if (alarm.wallMs <= wallMs || alarm.monotonicMs <= monotonicMs) alarm.ring();
    },
    end: () => {
      hasEnded = true;
      for (const alarm of [...alarms]) alarm.cancel();
    },
  };
}
