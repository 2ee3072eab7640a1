/** Typed events whose listeners cannot harm an engine. */
import { EventEmitter } from 'eventemitter3';

/** Something that can be listened to. */
export interface Listenable<Events> {
  /** Calls `listener` at each event; returns its unsubscribe. What a listener throws is reported as unhandled, never to the engine. */
  on<Name extends keyof Events>(event: Name, listener: (data: Events[Name]) => void): () => void;
}

/** A {@link Listenable} and its sending side. */
export interface Emitter<Events> extends Listenable<Events> {
  emit<Name extends keyof Events>(event: Name, data: Events[Name]): void;
  /** Forgets every listener. */
  clear(): void;
}

/** An emitter over eventemitter3. */
export function createEmitter<Events>(): Emitter<Events> {
  const events = new EventEmitter<string>();
  return {
    on: (event, listener) => {
      const guarded = (data: Events[typeof event]): void => {
        try {
          listener(data);
        } catch (error) {
          // Rejected on its own turn: the app sees its own bug, the engine goes on.
          void Promise.reject(error);
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
