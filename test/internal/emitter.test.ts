import { describe, expect, it } from 'vitest';
import { createEmitter } from '../../src/internal/index.js';

interface Events {
  readonly progress: number;
  readonly done: string;
}

describe('an emitter', () => {
  it('tells every listener of an event, in order, until it unsubscribes', () => {
    const emitter = createEmitter<Events>();
    const seen: string[] = [];
    const off = emitter.on('progress', (value) => seen.push(`a${value}`));
    emitter.on('progress', (value) => seen.push(`b${value}`));
    emitter.on('done', (value) => seen.push(value));
    emitter.emit('progress', 1);
    off();
    off();
    emitter.emit('progress', 2);
    emitter.emit('done', 'end');
    expect(seen).toEqual(['a1', 'b1', 'b2', 'end']);
  });

  it('holds one function subscribed twice as two subscriptions', () => {
    const emitter = createEmitter<Events>();
    let calls = 0;
    const listener = (): void => {
      calls += 1;
    };
    const off = emitter.on('done', listener);
    emitter.on('done', listener);
    off();
    emitter.emit('done', '');
    expect(calls).toBe(1);
  });

  it('hands what a listener throws to its owner, and tells the others all the same', () => {
    const errors: unknown[] = [];
    const emitter = createEmitter<Events>((error) => errors.push(error));
    const boom = new Error('boom');
    let calls = 0;
    emitter.on('done', () => {
      throw boom;
    });
    emitter.on('done', () => {
      calls += 1;
    });
    emitter.emit('done', '');
    expect([errors, calls]).toEqual([[boom], 1]);
  });

  it('lets the host report what a listener throws, where nobody else does', async () => {
    const reported: unknown[] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.once('unhandledRejection', (reason) => reported.push(reason));
    try {
      const emitter = createEmitter<Events>();
      emitter.on('done', () => {
        throw new Error('boom');
      });
      emitter.emit('done', '');
      await new Promise((resolve) => setImmediate(resolve));
      expect(reported).toMatchObject([{ message: 'boom' }]);
    } finally {
      for (const listener of others) process.on('unhandledRejection', listener);
    }
  });

  it('may lose and win listeners while it tells', () => {
    const emitter = createEmitter<Events>();
    const seen: string[] = [];
    const off = emitter.on('done', () => {
      seen.push('first');
      off();
      emitter.on('done', () => seen.push('late'));
    });
    emitter.on('done', () => seen.push('second'));
    emitter.emit('done', '');
    expect(seen).toEqual(['first', 'second']);
    emitter.emit('done', '');
    expect(seen).toEqual(['first', 'second', 'second', 'late']);
  });

  it('forgets all', () => {
    const emitter = createEmitter<Events>();
    let calls = 0;
    emitter.on('done', () => {
      calls += 1;
    });
    emitter.clear();
    emitter.emit('done', '');
    expect(calls).toBe(0);
  });
});
