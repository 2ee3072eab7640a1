/** A key-value store in the simulated world: a `set` that resolved is durable; one that failed or died left the old value or the new. */
import { ReelwayError } from '../../../src/errors/index.js';
import type { KeyValueStore } from '../../../src/index.js';
import type { Life } from './life.js';
import { CANARY, type World } from './world.js';

const MAX_VALUE = 65_536;
const KEY = /^[a-z0-9._/-]{1,200}$/;

/** What outlives the process. */
export type Records = Map<string, string>;

/** What is watched of one life's writes. */
export interface RecordWatch {
  /** Whether this life holds the lock. */
  mayWrite(): boolean;
  /** A write begins. */
  onSet(key: string, value: string): void;
  /** A write has had its effect. */
  onStored(key: string, value: string): void;
  /** A removal begins. */
  onForget(key: string): void;
}

const UNWATCHED: RecordWatch = { mayWrite: () => true, onSet: () => undefined, onStored: () => undefined, onForget: () => undefined };

/** The store as one life sees it. */
export function recordsOf(life: Life, records: Records, watch: RecordWatch = UNWATCHED): KeyValueStore {
  const { world } = life;
  const writing = new Set<string>();
  const unavailable = (key: string): ReelwayError =>
    new ReelwayError('STORAGE_UNAVAILABLE', { message: 'simulated', context: { key }, cause: new Error(CANARY) });
  const check = (key: string): void => {
    if (!KEY.test(key)) world.violate('contract', `not a record's key: ${key}`);
    if (writing.has(key)) world.violate('contract', `two writes of ${key} at once`);
  };
  const write = async (label: string, key: string, apply: () => void, torn: () => void): Promise<void> => {
    if (!life.alive) return life.operate(label, 0, () => undefined);
    check(key);
    if (!watch.mayWrite()) world.violate('I14', `${key} is written without the lock`);
    writing.add(key);
    const full = world.strikes('recordStoreFull');
    const failed = !full && world.strikes('recordStoreUnavailable');
    const latencyMs = world.delay(12);
    if (world.strikes('crashInWrite')) world.server.after(latencyMs / 2, () => life.crash());
    const landsAllTheSame = failed && world.random() < 0.5;
    try {
      await life.operate(
        label,
        latencyMs,
        () => {
          if (full) throw new ReelwayError('STORAGE_FULL', { message: 'simulated', context: { key } });
          if (!failed || landsAllTheSame) apply();
          if (failed) throw unavailable(key);
        },
        () => {
          if (world.strikes('tornRecord')) torn();
          else if (world.random() < 0.5) apply();
        },
      );
    } finally {
      writing.delete(key);
    }
  };
  const read = <T>(label: string, key: string, apply: () => T): Promise<T> => {
    const failed = life.alive && world.strikes('recordStoreUnavailable');
    return life.operate(label, world.delay(2), () => {
      if (failed) throw unavailable(key);
      return apply();
    });
  };
  return {
    get: (key) => read(`get ${key}`, key, () => records.get(key)),
    keys: (prefix) => read(`keys ${prefix}`, prefix, () => [...records.keys()].filter((key) => key.startsWith(prefix))),
    set: (key, value) => {
      inspect(world, key, value);
      if (life.alive) watch.onSet(key, value);
      return write(
        `set ${key} ${value.length}`,
        key,
        () => {
          records.set(key, value);
          watch.onStored(key, value);
        },
        () => void records.set(key, value.slice(0, Math.floor(world.random() * value.length))),
      );
    },
    remove: (key) => {
      if (life.alive) watch.onForget(key);
      return write(
        `forget ${key}`,
        key,
        () => void records.delete(key),
        () => undefined,
      );
    },
  };
}

function inspect(world: World, key: string, value: string): void {
  if (value.includes(CANARY)) world.violate('I11', `a secret in the record ${key}`);
  if (value.length > MAX_VALUE) world.violate('contract', `a value of ${value.length} characters under ${key}`);
}
