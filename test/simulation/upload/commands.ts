/** What people and devices do while uploads run: pauses, cancels, dead zones, sleep, a second window, an edited file. */
import type { TestConditions } from '../../../src/testing/index.js';
import type { UploadEngine } from '../../../src/upload/index.js';
import { isSame } from '../world/disk.js';
import { edited } from '../world/edits.js';
import { type EventKind, type EventRates, hasOwnRandom, pick } from '../world/faults.js';
import { App, type Surroundings } from './app.js';

const PRIORITIES = ['high', 'normal', 'low'] as const;
const AWAY_CODES = ['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'UNAVAILABLE', 'THROTTLED', 'AUTH_REQUIRED', 'FORBIDDEN'] as const;
const AWAY_MS = [120_000, 600_000, 3_600_000, 10_800_000];
const SOURCE_AWAY_MS = 600_000;
/** Seconds in which the device blinks. */
const BLINKS = 30;
const DAY_MS = 86_400_000;
const NIGHT_MS = 8 * 3_600_000;

/** Plans the events of one seed over its time of chaos. */
export function planEvents(
  around: Surroundings,
  app: App,
  conditions: TestConditions,
  { events: rates, suspensions, chaosMs }: { readonly events: EventRates; readonly suspensions: number; readonly chaosMs: number },
): { end(): void } {
  const { world } = around;
  const commands = new Commands(around, app, conditions);
  for (const kind of Object.keys(rates) as EventKind[]) {
    const random = hasOwnRandom(kind) ? world.ownRandom(kind) : world.random;
    for (let left = rates[kind]; left > 0; left -= 1) {
      if (left < 1 && random() >= left) break;
      world.server.after(random() * chaosMs, () => commands.run(kind));
    }
  }
  for (let left = suspensions; left > 0; left -= 1) world.server.after(world.aside() * chaosMs, () => commands.run('suspension'));
  return commands;
}

class Commands {
  private readonly around: Surroundings;
  private readonly app: App;
  private readonly conditions: TestConditions;
  private readonly others: App[] = [];
  private over = false;

  constructor(around: Surroundings, app: App, conditions: TestConditions) {
    this.around = around;
    this.app = app;
    this.conditions = conditions;
  }

  /** Nothing happens any more, and only one window is left. */
  end(): void {
    this.over = true;
    this.app.life.wake();
    for (const other of this.others) other.retire();
    this.conditions.set({ online: true });
  }

  run(kind: EventKind | 'suspension'): void {
    if (this.over) return;
    const { world, oracle } = this.around;
    world.trace(`event ${kind}`);
    oracle.disturbances += 1;
    world.count(kind);
    this[kind]();
  }

  private offline(): void {
    const { world } = this.around;
    this.setOnline(false);
    // Flaps, tunnels and longer.
    const lasts = pick([200, 3_000, 20_000], world.random);
    world.server.after(world.delay(lasts), () => this.setOnline(true));
  }

  private setOnline(online: boolean): void {
    if (this.over) return;
    this.around.world.online = online;
    this.around.oracle.disturbances += 1;
    // An app that was suspended sees how things are when it wakes.
    this.app.life.whenAwake(() => this.conditions.set({ online: this.around.world.online }));
  }

  private wallJump(): void {
    const { world, leases } = this.around;
    const ms = Math.round((world.random() * 2 - 1) * DAY_MS);
    world.timeline.jumpWall(ms);
    leases.silence(ms);
  }

  private sleep(): void {
    const { world, leases } = this.around;
    world.timeline.suspend(NIGHT_MS, world.random() < 0.5);
    leases.silence(NIGHT_MS);
    world.letArrive();
  }

  private sourceChange(): void {
    const { world, disk, ledger } = this.around;
    const job = pick(ledger.jobs, world.random);
    const file = disk.files.get(job.path);
    if (file === undefined) return;
    const kind = pick(['edited', 'edited, same time', 'replaced', 'grown', 'shrunk', 'removed'], world.random);
    world.trace(`source ${job.name} ${kind}`);
    job.changed = true;
    if (kind === 'removed') {
      disk.remove(job.path);
      return;
    }
    const bytes = edited(file.bytes, kind, world.random);
    if (isSame(bytes, file.bytes)) return;
    job.versions.push(bytes);
    const modifiedMs = kind === 'edited, same time' ? file.modifiedMs : Math.floor(world.timeline.wallMs());
    if (kind === 'replaced') disk.files.set(job.path, { bytes, modifiedMs });
    else Object.assign(file, { bytes, modifiedMs });
  }

  /** For up to three hours every request fails, in one of the ways that pass. */
  private storeAway(): void {
    const { world } = this.around;
    const random = world.ownRandom('storeAway');
    if (world.storeAway !== undefined) return;
    world.storeAway = pick(AWAY_CODES, random);
    world.trace(`the store is away: ${world.storeAway}`);
    world.server.after(pick(AWAY_MS, random) * (0.5 + random() / 2), () => {
      world.trace('the store is back');
      world.storeAway = undefined;
    });
  }

  /** A locked phone, a sleeping disk, a cloud file under way. */
  private sourceAway(): void {
    const { world, ledger } = this.around;
    const random = world.ownRandom('sourceAway');
    const { path } = pick(ledger.jobs, random);
    world.unreadable.add(path);
    world.server.after(random() * SOURCE_AWAY_MS, () => world.unreadable.delete(path));
  }

  /** The device says for 20 ms of each second that it is offline, and it is not. */
  private offlineBlinks(): void {
    const { world } = this.around;
    for (let second = 0; second < BLINKS; second += 1) {
      world.server.after(second * 1_000, () => this.sayOnline(false));
      world.server.after(second * 1_000 + 20, () => this.sayOnline(world.online));
    }
  }

  private sayOnline(online: boolean): void {
    if (this.over) return;
    this.around.oracle.disturbances += 1;
    this.app.life.whenAwake(() => {
      if (!this.over) this.conditions.set({ online });
    });
  }

  /** A network whose gateway answers everything itself. */
  private portal(): void {
    const { world } = this.around;
    world.isPortal = true;
    world.server.after(world.ownRandom('portal')() * 120_000, () => {
      world.isPortal = false;
    });
  }

  private leaseStolen(): void {
    if (!this.around.leases.steal()) this.around.world.trace('nothing to steal');
  }

  private secondInstance(): void {
    const { world } = this.around;
    const other = new App(this.around, false, 100 * (this.others.length + 1));
    this.others.push(other);
    world.server.after(world.delay(60_000), () => other.retire());
  }

  /** The process is stopped for a while and goes on, and another one may have worked on its queue meanwhile. */
  private suspension(): void {
    const { world, leases } = this.around;
    const { life } = this.app;
    if (!life.alive || life.isSuspended) return;
    const forMs = pick([3_000, 14_000, 60_000], world.aside) + world.aside() * 1_000;
    life.suspend();
    if (world.aside() < 0.7) {
      const rival = new App(this.around, false, 100 * (this.others.length + 1));
      this.others.push(rival);
      world.server.after(world.aside() * 2 * forMs, () => void rival.stop().then(() => rival.retire()));
    }
    world.server.after(forMs, () => {
      world.trace(`life ${life.id} wakes`);
      leases.silence(life.suspendedMs, life);
      life.wake();
    });
  }

  private gracefulStop(): void {
    this.app.life.whenAwake(() => void this.app.restart());
  }

  private disable(): void {
    const { world } = this.around;
    this.app.life.whenAwake(() => this.app.engine?.configure({ enabled: false }));
    world.server.after(world.delay(20_000), () => {
      this.around.oracle.disturbances += 1;
      this.app.life.whenAwake(() => this.app.engine?.configure({ enabled: true }));
    });
  }

  private cancel(): void {
    const { world } = this.around;
    this.command('cancel', (engine, uploadId) => this.insistOnCancel(engine, uploadId));
    // Some people close the app at once, while the first sweep is under way.
    if (world.aside() >= 0.5) return;
    world.server.after(world.aside() * 150, () => {
      if (!this.over) this.gracefulStop();
    });
  }

  /** A person who sees a cancel fail asks again, as long as the app runs. */
  private async insistOnCancel(engine: UploadEngine, uploadId: string): Promise<void> {
    const { ledger, world, oracle } = this.around;
    const { life } = this.app;
    ledger.cancelAsked.add(uploadId);
    for (;;) {
      try {
        await engine.get(uploadId).cancel();
        ledger.canceled.add(uploadId);
        if (life.alive) oracle.order.onCanceled(uploadId);
        world.trace(`canceled ${uploadId}`);
        return;
      } catch (error) {
        if (isCode(error, 'INVALID_STATE')) ledger.cancelAsked.delete(uploadId);
        if (!isCode(error, 'STORAGE_UNAVAILABLE') && !isCode(error, 'STORAGE_FULL')) throw error;
      }
      await life.wait(500);
    }
  }

  private pause(): void {
    this.command('pause', async (engine, uploadId) => {
      await engine.get(uploadId).pause();
      await new Promise<void>((resolve) => this.around.world.server.after(this.around.world.delay(10_000), resolve));
      this.around.oracle.disturbances += 1;
      if (!this.over) this.command('resume', (now) => now.get(uploadId).resume());
    });
  }

  private priority(): void {
    this.command('priority', (engine, uploadId) => engine.get(uploadId).setPriority(pick(PRIORITIES, this.around.world.random)));
  }

  /** A command for any upload, as a person gives it. */
  private command(what: string, run: (engine: UploadEngine, uploadId: string) => Promise<void>): void {
    this.app.life.whenAwake(() => this.commandNow(what, run));
  }

  private commandNow(what: string, run: (engine: UploadEngine, uploadId: string) => Promise<void>): void {
    const { world } = this.around;
    const { engine } = this.app;
    const items = engine?.list() ?? [];
    if (engine === undefined || items.length === 0) return;
    const { id } = pick(items, world.random);
    world.trace(`${what} ${id}`);
    const call = async (): Promise<void> => run(engine, id);
    call().catch((error: unknown) => this.app.excuse(what, error));
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
