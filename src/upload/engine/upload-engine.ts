/** The public upload engine: one running engine at a time behind it. */
import { scopeKey } from '../../core/index.js';
import { isReelwayError, ReelwayError, withMessages } from '../../errors/index.js';
import { abortable, createAbortHandle, createEmitter } from '../../internal/index.js';
import type { AbortSignalLike } from '../../ports/index.js';
import { wrapError } from '../../transfer/index.js';
import { resolveOptions, type Settings } from '../options.js';
import type { EngineEvents, RuntimeSettings, UploadEngine, UploadEngineOptions, UploadHandle } from '../types.js';
import { finalize, planSegments, sendSegments } from './manual-steps.js';
import { RunningEngine } from './running-engine.js';
import { createHandle } from './upload-handle.js';

/** Makes an upload engine; nothing happens before its `start`. @throws {ReelwayError} INVALID_CONFIG */
export function createUploadEngine(options: UploadEngineOptions): UploadEngine {
  return new Engine(resolveOptions(options));
}

class Engine implements UploadEngine {
  private readonly settings: Settings;
  private readonly events = createEmitter<EngineEvents>();
  private starting: Promise<void> | undefined;
  private running: RunningEngine | undefined;
  private readonly over = createAbortHandle();
  /** Settings from before the start. */
  private readonly presets: RuntimeSettings[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
  }

  readonly on: UploadEngine['on'] = (event, listener) => this.events.on(event, listener);

  async start(): Promise<void> {
    if (this.over.signal.aborted) throw this.localize(new ReelwayError('ENGINE_STOPPED'));
    this.starting ??= this.open();
    try {
      await this.starting;
    } catch (error) {
      this.starting = undefined;
      throw this.localize(wrapError(error, 'STORAGE_UNAVAILABLE', 'Opening the queue failed'));
    }
  }

  async add(...args: Parameters<UploadEngine['add']>): Promise<UploadHandle> {
    const [filePath, metadata = {}, options = {}] = args;
    return this.run(async (engine) => createHandle(engine, await engine.add(filePath, metadata, options)));
  }

  async addToUploadQueue(...args: Parameters<UploadEngine['addToUploadQueue']>): Promise<string> {
    return (await this.add(...args)).id;
  }

  get(uploadId: string): UploadHandle {
    const engine = this.engine();
    return createHandle(engine, engine.registry.find(uploadId));
  }

  list(): ReturnType<UploadEngine['list']> {
    return this.engine().registry.items();
  }

  configure(settings: RuntimeSettings): void {
    if (this.running === undefined && !this.over.signal.aborted) this.presets.push(settings);
    else this.engine().configure(settings);
  }

  report(): ReturnType<UploadEngine['report']> {
    return this.engine().report();
  }

  async segmentVideo(uploadIdOrPath: string): ReturnType<UploadEngine['segmentVideo']> {
    return this.run(async (engine, ended) => {
      const known = engine.registry.sorted().find((upload) => upload.id === uploadIdOrPath);
      return planSegments(engine, known ?? (await engine.add(uploadIdOrPath, {}, { start: false })), ended);
    });
  }

  async uploadSegments(...args: Parameters<UploadEngine['uploadSegments']>): Promise<void> {
    const [segmentIds, uploadId, options] = args;
    return this.run((engine) => sendSegments(engine, engine.registry.find(uploadId), segmentIds, options));
  }

  async finalizeUpload(...args: Parameters<UploadEngine['finalizeUpload']>): ReturnType<UploadEngine['finalizeUpload']> {
    const [uploadId, options] = args;
    return this.run((engine) => finalize(engine, engine.registry.find(uploadId), options));
  }

  async idle(options: Parameters<UploadEngine['idle']>[0] = {}): Promise<void> {
    return this.run((engine) => abortable(engine.registry.idle(), options.signal));
  }

  async stop(): Promise<void> {
    this.over.abort(new ReelwayError('ENGINE_STOPPED'));
    // A start that failed has nothing to stop; its own caller knows why.
    await this.starting?.catch(() => undefined);
    await this.running?.stop();
  }

  async erase(options: Parameters<UploadEngine['erase']>[0] = {}): Promise<void> {
    if (!this.over.signal.aborted) await this.start();
    this.over.abort(new ReelwayError('ENGINE_STOPPED'));
    try {
      // Not run as a call: `stop` waits for calls, and `erase` waits for `stop`.
      await this.engine().erase(options.remote ?? true);
    } catch (error) {
      throw this.localize(error as ReelwayError);
    }
  }

  private async open(): Promise<void> {
    const { lock, scope, lockWaitMs } = this.settings;
    const lease = await lock.acquire(`reelway-upload-${scopeKey(scope)}`, { waitMs: lockWaitMs, signal: this.over.signal });
    if (lease === undefined) throw new ReelwayError('QUEUE_LOCKED');
    try {
      this.running = await RunningEngine.open(this.settings, this.events, lease, this.presets);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /** @throws {ReelwayError} INVALID_STATE before `start` */
  private engine(): RunningEngine {
    if (this.running !== undefined) return this.running;
    throw this.localize(
      new ReelwayError(this.over.signal.aborted ? 'ENGINE_STOPPED' : 'INVALID_STATE', {
        message: 'The engine is not running: call start() first',
      }),
    );
  }

  /** Runs a call of the app. @throws {ReelwayError} ENGINE_STOPPED, also where the engine has stopped itself */
  private async run<T>(work: (engine: RunningEngine, ended: AbortSignalLike) => Promise<T>): Promise<T> {
    const engine = this.engine();
    return engine.call(async (ended) => {
      engine.assertRunning();
      return work(engine, ended);
    });
  }

  private localize(error: ReelwayError): ReelwayError {
    return isReelwayError(error) ? withMessages(error, this.settings.messages) : error;
  }
}
