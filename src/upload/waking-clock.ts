/**
 * The clock with a way to ring what is overdue. Hosts freeze timers while an app is in the background and may ring them hours
 * late; a change of the device's conditions is a sign of life at which everything that is due is done.
 */
import type { Clock } from '../ports/index.js';

/** A {@link Clock} that can be woken. */
export interface WakingClock extends Clock {
  /** Runs every timer whose time has come by either clock. */
  wake(): void;
}

interface Alarm {
  readonly wallMs: number;
  readonly monotonicMs: number;
  ring(): void;
}

/** The same clock, woken by hand. */
export function createWakingClock(clock: Clock): WakingClock {
  const alarms = new Set<Alarm>();
  return {
    wallMs: () => clock.wallMs(),
    monotonicMs: () => clock.monotonicMs(),
    random: () => clock.random(),
    after: (delayMs, run) => {
      const ring = (): void => {
        if (!alarms.delete(alarm)) return;
        cancel();
        run();
      };
      const alarm: Alarm = { wallMs: clock.wallMs() + delayMs, monotonicMs: clock.monotonicMs() + delayMs, ring };
      alarms.add(alarm);
      const cancel = clock.after(delayMs, ring);
      return () => {
        alarms.delete(alarm);
        cancel();
      };
    },
    wake: () => {
      const wallMs = clock.wallMs();
      const monotonicMs = clock.monotonicMs();
      for (const alarm of [...alarms]) if (alarm.wallMs <= wallMs || alarm.monotonicMs <= monotonicMs) alarm.ring();
    },
  };
}
