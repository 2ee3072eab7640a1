/**
 * React Native's `AppState` (0.79 to 0.88), as `Libraries/AppState/AppState.js` has it over `NativeAppState`.
 *
 * Facts copied, each with its place:
 * - `currentState` may be null at first, and is right before `change` is told (the constructor's own listener comes first);
 * - states: active, background; on iOS also inactive; extension and unknown exist (`AppStateStatus`);
 * - `change` hands over the state, `memoryWarning` nothing;
 * - `addEventListener` gives a subscription to `remove()`; there is no `removeEventListener` any more.
 */

/** The app as its system sees it. */
export interface AppStateFake {
  readonly appState: {
    currentState: string | null;
    addEventListener(type: 'change' | 'memoryWarning', listener: (state: string) => void): { remove(): void };
  };
  /** The person leaves, comes back, is called. */
  become(state: string): void;
  /** The state changes while nobody can be told, as when JavaScript is frozen. */
  becomeUntold(state: string): void;
  warnOfMemory(): void;
  listeners(): number;
}

/** An app in this state. */
export function createAppState(initial: string | null = 'active'): AppStateFake {
  const changes = new Set<{ readonly listener: (state: string) => void }>();
  const warnings = new Set<{ readonly listener: () => void }>();
  const appState: AppStateFake['appState'] = {
    currentState: initial,
    addEventListener: (type, listener) => {
      const entry = { listener };
      const all: Set<{ readonly listener: (state: string) => void }> = type === 'change' ? changes : warnings;
      all.add(entry);
      return { remove: () => void all.delete(entry) };
    },
  };
  return {
    appState,
    become: (state) => {
      appState.currentState = state;
      for (const { listener } of [...changes]) listener(state);
    },
    becomeUntold: (state) => {
      appState.currentState = state;
    },
    warnOfMemory: () => {
      for (const { listener } of [...warnings]) listener();
    },
    listeners: () => changes.size + warnings.size,
  };
}
