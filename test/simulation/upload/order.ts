/**
 * Watches every operation of the engines: who may act (I14: only the process that holds the lock), and in what order (I15: nothing is
 * acknowledged, published, completed or removed before what it rests on is durable).
 */
import type { Bucket } from '../world/bucket.js';
import type { Leases } from '../world/lease.js';
import type { Life } from '../world/life.js';
import type { Records, RecordWatch } from '../world/records.js';
import type { World } from '../world/world.js';
import { acknowledgedIn, factsIn, namedBy, recordIn, recordOf } from './durable.js';
import type { Ledger } from './ledger.js';
import { ProgressOracle } from './truth.js';

/** What the rules look at. */
export interface OrderSetting {
  readonly world: World;
  readonly records: Records;
  readonly bucket: Bucket;
  readonly leases: Leases;
  readonly ledger: Ledger;
  readonly hasPublish: boolean;
}

export class OrderOracle {
  readonly progress: ProgressOracle;
  private readonly setting: OrderSetting;
  /** Every key that was ever stored. */
  private readonly landed = new Set<string>();

  constructor(setting: OrderSetting) {
    this.setting = setting;
    this.progress = new ProgressOracle(setting);
  }

  /** An object was stored. */
  onLanded(key: string): void {
    this.landed.add(key);
  }

  /** A put begins. */
  onPut(life: Life, key: string): void {
    this.requireLock(life, `${key} is put`);
    const [, uploadId = ''] = key.split('/');
    if (uploadId === 'manifest.json') return;
    const record = recordOf(this.setting.records, uploadId);
    if (record === undefined) this.violate(`${key} is put before the record of its upload is durable`);
    else if (record.status === 'canceled' || record.status === 'completed')
      this.violate(`${key} is put, and its upload is ${record.status}`);
  }

  /** A removal begins. */
  onRemove(life: Life, keys: readonly string[]): void {
    this.requireLock(life, `${keys[0]} is removed`);
    for (const key of keys) {
      const [, uploadId = ''] = key.split('/');
      if (uploadId === 'manifest.json') continue;
      const record = recordOf(this.setting.records, uploadId);
      if (record?.status !== 'canceled') this.violate(`${key} is removed before the cancellation is durable`);
    }
  }

  /** Another manifest of an upload that goes on is visible: its acknowledgements are durable. */
  onManifest(uploadId: string): void {
    const { records, ledger, world } = this.setting;
    const damaged = ['rottenPage', 'tornRecord', 'flippedDigit'].some((kind) => world.firedOf(kind) > 0);
    const record = recordOf(records, uploadId);
    if (damaged || record === undefined || record.status === 'completed' || ledger.cancelAsked.has(uploadId)) return;
    const left = record.plan.count - acknowledgedIn(records, record).size;
    if (left > 0) this.violate(`the manifest of ${uploadId} is stored, and ${left} acknowledgements are not durable`);
  }

  /** Watches the writes of one life. */
  recordWatch(life: Life): RecordWatch {
    return {
      mayWrite: () => this.setting.leases.holds(life),
      onSet: (key, value) => this.onSet(key, value),
      onStored: (key, value) => this.progress.onStored(key, value),
      onForget: (key) => this.onForget(key),
    };
  }

  private onSet(key: string, value: string): void {
    const named = namedBy(key);
    if (named?.kind === 'item') this.onRecord(value);
    if (named?.kind === 'page') this.onPage(key, value, named.uploadId);
  }

  private onRecord(value: string): void {
    const { ledger, bucket, hasPublish } = this.setting;
    const record = recordIn(value);
    if (record === undefined) {
      this.violate('a record is written that cannot be read');
      return;
    }
    const isPublished = !hasPublish || ledger.published.has(record.id);
    if (record.published === true && !isPublished) this.violate(`${record.id} is recorded as published before it is`);
    if (record.status !== 'completed') return;
    if (!isPublished) this.violate(`${record.id} is recorded as completed before it is published`);
    if (!bucket.blobs.has(`${record.videoId}/manifest.json`)) this.violate(`${record.id} is recorded as completed without a manifest`);
  }

  private onPage(key: string, value: string, uploadId: string): void {
    const { records } = this.setting;
    const record = recordOf(records, uploadId);
    if (record === undefined) {
      this.violate(`${key} is written without a record of its upload`);
      return;
    }
    for (const { index } of factsIn(value, record.plan)) {
      const object = `${record.videoId}/${uploadId}/${index}`;
      if (!this.landed.has(object)) this.violate(`${object} is acknowledged before it is stored`);
    }
  }

  private onForget(key: string): void {
    const { records, ledger } = this.setting;
    const named = namedBy(key);
    const status = named === undefined ? undefined : recordOf(records, named.uploadId)?.status;
    if (named === undefined || status === undefined || !ledger.accepted.has(named.uploadId)) return;
    if (status !== 'canceled' && status !== 'completed') this.violate(`${key} is forgotten, and its upload is ${status}`);
  }

  /** The app has been given the handle of an upload. */
  onAccepted(uploadId: string): void {
    if (recordOf(this.setting.records, uploadId) === undefined) this.violate(`${uploadId} is accepted before its record is durable`);
  }

  /** An upload says that it is completed. */
  onCompleted(uploadId: string): void {
    const status = recordOf(this.setting.records, uploadId)?.status;
    if (status !== 'completed') this.violate(`${uploadId} is completed, and its record is ${status ?? 'gone'}`);
  }

  /** A cancellation has resolved. */
  onCanceled(uploadId: string): void {
    const status = recordOf(this.setting.records, uploadId)?.status;
    if (status !== undefined && status !== 'canceled') this.violate(`${uploadId} is canceled, and its record is ${status}`);
  }

  private requireLock(life: Life, what: string): void {
    if (life.alive && !this.setting.leases.holds(life)) this.setting.world.violate('I14', `${what} without the lock`);
  }

  private violate(text: string): void {
    this.setting.world.violate('I15', text);
  }
}
