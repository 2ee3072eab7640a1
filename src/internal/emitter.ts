/** Typed events. What a listener throws does not reach the engine. */
import { EventEmitter } from 'eventemitter3';

/** The listening side of an emitter. */
export interface Listenable<Events> {
  /** Calls `listener` at each event; returns its unsubscribe. What a listener throws never reaches the engine. */
  on<Name extends keyof Events>(event: Name, listener: (data: Events[Name]) => void): () => void;
}

/** A {@link Listenable} with its sending side. */
export interface Emitter<Events> extends Listenable<Events> {
  emit<Name extends keyof Events>(event: Name, data: Events[Name]): void;
  /** Removes every listener. */
  clear(): void;
}

/**
 * An emitter over eventemitter3.
 *
 * @param onListenerError gets what a listener threw. @default an unhandled rejection, so that the host reports it
 */
export function createEmitter<Events>(onListenerError: (error: unknown) => void = reportUnhandled): Emitter<Events> {
  const events = new EventEmitter<string>();
  return {
    on: (event, listener) => {
      const guarded = (data: Events[typeof event]): void => {
        try {
          listener(data);
        } catch (error) {
          onListenerError(error);
        }
      };
      events.on(String(event), guarded);
      return () => {
        events.off(String(event), guarded);
      };
    },
    emit: (event, data) => {
      events.emit(String(event), data);
    },
    clear: () => {
      events.removeAllListeners();
    },
  };
}

function reportUnhandled(error: unknown): void {
  void Promise.reject(error);
}
