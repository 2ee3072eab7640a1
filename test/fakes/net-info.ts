/**
 * `@react-native-community/netinfo` 12.0 at its native module's boundary (`RNCNetInfo`), and what its own JavaScript makes of it.
 *
 * Facts copied, each with its place:
 * - the module tells changes by the device event `netInfo.networkStatusDidChange`, and the state now by `getCurrentState()`
 *   (`privateTypes.ts`); it may leave `isInternetReachable` out, and JavaScript then says what its own check has found, null before
 *   (`state.ts`, `_convertState`);
 * - a listener is told the latest state within `addEventListener`, or as soon as it is known (`state.ts`, `add`);
 * - a change of reachability alone is told as a whole state (`_handleInternetReachabilityUpdate`);
 * - `details` is null without a connection, and holds `isConnectionExpensive` with one; `isConnected` is null while the type is unknown
 *   (`types.ts`);
 * - the check asks `https://clients3.google.com/generate_204` (`defaultConfiguration.ts`), where the platform has none of its own.
 */

/** A state as the native module gives it. */
export interface NativeNetState {
  readonly type: string;
  readonly isConnected: boolean | null;
  readonly isInternetReachable?: boolean;
  readonly details: { readonly isConnectionExpensive: boolean } | null;
}

/** A state as listeners see it. */
export interface NetState {
  readonly type: string;
  readonly isConnected: boolean | null;
  readonly isInternetReachable: boolean | null;
  readonly details: { readonly isConnectionExpensive: boolean } | null;
}

export const WIFI: NativeNetState = { type: 'wifi', isConnected: true, details: { isConnectionExpensive: false } };
export const CELLULAR: NativeNetState = { type: 'cellular', isConnected: true, details: { isConnectionExpensive: true } };
export const NONE: NativeNetState = { type: 'none', isConnected: false, isInternetReachable: false, details: null };
export const UNKNOWN: NativeNetState = { type: 'unknown', isConnected: null, details: null };

/** The network of a device. */
export interface NetInfoFake {
  /** The native module, for the package's own JavaScript. */
  readonly native: { getCurrentState(requested?: string): Promise<NativeNetState>; configure(): void };
  /** Where the module's events are sent. */
  emit: (event: 'netInfo.networkStatusDidChange', state: NativeNetState) => void;
  /** Another network. */
  change(state: NativeNetState): void;
  /** The default export, as the package's JavaScript makes it. */
  readonly netInfo: { addEventListener(listener: (state: NetState) => void): () => void };
  /** What JavaScript's own check of reachability has found. */
  reachable(isReachable: boolean): void;
  /** Listeners of the default export that have not unsubscribed. */
  listeners(): number;
}

/** A device in this network. */
export function createNetInfo(initial: NativeNetState = WIFI): NetInfoFake {
  let now = initial;
  let latest: NetState | undefined;
  let found: boolean | null = null;
  const subscriptions = new Set<(state: NetState) => void>();
  const converted = (state: NativeNetState): NetState => ({ ...state, isInternetReachable: state.isInternetReachable ?? found });
  const tell = (state: NetState): void => {
    latest = state;
    for (const listener of subscriptions) listener(state);
  };
  const fake: NetInfoFake = {
    native: { getCurrentState: async () => now, configure: () => undefined },
    emit: (_event, state) => tell(converted(state)),
    change: (state) => {
      now = state;
      fake.emit('netInfo.networkStatusDidChange', state);
    },
    netInfo: {
      addEventListener: (listener) => {
        subscriptions.add(listener);
        if (latest !== undefined) listener(latest);
        else void fake.native.getCurrentState().then((state) => tell(converted(state)));
        return () => {
          subscriptions.delete(listener);
        };
      },
    },
    reachable: (isReachable) => {
      found = isReachable;
      if (latest !== undefined) tell({ ...latest, isInternetReachable: isReachable });
    },
    listeners: () => subscriptions.size,
  };
  return fake;
}
