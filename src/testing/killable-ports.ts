/** Ports of a process that can be killed: after its end no call begins, and no answer arrives. */
import type { Lock } from '../index.js';

/** One run of a process. */
export interface Life {
  readonly ended: boolean;
}

/** The same port for one run. Its methods, and those of its handles, must return promises. */
export function killable<Port extends object>(port: Port, life: Life): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): Promise<unknown> => (life.ended ? never() : outlive(Reflect.apply(member, target, args), life));
    },
  });
}

/** A lock whose leases end with the run, like those of a dead process. */
export function killableLock(lock: Lock, life: Life, leases: Set<() => Promise<void>>): Lock {
  return {
    acquire: async (name, options) => {
      if (life.ended) return never();
      const lease = await lock.acquire(name, options);
      if (lease === undefined) return undefined;
      const release = (): Promise<void> => lease.release();
      if (life.ended) {
        await release();
        return never();
      }
      leases.add(release);
      return {
        isHeld: () => !life.ended && lease.isHeld(),
        release: async () => {
          leases.delete(release);
          await lease.release();
        },
      };
    },
  };
}

function outlive(answer: unknown, life: Life): Promise<unknown> {
  return new Promise((resolve, reject) => {
    Promise.resolve(answer).then(
      (value) => {
        if (!life.ended) resolve(hasMethods(value) ? killable(value, life) : value);
      },
      (error: unknown) => {
        if (!life.ended) reject(error);
      },
    );
  });
}

function hasMethods(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return ['next', 'close', 'readInto', 'write'].some((name) => typeof Reflect.get(value, name) === 'function');
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
