/** Typed events whose listeners cannot harm an engine. */
import { EventEmitter } from 'eventemitter3';

/** Something that can be listened to. */
export interface Listenable<Events> {
  /** Calls `listener` at each event; returns its unsubscribe. What a listener throws never reaches the engine. */
  on<Name extends keyof Events>(event: Name, listener: (data: Events[Name]) => void): () => void;
}

/** A {@link Listenable} and its sending side. */
export interface Emitter<Events> extends Listenable<Events> {
  emit<Name extends keyof Events>(event: Name, data: Events[Name]): void;
  /** Forgets every listener. */
  clear(): void;
}

/**
 * An emitter over eventemitter3.
 *
 * @param onListenerError told what a listener threw. @default rejects on its own turn, so that the host reports it
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
