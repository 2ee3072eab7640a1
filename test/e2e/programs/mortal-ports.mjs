/**
 * Ports that count their operations, and kill their own process before or after the n-th of them: no chance to clean up, as
 * when a phone's system needs the memory.
 */

/** `at` is from 1; 0 counts only. */
export function createMortality({ at, phase }) {
  let count = 0;
  const die = () => {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way; nothing more may happen meanwhile.
    return new Promise(() => undefined);
  };
  const around = (target, method) => {
    const inner = target[method].bind(target);
    return async (...args) => {
      count += 1;
      const own = count;
      if (own === at && phase === 'before') return die();
      const result = await inner(...args);
      return own === at && phase === 'after' ? die() : result;
    };
  };
  const wrap = (target, methods) => {
    const wrapped = { ...target };
    for (const method of methods) if (target[method] !== undefined) wrapped[method] = around(target, method);
    return wrapped;
  };
  return {
    operations: () => count,
    fileSystem: (inner) => {
      const wrapped = wrap(inner, [
        'stat',
        'open',
        'create',
        'rename',
        'remove',
        'list',
        'makeDirectory',
        'freeBytes',
        'sliceToFile',
        'hashFile',
      ]);
      return {
        ...wrapped,
        open: async (...args) => wrap(await wrapped.open(...args), ['readInto', 'close']),
        create: async (...args) => wrap(await wrapped.create(...args), ['write', 'close']),
      };
    },
    keyValueStore: (inner) => wrap(inner, ['get', 'set', 'remove', 'keys']),
    blobStore: (inner) => {
      const wrapped = wrap(inner, ['put', 'get', 'getToFile', 'head', 'remove', 'list']);
      return {
        ...wrapped,
        get: async (...args) => {
          const reader = await wrapped.get(...args);
          return { sizeBytes: reader.sizeBytes, ...wrap({ next: () => reader.next(), close: () => reader.close() }, ['next', 'close']) };
        },
      };
    },
    lock: (inner) => ({
      acquire: async (...args) => {
        const lease = await wrap(inner, ['acquire']).acquire(...args);
        return lease === undefined ? undefined : wrap({ isHeld: () => lease.isHeld(), release: () => lease.release() }, ['release']);
      },
    }),
    step: (inner) => around({ step: inner }, 'step'),
  };
}
